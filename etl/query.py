"""Questions to a published warehouse: read-only, at any time, whatever the job does."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from etl.errors import StoreError, UsageError
from etl.load.catalog import as_root

__all__ = ["Answer", "ask", "ask_arrow"]

# Everything else changes something, or could: COPY ... TO writes files even on a read-only catalog.
_ALLOWED = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


class Answer(NamedTuple):
    """A query's columns and all its rows."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]


def ask(warehouse: Path, query: str) -> Answer:
    """The rows of one query on the published views.

    Raises UsageError for a statement that fails or is forbidden, StoreError where there is no warehouse.
    """
    with _connected(warehouse) as connection:
        try:
            connection.execute(_checked(query))
            return Answer([column[0] for column in connection.description or ()], connection.fetchall())
        except duckdb.Error as error:
            raise UsageError(str(error)) from error


def ask_arrow(warehouse: Path, query: str) -> pa.Table:
    """The same as an Arrow table, with its types."""
    with _connected(warehouse) as connection:
        try:
            table: pa.Table = connection.sql(_checked(query)).to_arrow_table()
            return table
        except duckdb.Error as error:
            raise UsageError(str(error)) from error


def _connected(warehouse: Path) -> duckdb.DuckDBPyConnection:
    root = warehouse.expanduser().resolve()
    catalog = root / "spack_cache.duckdb"
    if not catalog.is_file():
        raise StoreError(f"{root} holds no warehouse yet: fill it with `spack-cache-etl run`, or name another with --warehouse")
    try:
        connection = duckdb.connect(str(catalog), read_only=True)
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET VARIABLE warehouse_root = ?", [as_root(root)])  # right also where the folder was moved
    except duckdb.Error as error:
        raise StoreError(f"{catalog} cannot be opened: {error}") from error
    return connection


def _checked(query: str) -> str:
    statements = duckdb.extract_statements(query)
    if len(statements) != 1:
        raise UsageError(f"give one statement; this is {len(statements)}")
    if statements[0].type not in _ALLOWED:
        raise UsageError(f"only questions are allowed here (SELECT, FROM, DESCRIBE, SHOW, EXPLAIN), not {statements[0].type.name}")
    return query
