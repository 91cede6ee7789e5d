"""Tables to files that nothing breaks: immutable Parquet, one commit point, a catalog of views. The only writer.

Public: `Store`, `write_tables`, `DataFile`, `Manifest`, `Snapshot`, `RunRecord`. Imports `extract`, `transform`, `errors`, `schema`.
"""

from etl.load.manifest import DataFile, Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.load.runs import RunRecord
from etl.load.store import Store

__all__ = ["DataFile", "Manifest", "RunRecord", "Snapshot", "Store", "write_tables"]
