"""The files of a release against its manifest: whether each is there, as it was written, and the table that it should be.

Takes no lock and writes nothing: it may run beside a run, and on a folder that is mounted read-only.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import StoreError, UsageError
from etl.load import catalog
from etl.load.manifest import DataFile, Manifest
from etl.load.retention import manifest_path
from etl.load.store import Store
from etl.schema import SCHEMA_VERSION, STORED

__all__ = ["Damage", "Verification", "damages", "verify"]

THREADS = 8  # they wait for the disk; hashing, too, lets the others go on
CATALOG_TRIES = 5  # while a run publishes, the catalog is that of the release before for a moment
CATALOG_PAUSE = 0.2  # seconds from one to the next

Progress = Callable[[str, int, int], None]  # what is being read; how many bytes of how many


class Damage(msgspec.Struct, frozen=True):
    """What is wrong with a file; `table` None: it is no data file. `path` is relative to the warehouse."""

    path: str
    table: str | None
    releases: list[int]
    what: str


class Verification(msgspec.Struct):
    """The object of `verify --json`. `notes` tell what is as it may be, and why."""

    warehouse: str
    releases: list[int]
    files: int
    bytes: int
    damaged: list[Damage]
    notes: list[str]


def verify(
    store: Store, release: int | None = None, every: bool = False, progress: Progress = lambda what, done, total: None
) -> Verification:
    """What is wrong with the files of the current release, of another one that is kept, or of every one.

    The catalog is looked at with the current release. Raises StoreError where there is no warehouse or its manifest is damaged,
    UsageError where the release is not kept.
    """
    current = store.published()
    manifests, found = _wanted(store.root, current, release, every)
    holders: dict[DataFile, list[int]] = {}
    for manifest in manifests:
        for file in manifest.files:
            holders.setdefault(file, []).append(manifest.release)
    found += _still_kept(store, damages(store.root, holders, progress))
    notes: list[str] = []
    if any(manifest.release == current.release for manifest in manifests):
        damaged, notes = _catalog(store, current)
        found += [*_own_copy(store.root, current), *damaged]
    return Verification(
        warehouse=str(store.root),
        releases=[manifest.release for manifest in manifests],
        files=len(holders),
        bytes=sum(file.bytes for file in holders),
        damaged=found,
        notes=notes,
    )


def damages(root: Path, holders: Mapping[DataFile, Sequence[int]], progress: Progress = lambda what, done, total: None) -> list[Damage]:
    """The data files that are not what a manifest says of them; `holders` has the releases that name each."""
    found = []
    total, done = sum(file.bytes for file in holders), 0
    with ThreadPoolExecutor(THREADS) as threads:
        for file, what in zip(holders, threads.map(lambda file: _wrong(root / file.path, file), holders), strict=True):
            if what is not None:
                found.append(Damage(file.path, file.table, list(holders[file]), what))
            done += file.bytes
            progress("files", done, total)
    return found


def _wanted(root: Path, current: Manifest, release: int | None, every: bool) -> tuple[list[Manifest], list[Damage]]:
    """The manifests that are asked for, oldest first, and what is wrong with those that cannot be read."""
    if release is not None and release != current.release:
        path = manifest_path(root, release)
        kept = Manifest.read(path) if release < current.release else None
        if kept is None:
            raise UsageError(f"release {release} is not kept in {root}; the current one is {current.release}")
        return [kept], []
    damaged, manifests = [], {current.release: current}
    for path in sorted((root / "manifests").glob("*.json")) if every else []:
        if path == manifest_path(root, current.release):
            continue
        try:
            kept = Manifest.read(path)
        except StoreError as error:
            damaged.append(Damage(path.relative_to(root).as_posix(), None, [], str(error).removeprefix(f"{path} ")))
            continue
        if kept is not None and kept.release < current.release:  # a newer one was left by a run that died before its commit
            manifests[kept.release] = kept
    return [manifests[number] for number in sorted(manifests)], damaged


def _wrong(path: Path, file: DataFile) -> str | None:
    """What is wrong with a file, in words; None: nothing."""
    try:
        with path.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            if size != file.bytes:
                return f"has {size:,} bytes, not the {file.bytes:,} that were written"
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                return "has another sha256: its content has changed since it was written"
        return _wrong_table(pq.read_metadata(path), file)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except pa.ArrowInvalid as error:
        return f"is no Parquet file: {error}"


def _wrong_table(footer: pq.FileMetaData, file: DataFile) -> str | None:
    if footer.num_rows != file.rows:
        return f"holds {footer.num_rows:,} rows, not {file.rows:,}"
    told = footer.metadata or {}
    name = told.get(b"table", b"").decode()
    if name != file.table:
        return f"says that it is of table {name or 'no name'}"
    if told.get(b"schema_version") != str(SCHEMA_VERSION).encode():
        return None  # what another version's tables looked like is not known here
    table = STORED.get(name)
    expected, seen = set(table.arrow_schema) if table else set(), set(footer.schema.to_arrow_schema())
    if expected == seen:
        return None
    other = ", ".join(sorted(f"{field.name} {field.type}" for field in expected ^ seen))
    return f"has other columns than its table: {other}"


def _still_kept(store: Store, found: Sequence[Damage]) -> list[Damage]:
    """Those of releases that are kept still: another process may have removed one, with its files, since the manifests were read."""
    if not found:
        return []
    current = store.published().release
    kept = {number for one in found for number in one.releases if number >= current or manifest_path(store.root, number).exists()}
    return [
        Damage(one.path, one.table, [number for number in one.releases if number in kept], one.what)
        for one in found
        if not kept.isdisjoint(one.releases)
    ]


def _own_copy(root: Path, current: Manifest) -> list[Damage]:
    """What is wrong with the current release's manifest in `manifests/`, by which `diff` will know it later."""
    path = manifest_path(root, current.release)
    try:
        kept = Manifest.read(path)
        what = None if kept == current else "is missing" if kept is None else "is not the same as manifest.json"
    except StoreError as error:
        what = str(error).removeprefix(f"{path} ")
    return [Damage(path.relative_to(root).as_posix(), None, [current.release], what)] if what else []


def _catalog(store: Store, manifest: Manifest) -> tuple[list[Damage], list[str]]:
    """What is wrong with the catalog and `views.sql`, and what is only to be known; both follow a moment after the manifest."""
    for tried in range(CATALOG_TRIES):
        if tried:
            time.sleep(CATALOG_PAUSE)
            manifest = store.manifest() or manifest
        damaged, notes = _catalog_now(store, manifest)
        if not damaged:
            break
    return damaged, notes


def _catalog_now(store: Store, manifest: Manifest) -> tuple[list[Damage], list[str]]:
    root = store.root
    notes: list[str] = []
    if catalog.agrees(store.catalog, manifest, root):
        return _views(store, manifest, root), notes
    seen = _seen(store.catalog)
    if isinstance(seen, str):
        damage = seen
    elif seen[0] != manifest.release:
        damage = f"is of release {seen[0]}, not {manifest.release}"
    else:
        _, place, template = seen
        if place != str(root):
            set_root = f"SET VARIABLE {catalog.ROOT_VARIABLE} = {catalog.as_text(catalog.as_root(root))}"
            notes.append(f"the catalog was made for {place}: the next run mends that; until then, outside of `sql`, begin with {set_root}")
        if template != catalog.template_name():
            notes.append("the catalog was made by another version of this program or of DuckDB: the next run makes it anew")
        return _views(store, manifest, Path(place) if template == catalog.template_name() else None), notes
    return [Damage(store.catalog.name, None, [manifest.release], damage), *_views(store, manifest, None)], notes


def _seen(path: Path) -> tuple[int, str, str] | str:
    """Release, root and template that a catalog names; or what is wrong with it."""
    if not path.exists():
        return "is missing"
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("SELECT release, root, template FROM files.release").fetchone()
    except duckdb.Error as error:
        return f"is damaged, or none of this program: {str(error).splitlines()[0]}"
    return row or "is damaged: it names no release"


def _views(store: Store, manifest: Manifest, root: Path | None) -> list[Damage]:
    """What is wrong with `views.sql`, made for a root; None: that, or the program that made it, is not known: its head is compared."""
    path = store.root / "views.sql"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return [Damage(path.name, None, [manifest.release], "is missing")]
    except (OSError, UnicodeDecodeError) as error:
        return [Damage(path.name, None, [manifest.release], f"cannot be read: {error}")]
    expected = catalog.views_sql(manifest, root or store.root)
    is_same = text == expected if root else text.splitlines()[:1] == expected.splitlines()[:1]
    return [] if is_same else [Damage(path.name, None, [manifest.release], f"is not that of release {manifest.release}")]
