"""A release copied to an object store, where DuckDB reads it: `ATTACH 'https://.../spack_cache.duckdb' (READ_ONLY)`.

    data/<table>/*.parquet     immutable, named by content: only what is not there yet is sent
    data/runs/NNNNNN-*.json    the log of runs as one file, named by release and content: over HTTP nobody can list a folder
    manifests/NNNNNN.json      the manifest of the release
    spack_cache.duckdb         its views read below the remote address; to replace it is to show the release
    views.sql                  the same as text
    datapackage.json           the release's files and columns, for readers of files
    manifest.json              last: whoever finds a release here finds all of it

In this order. The warehouse replaces its manifest before its catalog, for there the next run makes the catalog agree. Nobody
does that here, and readers open the catalog: it comes when all that it names is there, and the manifest when all is done.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import duckdb
import msgspec
from msgspec.structs import replace

from etl.errors import BusyError, StoreError, UsageError
from etl.load import catalog
from etl.load.damage import check
from etl.load.datapackage import datapackage
from etl.load.kept import check_schema, release_manifest
from etl.load.manifest import DataFile, Manifest
from etl.load.objects import Found, Objects
from etl.load.runs import ended_runs
from etl.load.store import Store, as_store_error

__all__ = ["Publication", "PublishOptions", "publish"]

CATALOG, VIEWS, DESCRIBED, MANIFEST = "spack_cache.duckdb", "views.sql", "datapackage.json", "manifest.json"
AT_ONCE = 8  # files sent side by side
WHOLE = 32 << 20  # bytes; a larger file is sent in pieces, for it would fill memory, and no store can put pieces where absent

_NAMELESS = Path("/${address}")  # stands for the address while the script is written: a Path would take `//` for `/`
_RUNS = "/runs/*.json"  # how the script names the records of runs
_DATA = re.compile(r"data/(\w+)/\1-[0-9a-f]{16}\.parquet")
_NUMBERED = re.compile(r"(?:manifests|data/runs)/(\d{6,})(?:-[0-9a-f]{16})?\.json")


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """What may be chosen of a publication."""

    release: int | None = None  # else the current one
    public_url: str | None = None  # where readers find the store on the web, if they do not go to it by its own address
    keep_releases: int | None = None  # this one and those before it; None removes nothing
    force: bool = False  # put an older or another release in place of the one there


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of it; an object of `publish --json`."""

    status: Literal["published", "unchanged"]
    release: int
    to: str
    catalog: str  # what readers attach
    files: int  # data files of the release
    uploaded_files: int  # those of them that were not there
    uploaded_bytes: int
    removed_files: int


def publish(store: Store, objects: Objects, options: PublishOptions, show: Callable[[str, int, int], None]) -> Publication:
    """Copy a release of a warehouse to an object store; what is there already is not sent again.

    Needs no lock: the files of a release do not change. Whenever this ends, readers of the store see the release before or this one.

    Raises:
        UsageError: there is no such release; the one there is newer, or another of the same number.
        StoreError: the warehouse or the store cannot be read or written.
        BusyError: another publication came in between.
    """
    manifest = release_manifest(store.root, options.release)
    check_schema(manifest, "Publish a release that this program made: `spack-cache-etl run --full` makes one")
    check(store.root, manifest)
    if objects.folder and (objects.folder / ".lock").exists():
        raise UsageError(f"{objects.location} is a warehouse that runs write to; publish to another folder")
    root = _web(options.public_url) or objects.root
    # The manifest is read last: whoever replaced the catalog since will be noticed when it is to be replaced once more.
    there = {path: objects.get(path) for path in (CATALOG, VIEWS, DESCRIBED, _numbered(manifest.release), MANIFEST)}
    before = _known(objects, MANIFEST, there[MANIFEST])
    if not options.force:
        _refuse_older(objects, before, manifest)
    sizes = objects.sizes("data")
    log = _log(store, manifest.release)
    small = log | {_numbered(manifest.release): manifest.encoded()} | _catalog(store, manifest, root, log)
    small |= {DESCRIBED: datapackage(manifest), MANIFEST: manifest.encoded()}

    missing = [file for file in manifest.files if sizes.get(file.path) != file.bytes]
    _upload(store.root, objects, missing, sizes, show)
    sent = [path for path, data in small.items() if path not in sizes and _replaced(objects, path, data, there.get(path))]
    if sent and (stands := objects.get(CATALOG)) is not None and stands.data != small[CATALOG]:
        raise _busy(objects)
    removed = _without_old(objects, manifest, before, options.keep_releases) if options.keep_releases else 0
    return Publication(
        status="published" if missing or sent else "unchanged",
        release=manifest.release,
        to=objects.location,
        catalog=f"{root}/{CATALOG}",
        files=len(manifest.files),
        uploaded_files=len(missing),
        uploaded_bytes=sum(file.bytes for file in missing) + sum(len(small[path]) for path in sent),
        removed_files=removed,
    )


def _web(url: str | None) -> str | None:
    """The address that readers use, fit to be written into the catalog."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in url or re.search(r"[\[*?#\s]", url):
        raise UsageError(
            f"--public-url {url.rpartition('@')[2]}: give https://host/path, without user, password, ? or #: all readers see it"
        )
    return url.rstrip("/")


def _numbered(release: int) -> str:
    return f"manifests/{release:06}.json"


def _known(objects: Objects, path: str, found: Found | None) -> Manifest | None:
    if found is None:
        return None
    try:
        return msgspec.json.decode(found.data, type=Manifest)
    except msgspec.MsgspecError as error:
        where = f"{objects.location}/{path}"
        raise StoreError(f"{where} is no manifest that this program knows: {error}. Name another --to, or remove that file") from error


def _refuse_older(objects: Objects, before: Manifest | None, manifest: Manifest) -> None:
    if before is None or before == manifest or before.release < manifest.release:
        return
    which = f"release {before.release}, which is newer than" if before.release > manifest.release else "another release of the number"
    raise UsageError(f"{objects.location} holds {which} {manifest.release}; --force puts release {manifest.release} in its place")


def _log(store: Store, release: int) -> dict[str, bytes]:
    """The records of runs that have ended, one a line, without what no view reads: it is long, or names places of this machine."""
    ended = [replace(one, rejects=[], traceback=None) for one in ended_runs(store.runs)]
    data = b"".join(msgspec.json.encode(one) + b"\n" for one in ended)
    return {f"data/runs/{release:06}-{hashlib.sha256(data).hexdigest()[:16]}.json": data}


def _catalog(store: Store, manifest: Manifest, root: Path | str, log: Mapping[str, bytes]) -> dict[str, bytes]:
    """The catalog for readers of the store, and the same as text.

    DuckDB looks at the files of a view when it makes it. It looks at those of the warehouse: nobody need reach the store for this.
    """
    ((name, records),) = log.items()
    script = catalog.views_sql(manifest, root if isinstance(root, Path) else _NAMELESS)
    script = script.replace(catalog.as_text(_RUNS), catalog.as_text(f"/{name}")).replace(
        catalog.as_text(str(_NAMELESS)), catalog.as_text(str(root))
    )
    with tempfile.TemporaryDirectory() as folder, as_store_error(store.root):
        aside = Path(folder)
        (aside / name).parent.mkdir(parents=True)
        (aside / name).write_bytes(records)
        for table in {file.table for file in manifest.files}:
            (aside / "data" / table).symlink_to(store.root / "data" / table, target_is_directory=True)
        _execute(aside / CATALOG, script, catalog.as_root(aside))
        return {CATALOG: (aside / CATALOG).read_bytes(), VIEWS: script.encode()}


def _execute(path: Path, script: str, root: str) -> None:
    config: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": catalog.STORAGE_VERSION, "threads": 1}
    try:
        with duckdb.connect(str(path), config=config) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"SET VARIABLE {catalog.ROOT_VARIABLE} = ?", [root])
            connection.execute("BEGIN")
            connection.execute(script)
            connection.execute("COMMIT")
    except duckdb.Error as error:
        raise StoreError(f"the release cannot be read: {str(error).partition(chr(10))[0]}. Nothing was sent; put its files back") from error


def _upload(
    root: Path, objects: Objects, files: Sequence[DataFile], sizes: Mapping[str, int], show: Callable[[str, int, int], None]
) -> None:
    """Send data files side by side; after one that fails no other is begun."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = [threads.submit(_sent, root, objects, file, file.path in sizes) for file in files]
        total, done = sum(file.bytes for file in files), 0
        try:
            for one in as_completed(waiting):
                done += one.result()
                show("upload", done, total)
        finally:
            for one in waiting:
                one.cancel()


def _sent(root: Path, objects: Objects, file: DataFile, is_there: bool) -> int:
    """Send one file, if its content is what its release says; one that is there with another size was cut, and is replaced."""
    path = root / file.path
    with as_store_error(root), path.open("rb") as opened:
        data = opened.read() if file.bytes <= WHOLE else None
        digest = hashlib.sha256(data) if data is not None else hashlib.file_digest(opened, "sha256")
    if digest.hexdigest() != file.sha256:
        raise StoreError(f"{path} (table {file.table}) is damaged: put it back, then publish again")
    objects.put(file.path, path if data is None else data, "overwrite" if is_there else "create")
    return file.bytes


def _replaced(objects: Objects, path: str, data: bytes, there: Found | None) -> bool:
    """Put an object where it was absent or as it was read before; False: it says that already."""
    if there is not None and there.data == data:
        return False
    if not objects.put(path, data, there.version if there else "create"):
        now = objects.get(path)  # perhaps this very request, whose answer was lost
        if now is None or now.data != data:
            raise _busy(objects)
    return True


def _busy(objects: Objects) -> BusyError:
    return BusyError(f"{objects.location}: another publication came in between; publish again when it has ended")


def _without_old(objects: Objects, manifest: Manifest, before: Manifest | None, count: int) -> int:
    """Remove releases but the newest so many, and the one that readers may still have open; how many data files went.

    Files go that a removed manifest names and no kept one: others may be those of a publication under way.
    """
    listed = [*objects.sizes("manifests"), *objects.sizes("data/runs")]
    numbers = {path: int(match[1]) for path in listed if (match := _NUMBERED.fullmatch(path))}
    kept = set(sorted(number for number in set(numbers.values()) if number <= manifest.release)[-count:]) | {manifest.release}
    if before is not None:
        kept.add(before.release)
    named: dict[bool, set[str]] = {True: {file.path for file in manifest.files}, False: set()}
    for path, number in numbers.items():
        if path == _numbered(number) and (found := _known(objects, path, objects.get(path))) is not None:
            named[number in kept] |= {file.path for file in found.files}
    gone = sorted(path for path in named[False] - named[True] if _DATA.fullmatch(path))
    objects.delete(gone)
    objects.delete(path for path, number in numbers.items() if number not in kept)  # after what they name: else that would stay for good
    return len(gone)
