"""Columns to tables: pure functions frame -> frame, with no path, clock, network or log.

Public: `build`, `Built`, `dimensions`, `settled_tables`. Imports `extract`, `errors` and `schema`.
"""

from etl.transform.contested import settled_tables
from etl.transform.dimensions import dimensions
from etl.transform.tables import Built, build

__all__ = ["Built", "build", "dimensions", "settled_tables"]
