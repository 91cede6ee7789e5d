"""The DuckDB catalog: views and macros over the files of one release, with comments, and the same as text.

Storage version v1.2.0: a file of DuckDB 2.0's default opens nowhere else. Views name and cast every column, and their
paths are an explicit list, so that no reader mixes releases or follows a changed file. A folder that was moved is
found by `SET VARIABLE warehouse_root = '...'`.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import duckdb
import msgspec

from etl import __version__
from etl.load.definitions import Definition, counted, definitions, examples, macros
from etl.load.manifest import DataFile, Manifest, Snapshot
from etl.schema import COUNTED, RECENT, SNAPSHOTS, STORED, TABLES, Table, void_by

__all__ = ["STORAGE_VERSION", "agrees", "as_root", "as_text", "build", "build_template", "tables_sql", "template_name", "views_sql"]

STORAGE_VERSION = "v1.2.0"
ROOT_VARIABLE = "warehouse_root"
Address = Callable[[str], str]  # the path of a file of the warehouse, as an expression in SQL
_RUNS = "${runs}"  # in a definition: where the records of runs lie


def build(path: Path, manifest: Manifest, root: Path, template: Path | None = None) -> None:
    """Create the catalog of a release as a new file; out of a template, if there is one, in a tenth of the time."""
    if template is None:
        _execute(path, views_sql(manifest, root))
    else:
        path.write_bytes(template.read_bytes())
        _execute(path, "\n".join((*_of_release(manifest, root), *_uncounted(manifest.files))))


def build_template(path: Path) -> None:
    """Create all of a catalog that does not depend on a release, as a new file: hundreds of views and comments."""
    empty = (_view(f"files.{name}", _select(table, _nothing(table))) for name, table in _NAMED.items())
    awaited = (_view(one.name, _no_rows(one)) for one in definitions() if _RUNS in one.statement)
    _execute(path, "\n".join((*_SCHEMAS, *empty, *awaited, _release(0, Path()), *_lasting())))


@cache
def template_name() -> str:
    """The name of the template that belongs to this program, these definitions and this DuckDB."""
    ways = (one.statement for one in counted().values())
    told = "\n".join((duckdb.__version__, STORAGE_VERSION, __version__, *_lasting(), *ways))
    return f"catalog-{hashlib.sha256(told.encode()).hexdigest()[:16]}.duckdb"


def _execute(path: Path, script: str) -> None:
    """Run a script in a catalog file, as one transaction."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:  # there is nothing to share out
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH {as_text(str(path))} AS catalog (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE catalog")
        connection.execute("BEGIN")
        connection.execute(script)
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH catalog")


def agrees(path: Path, manifest: Manifest, root: Path) -> bool:
    """Whether the catalog is that of this release, in this folder, with the views of this program."""
    if not path.exists():
        return False
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute("SELECT release, root, template FROM files.release").fetchone()
            return found == (manifest.release, str(root), template_name())
    except duckdb.Error:  # damaged, or of another program: it will be built anew
        return False


def tables_sql(files: Sequence[DataFile], places: Sequence[Path], names: Collection[str] = TABLES) -> str:
    """Stored tables as views of the schema `data`, over files where they lie now: what a release would hold, before it is one."""
    address = cache(lambda path: as_text(as_root(next(place / path for place in places if (place / path).exists()))))
    views = (_view(f"data.{name}", _select(table, _rows(name, files, address))) for name, table in TABLES.items() if name in names)
    return "\n".join(("CREATE SCHEMA data;", *views))


def views_sql(manifest: Manifest, root: Path) -> str:
    """All definitions as one script for any DuckDB from 1.2 on; may be run again and again."""
    head = (
        f"-- spack-cache-etl {manifest.program_version}: views of release {manifest.release}.\n"
        f"-- If the folder was moved, first: SET VARIABLE {ROOT_VARIABLE} = '/its/new/place';"
    )
    return "\n\n".join((head, *_SCHEMAS, *_of_release(manifest, root), *_lasting(), *_uncounted(manifest.files))) + "\n"


_SCHEMAS = ("CREATE SCHEMA IF NOT EXISTS files;", "CREATE SCHEMA IF NOT EXISTS data;")
_NAMED: Mapping[str, Table] = {**TABLES, "snapshots": SNAPSHOTS}


def _of_release(manifest: Manifest, root: Path) -> Iterator[str]:
    """What is new with each release: which files hold each table, the snapshots, and where the records of runs lie."""
    yield _release(manifest.release, root)
    for name, table in TABLES.items():
        yield _view(f"files.{name}", _select(table, _rows(name, manifest.files, partial(_rooted, root=root))))
    yield _view("files.snapshots", _select(SNAPSHOTS, _values(manifest.snapshots)))
    for one in definitions():
        if _RUNS in one.statement:
            yield from _defined(one, _rooted("runs/*.json", root))


def _uncounted(files: Sequence[DataFile]) -> Iterator[str]:
    """What a release of an earlier program has not counted, as views that count it when they are asked; they read the other tables."""
    if not any(file.table in COUNTED for file in files):
        for name in COUNTED:
            yield _view(f"files.{name}", _select(TABLES[name], f"(\n{counted()[name].statement.rstrip(';')}\n)"))


def _release(number: int, root: Path) -> str:
    texts = f"CAST({as_text(str(root))} AS VARCHAR) AS root, CAST({as_text(template_name())} AS VARCHAR) AS template"
    return _view("files.release", f"SELECT CAST({number} AS BIGINT) AS release, {texts}")


def _lasting() -> Iterator[str]:
    """What stays as it is from release to release: tables by name, views, macros, and comments on all of them."""
    for name, table in _NAMED.items():
        yield _view(f"data.{name}", f"SELECT {', '.join(table.columns)}\nFROM files.{name}")
        yield from _comments(f"data.{name}", str(table.schema.__doc__), _described(table))
    for one in definitions():
        if _RUNS not in one.statement:
            yield from _defined(one)
    for one in macros():
        yield one.statement
        yield f"COMMENT ON MACRO TABLE {one.name} IS {as_text(_told(one))};"  # its columns can have none


def _no_rows(one: Definition) -> str:
    """The columns of a view that each release brings: others read it, and DuckDB looks at what a view reads when it makes it."""
    return f"SELECT {', '.join(f'CAST(NULL AS {column.type}) AS {column.name}' for column in one.columns)} WHERE false"


def _defined(one: Definition, runs: str = "") -> Iterator[str]:
    statement = one.statement.replace(_RUNS, runs)
    for place, listed in _LISTED.items():
        if place in statement:  # as one text: thousands of values would be taken apart each time that a catalog is opened
            statement = statement.replace(place, as_text(msgspec.json.encode(list(listed())).decode()))
    yield statement
    yield from _comments(one.name, _told(one), {column.name: column.description for column in one.columns})


def _help() -> Iterator[dict[str, object]]:
    for one in _all():
        arguments = f"({', '.join(argument.name for argument in one.arguments)})" if one.arguments else ""
        yield {
            "name": one.name,
            "kind": "macro" if one.layer == "macros" else "view",
            "layer": one.layer,
            "signature": one.name + arguments,
            "summary": _summary(one),
            "grain": one.grain,
            "question": one.question,
            "example": one.example,
        }


def _help_columns() -> Iterator[dict[str, object]]:
    for one in _all():
        for kind, columns in (("argument", one.arguments), ("column", one.columns)):
            for position, column in enumerate(columns, start=1):
                said = {"column_name": column.name, "type": column.type, "meaning": column.description}
                yield {"name": one.name, "kind": kind, "position": position, **said}


def _examples() -> Iterator[dict[str, object]]:
    for one in examples():
        yield {"name": one.name, "question": one.question, "query": one.query}


# In a definition: where what the headers say stands as JSON.
_LISTED: Mapping[str, Callable[[], Iterator[dict[str, object]]]] = {
    "${help}": _help,
    "${help_columns}": _help_columns,
    "${examples}": _examples,
}


def _all() -> Iterator[Definition]:
    """Every view and macro, as people look for them: by layer and name."""
    yield from sorted(definitions(), key=lambda one: (one.layer, one.name))
    yield from sorted(macros(), key=lambda one: one.name)


def _told(one: Definition) -> str:
    return f"{_summary(one)} Grain: {one.grain}."


def _summary(one: Definition) -> str:
    return one.summary[:1].upper() + one.summary[1:]


def _described(table: Table) -> dict[str, str]:
    return {name: column.description or "" for name, column in table.columns.items()}


def _view(name: str, select: str) -> str:
    return f"CREATE OR REPLACE VIEW {name} AS\n{select};"


def _select(table: Table, source: str) -> str:
    columns = ",\n".join(f"    CAST({name} AS {type_}) AS {name}" for name, type_ in table.duckdb_types.items())
    return f"SELECT\n{columns}\nFROM {source}"


def _rows(name: str, files: Sequence[DataFile], address: Address) -> str:
    """The table's files, those of its older part without the rows that its recent part has anew."""
    older = _parquet(name, files, address)
    void, key = void_by(name) or ("", ())
    if not any(file.table == void for file in files):
        return older
    columns = ", ".join(TABLES[name].columns)
    names = ", ".join(key)
    # Each in brackets: as a table function of its own, DuckDB would take the second for one that refers to the first.
    alive = f"(SELECT {columns} FROM {older}) ANTI JOIN (SELECT {names} FROM {_parquet(void, files, address)}) USING ({names})"
    return f"(\nFROM {alive}\nUNION ALL\nSELECT {columns}\nFROM {_parquet(RECENT[name], files, address)}\n)"


def _parquet(name: str, files: Sequence[DataFile], address: Address) -> str:
    """The files of one name; without rows it has none."""
    listed = ",\n    ".join(address(file.path) for file in files if file.table == name)
    return f"read_parquet([\n    {listed}\n])" if listed else _nothing(STORED[name])


def _nothing(table: Table) -> str:
    return f"(SELECT {', '.join(f'NULL AS {name}' for name in table.columns)} WHERE false)"


def _rooted(path: str, root: Path) -> str:
    return f"coalesce(getvariable('{ROOT_VARIABLE}'), {as_text(as_root(root))}) || {as_text('/' + path)}"


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
    return str(value) if isinstance(value, int) else as_text(str(value))


def _comments(view: str, text: str, columns: dict[str, str]) -> Iterator[str]:
    """Statements that describe a view: CREATE OR REPLACE drops comments, so they follow it each time."""
    lines = [f"COMMENT ON VIEW {view} IS {as_text(text)};"]
    lines += [f"COMMENT ON COLUMN {view}.{name} IS {as_text(description)};" for name, description in columns.items()]
    yield "\n".join(lines)


def as_text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"
