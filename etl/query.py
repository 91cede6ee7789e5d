"""Questions to a published warehouse: read-only, at any time, whatever the job does; also to an earlier release."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import NamedTuple

import duckdb
import pyarrow as pa

from etl.errors import StoreError, UsageError, no_warehouse
from etl.load.catalog import as_text, build
from etl.load.kept import check_schema, release_manifest
from etl.permitted import check, restrictions

__all__ = ["Answer", "Session", "ask", "ask_arrow", "ask_session", "session"]

OPENINGS = 5  # tries to open a catalog
OPENING_PAUSE = 0.02  # seconds between them
_UTC = "SET TimeZone = 'UTC'"
_OPENING = (
    "USE spack_cache",
    "SET enable_progress_bar = false",
    "SET python_enable_replacements = false",
)


class Answer(NamedTuple):
    """A query's columns and all its rows."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]


class Session(NamedTuple):
    """What is needed to ask more than once: the catalog, to be opened read-only, and the statements to begin with."""

    catalog: Path
    statements: Sequence[str]


def ask(
    warehouse: Path, query: str, release: int | None = None, begun: Callable[[Callable[[], None]], None] = lambda interrupt: None
) -> Answer:
    """The rows of one query on the published views; with a release's number, on that release as it was published.

    The view `runs` has the records of all runs up to now in either case. `begun` is told how to interrupt the query, from another thread.

    Raises UsageError for a statement that fails or is forbidden and for a release that is not kept, StoreError where there is no
    warehouse, or the release's files are gone.
    """
    with session(warehouse, release) as opened:
        return ask_session(opened, query, begun=begun)


def ask_session(
    opened: Session, query: str, most: int | None = None, begun: Callable[[Callable[[], None]], None] = lambda interrupt: None
) -> Answer:
    """The rows of one query in a session, `most` of them at most; each opens the catalog anew, so that it asks what stands then."""
    with _asked(opened, query) as connection:
        begun(connection.interrupt)
        connection.execute(query)
        rows = connection.fetchall() if most is None else connection.fetchmany(most)
        return Answer([column[0] for column in connection.description or ()], rows)


def ask_arrow(warehouse: Path, query: str, release: int | None = None) -> pa.Table:
    """The same as an Arrow table, with its types."""
    with session(warehouse, release) as opened, _asked(opened, query) as connection:
        table: pa.Table = connection.sql(query).to_arrow_table()
        return table


@contextmanager
def session(warehouse: Path, release: int | None = None) -> Iterator[Session]:
    """What to open to ask the same views; an earlier release is there as long as the context is.

    Raises UsageError for a release that is not kept, StoreError where there is no warehouse.
    """
    root = warehouse.expanduser().resolve()
    with _catalog(root, release) as catalog:
        yield Session(catalog, (_UTC, f"SET temp_directory = {as_text(_temporary())}", *restrictions(root)))


@contextmanager
def _asked(opened: Session, query: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one query that was found to be a question; whatever fails with it is told as the asker's error."""
    with duckdb.connect(":memory:") as connection:
        try:
            _attach(connection, opened.catalog)
            for statement in (*_OPENING, *opened.statements):
                connection.execute(statement)
        except duckdb.Error as error:
            raise StoreError(f"{opened.catalog} cannot be opened: {error}") from error
        try:
            check(connection, query)
            yield connection
        except duckdb.Error as error:
            if "'pytz'" in str(error):
                raise UsageError("a time with a time zone cannot be shown; cast it, as in now()::TIMESTAMP: times here are UTC") from error
            raise UsageError(str(error)) from error
        except OverflowError as error:  # an interval beyond those of Python
            raise UsageError(f"the answer holds a value that cannot be shown: {error}. Cast it to VARCHAR") from error


def _attach(connection: duckdb.DuckDBPyConnection, catalog: Path) -> None:
    """Open a catalog.

    Attached to a DuckDB of its own, because one that opens the file itself would be shared with all else in this process that has it
    open: settings and locks would reach from one to the other. DuckDB 2.0 opens a file twice, for its head and for the rest: if a run
    replaces it in between, the two do not fit, and it is opened again.
    """
    for _ in range(OPENINGS - 1):
        try:
            connection.execute(f"ATTACH {as_text(str(catalog))} AS spack_cache (READ_ONLY)")
            return
        except duckdb.IOException:
            time.sleep(OPENING_PAUSE)
    connection.execute(f"ATTACH {as_text(str(catalog))} AS spack_cache (READ_ONLY)")


def _temporary() -> str:
    """Where DuckDB may put what does not fit in memory: a folder that it makes when it needs it, and removes; empty: nowhere."""
    try:
        return str(Path(gettempdir()) / f"spack-cache-etl-{secrets.token_hex(8)}")
    except FileNotFoundError:  # a machine without any folder that can be written
        return ""


@contextmanager
def _catalog(root: Path, release: int | None) -> Iterator[Path]:
    """The published catalog, or one made for an earlier release and gone after the question."""
    if release is None:
        catalog = root / "spack_cache.duckdb"
        if not _is_file(catalog):
            raise no_warehouse(root)
        yield catalog
        return
    manifest = release_manifest(root, release)
    check_schema(manifest, "Ask it with that program, or ask a later release")
    gone = [file.path for file in manifest.files if not _is_file(root / file.path)]
    if gone:
        others = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        raise StoreError(f"release {release} is no longer whole: {root / gone[0]}{others} of its files are gone. Ask another release")
    with TemporaryDirectory(prefix="spack-cache-etl-") as aside:
        catalog = Path(aside) / "spack_cache.duckdb"
        build(catalog, manifest, root)
        yield catalog


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}; mend the permissions of the folders above") from error
