"""Reads a catalog through harlequin's adapter, as its window does."""

from harlequin.exception import HarlequinConnectionError
from harlequin_duckdb import DuckDbAdapter
from reading import CATALOG, QUESTION, read


def found() -> dict[str, object]:
    """By the tree that harlequin shows: databases, schemas, views, columns."""
    connection = DuckDbAdapter([CATALOG], read_only=True, no_init=True).connect()
    (database,) = (one for one in connection.get_catalog().items if one.label == "spack_cache")
    (main,) = (one for one in database.fetch_children() if one.label == "main")
    views = {one.label: one for one in main.fetch_children()}
    columns = [one.label for one in views["stack_contents"].fetch_children()]
    stacks = connection.execute("select stack from stack_contents where spec_count > 0").fetchall()["stack"].to_pylist()
    connection.close()
    return {"views": list(views), "columns": dict.fromkeys(columns), "stacks": stacks}


def ask() -> list[object]:
    """By a connection of its own."""
    connection = DuckDbAdapter([CATALOG], read_only=True, no_init=True).connect()
    cursor = connection.execute(QUESTION)
    (row,) = cursor.fetchall().to_pylist()
    connection.close()
    return list(row.values())


read(found, ask, HarlequinConnectionError)
