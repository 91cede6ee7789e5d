"""The last look at a release before it becomes current: at its files as they were written, by the checks that must hold."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from etl.load.catalog import tables_sql
from etl.load.definitions import checks
from etl.load.manifest import DataFile

__all__ = ["audit"]

SHOWN = 3  # rows of a broken check that the reason names


def audit(files: Sequence[DataFile], places: Sequence[Path]) -> str | None:
    """Why the files must not become a release; None: every claim of severity error holds.

    Each lies in the first of the places that has it.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(tables_sql(files, places))
        for one in checks():
            if one.severity == "error" and (rows := connection.execute(one.statement).fetchmany(SHOWN)):
                shown = "; ".join(" ".join(str(value) for value in row) for row in rows)
                return f"check {one.name} fails ({one.summary.rstrip('.')}): {shown}"
    return None
