"""The DuckDB catalog: views and macros over the files of one release, with comments, and the same as text.

Storage version v1.2.0: a file of DuckDB 2.0's default opens nowhere else. Views name and cast every column, and their
paths are an explicit list, so that no reader mixes releases or follows a changed file. A folder that was moved is
found by `SET VARIABLE warehouse_root = '...'`.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from etl.load.definitions import Definition, definitions, macros
from etl.load.manifest import Manifest, Snapshot
from etl.schema import SNAPSHOTS, TABLES, Table

__all__ = ["STORAGE_VERSION", "agrees", "as_root", "build", "views_sql"]

STORAGE_VERSION = "v1.2.0"
ROOT_VARIABLE = "warehouse_root"


def build(path: Path, manifest: Manifest, root: Path) -> None:
    """Create the catalog of a release as a new file."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH {_text(str(path))} AS catalog (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE catalog")
        connection.execute("BEGIN")
        connection.execute(views_sql(manifest, root))
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH catalog")


def agrees(path: Path, manifest: Manifest, root: Path) -> bool:
    """Whether the catalog is that of this release, in this folder."""
    if not path.exists():
        return False
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute("SELECT release, root FROM data.release").fetchone() == (manifest.release, str(root))
    except duckdb.Error:  # damaged, or of another program: it will be built anew
        return False


def views_sql(manifest: Manifest, root: Path) -> str:
    """All definitions as one script for any DuckDB from 1.2 on; may be run again and again."""
    return "\n\n".join(_statements(manifest, root)) + "\n"


def _statements(manifest: Manifest, root: Path) -> Iterator[str]:
    yield (
        f"-- spack-cache-etl {manifest.program_version}: views of release {manifest.release}.\n"
        f"-- If the folder was moved, first: SET VARIABLE {ROOT_VARIABLE} = '/its/new/place';"
    )
    yield "CREATE SCHEMA IF NOT EXISTS data;"
    yield (
        "CREATE OR REPLACE VIEW data.release AS\n"
        f"SELECT CAST({manifest.release} AS BIGINT) AS release, CAST({_text(str(root))} AS VARCHAR) AS root;"
    )
    for name, table in TABLES.items():
        yield _view(f"data.{name}", _select(table, _stored(table, [file.path for file in manifest.table(name)], root)))
        yield from _comments(f"data.{name}", str(table.schema.__doc__), _described(table))
    yield _view("data.snapshots", _select(SNAPSHOTS, _values(manifest.snapshots)))
    yield from _comments("data.snapshots", str(SNAPSHOTS.schema.__doc__), _described(SNAPSHOTS))
    for one in definitions():
        yield one.statement.replace("${runs}", _rooted("runs/*.json", root))
        yield from _comments(one.name, _told(one), {column.name: column.description for column in one.columns})
    for one in macros():
        yield one.statement
        yield f"COMMENT ON MACRO TABLE {one.name} IS {_text(_told(one))};"  # its columns can have none


def _told(one: Definition) -> str:
    return f"{one.summary[:1].upper()}{one.summary[1:]} Grain: {one.grain}."


def _described(table: Table) -> dict[str, str]:
    return {name: column.description or "" for name, column in table.columns.items()}


def _view(name: str, select: str) -> str:
    return f"CREATE OR REPLACE VIEW {name} AS\n{select};"


def _select(table: Table, source: str) -> str:
    columns = ",\n".join(f"    CAST({name} AS {type_}) AS {name}" for name, type_ in table.duckdb_types.items())
    return f"SELECT\n{columns}\nFROM {source}"


def _stored(table: Table, paths: Sequence[str], root: Path) -> str:
    """The table's files; without rows it has none."""
    return _parquet(paths, root) if paths else f"(SELECT {', '.join(f'NULL AS {name}' for name in table.columns)} WHERE false)"


def _parquet(paths: Sequence[str], root: Path) -> str:
    listed = ",\n    ".join(_rooted(path, root) for path in paths)
    return f"read_parquet([\n    {listed}\n])"


def _rooted(path: str, root: Path) -> str:
    return f"coalesce(getvariable('{ROOT_VARIABLE}'), {_text(as_root(root))}) || {_text('/' + path)}"


def as_root(root: Path) -> str:
    """The folder as the value of `warehouse_root`: DuckDB reads `[`, `*` and `?` in a path as a pattern."""
    return re.sub(r"([\[*?])", r"[\1]", str(root))


def _values(snapshots: Sequence[Snapshot]) -> str:
    names = ", ".join(SNAPSHOTS.columns)
    rows = ",\n    ".join("(" + ", ".join(_literal(getattr(one, name)) for name in SNAPSHOTS.columns) + ")" for one in snapshots)
    return f"(VALUES\n    {rows}\n) AS listed({names})"


def _literal(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
    return str(value) if isinstance(value, int) else _text(str(value))


def _comments(view: str, text: str, columns: dict[str, str]) -> Iterator[str]:
    """Statements that describe a view: CREATE OR REPLACE drops comments, so they follow it each time."""
    lines = [f"COMMENT ON VIEW {view} IS {_text(text)};"]
    lines += [f"COMMENT ON COLUMN {view}.{name} IS {_text(description)};" for name, description in columns.items()]
    yield "\n".join(lines)


def _text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"
