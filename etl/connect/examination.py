"""What stands in a tool's way: the warehouse opened as a tool opens it, and the tools that are installed."""

import re
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import duckdb

from etl.connect.finding import Finding, Level
from etl.connect.folder import permissions, stale_readers, under_way
from etl.connect.installed import installed
from etl.errors import StoreError
from etl.load.catalog import STORAGE_VERSION, template_name
from etl.load.manifest import Manifest
from etl.load.store import Store
from etl.permitted import restrictions

__all__ = ["examine"]

_STORAGE = 65  # the number that DuckDB 1.2 writes into the head of a file: what it and all later ones read
_HEAD = struct.Struct("<8x4sQ")  # a checksum, `DUCK`, the number
_HOLDER = re.compile(r"lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_FILE = re.compile(r"'(/data/[^']+\.parquet)'")
_QUERY = "SELECT count(*) FROM data.tags"


def examine(warehouse: Path, shell: Path | None) -> Iterator[Finding]:
    """Everything that was looked at, the warehouse first; `shell` is the duckdb shell, where there is one."""
    store = Store(warehouse)
    try:
        manifest = store.published()
        yield Finding(Level.ok, "manifest", f"release {manifest.release}, {len(manifest.files)} data files, in {store.root}")
    except StoreError as error:
        yield Finding(Level.problem, "manifest", str(error))
        manifest = None
    opening = list(_looked_at("catalog", lambda: _catalog(store, manifest)))
    yield from opening
    yield from _looked_at("permissions", lambda: _folder(store))
    opens = all(one.level != Level.problem for one in opening)
    yield from installed(store.catalog if opens else None, shell)


def _looked_at(subject: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What is found; where the system refuses to look, that is what is found."""
    try:
        yield from look()
    except OSError as error:
        what = f"{error.filename}: {error.strerror}: it cannot even be looked at"
        yield Finding(Level.problem, subject, what, "ask as the user that the job runs as, or mend the permissions of the folders above")


def _catalog(store: Store, manifest: Manifest | None) -> Iterator[Finding]:
    if not store.catalog.is_file():
        yield Finding(Level.problem, "catalog", f"{store.catalog} is not there", "run `spack-cache-etl run`: it builds the catalog anew")
        return
    yield _storage(store.catalog)
    yield from _opened(store, manifest)


def _folder(store: Store) -> Iterator[Finding]:
    if store.root.is_dir():
        yield permissions(store.root)
        yield from under_way(store.root)
        yield from stale_readers(store.catalog)


def _storage(catalog: Path) -> Finding:
    """Which DuckDB can read the file, by its head."""
    anew = "remove it and run `spack-cache-etl run`: it builds the catalog anew"
    try:
        with catalog.open("rb") as file:
            mark, number = _HEAD.unpack(file.read(_HEAD.size))
    except (OSError, struct.error) as error:
        return Finding(Level.problem, "storage version", f"{catalog} cannot be read: {error}", anew)
    if mark != b"DUCK":
        return Finding(Level.problem, "storage version", f"{catalog} is no file of DuckDB", anew)
    if number > _STORAGE:
        what = f"{catalog} was written anew by another program: its format is {number}, which older DuckDBs cannot read"
        return Finding(Level.problem, "storage version", what, anew)
    return Finding(Level.ok, "storage version", f"{STORAGE_VERSION}: DuckDB 1.2 and later can read it")


def _opened(store: Store, manifest: Manifest | None) -> Iterator[Finding]:
    """The catalog opened read-only by this DuckDB, and what is found in it."""
    try:
        with _connection(store.catalog) as connection:
            yield Finding(Level.ok, "catalog", f"opens read-only in DuckDB {duckdb.__version__}")
            yield from _contents(connection, store, manifest)
    except duckdb.Error as error:
        yield _refused(store.catalog, error)


def _connection(catalog: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(catalog), read_only=True)
    except duckdb.IOException:  # a run may have replaced it between its head and the rest
        time.sleep(0.05)
        return duckdb.connect(str(catalog), read_only=True)


def _refused(catalog: Path, error: duckdb.Error) -> Finding:
    match = _HOLDER.search(str(error))
    if match is not None:
        what = f"process {match['pid']} ({match['program']}) has {catalog} open for writing, which shuts all readers out"
        return Finding(Level.problem, "catalog", what, "end it, or let it open the file read-only: `spack-cache-etl connect` says how")
    told = str(error).splitlines()[0]
    anew = "remove it and run `spack-cache-etl run`, which builds it anew, if no other message says what is wrong"
    return Finding(Level.problem, "catalog", f"{catalog} cannot be used: {told}", anew)


def _contents(connection: duckdb.DuckDBPyConnection, store: Store, manifest: Manifest | None) -> Iterator[Finding]:
    found = connection.execute("SELECT release, root, template FROM files.release").fetchone()
    assert found is not None  # a view of one row
    release, told, template = found
    if manifest is not None:
        yield _agreement(release, template, manifest)
    yield _place(Path(told), store.root)
    yield _files(connection, store.root)
    try:
        for statement in restrictions(store.root):
            connection.execute(statement)
        connection.execute(_QUERY).fetchall()
    except duckdb.Error as error:
        what = f"with the restrictions, `{_QUERY}` fails: {str(error).splitlines()[0]}"
        yield Finding(Level.problem, "initial SQL", what, "`spack-cache-etl verify` says which files are damaged")
    else:
        yield Finding(Level.ok, "initial SQL", "the restrictions are accepted, and the views answer with them")


def _agreement(release: int, template: str, manifest: Manifest) -> Finding:
    mends = "the next `spack-cache-etl run` mends it"
    if release != manifest.release:
        what = f"the catalog is of release {release}, the manifest of {manifest.release}: readers see the former"
        return Finding(Level.warning, "release", what, mends)
    if template != template_name():
        what = f"the views are those of another version of this program or of DuckDB, {manifest.program_version}"
        return Finding(Level.warning, "release", what, mends)
    return Finding(Level.ok, "release", "catalog and manifest agree")


def _place(told: Path, root: Path) -> Finding:
    """Whether the views look for their files where these are."""
    if _is_same(told, root):
        return Finding(Level.ok, "place", "the folder is where the catalog says")
    what = f"the catalog was made for {told}, and the folder is at {root}: views find no files, or those of another warehouse"
    line = restrictions(root)[0]
    return Finding(Level.warning, "place", what, f"in each connection, first: {line}; or run `spack-cache-etl run`, which mends it")


def _is_same(told: Path, root: Path) -> bool:
    try:
        return told == root or told.samefile(root)
    except OSError:  # it is not there, or may not be seen: tools do not get there either
        return False


def _files(connection: duckdb.DuckDBPyConnection, root: Path) -> Finding:
    """Whether every file that a view names is there and can be read."""
    views = connection.execute("SELECT sql FROM duckdb_views() WHERE schema_name = 'files'").fetchall()
    named = sorted({name for (text,) in views for name in _FILE.findall(text)})
    bad = []
    for name in named:
        try:
            with (root / name[1:]).open("rb"):
                continue
        except OSError as error:
            bad.append(f"{root}{name}: {error.strerror}")
    if not bad:
        return Finding(Level.ok, "data files", f"all {len(named)} files that the views name can be read")
    what = f"{len(bad)} of {len(named)} files that the views name cannot be read; the first is {bad[0]}"
    return Finding(Level.problem, "data files", what, "put them back from a copy, or mend their permissions; then `spack-cache-etl verify`")
