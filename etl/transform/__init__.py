"""Columns to tables: pure functions frame -> frame, with no path, clock, network or log.

Public: `build`, `Built`, `settled_tables`, `with_last_good`; and `dimensions`, `totals` in their modules. Imports `extract`, `errors`
and `schema`.
"""

from etl.transform.contested import settled_tables
from etl.transform.last_good import with_last_good
from etl.transform.tables import Built, build

__all__ = ["Built", "build", "settled_tables", "with_last_good"]
