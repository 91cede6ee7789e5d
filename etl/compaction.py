"""The release as it is, in fewer files: its recent parts joined into the older ones, and what ended in one sorted file a table.

Each night adds a file to what has ended, and writes its changes beside the older part of each table; readers open all of them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import polars as pl

from etl import __version__
from etl.errors import EtlError, RefusedError, StoreError
from etl.load.damage import check
from etl.load.manifest import DataFile, Manifest
from etl.load.released import Places, read_table
from etl.load.runs import RunRecord, utc_now
from etl.load.store import Store
from etl.load.verify import damages
from etl.parts import joined, ranges_by_rows
from etl.run_report import RunReport
from etl.schema import OPEN, RECENT, SCHEMA_VERSION, TABLES
from etl.shards import peak_rss_bytes, shared
from etl.succession import LASTING, Range
from etl.workers import Workers

__all__ = ["Compaction", "Sizes", "compact"]


class Sizes(msgspec.Struct, frozen=True):
    """Files and their bytes."""

    files: int
    bytes: int

    @classmethod
    def of(cls, files: Sequence[DataFile]) -> "Sizes":
        """Those of some files."""
        return cls(len(files), sum(file.bytes for file in files))


class Compaction(msgspec.Struct):
    """The object of `compact --json`; `tables` has those that are written anew, both parts of each as one."""

    warehouse: str
    status: Literal["published", "unchanged", "dry_run"]
    release: int
    before: Sizes
    after: Sizes
    tables: dict[str, tuple[Sizes, Sizes]]


def compact(store: Store, workers: Workers, is_applied: bool = False) -> Compaction:
    """What fewer files the current release would be; if `is_applied`, it is published as the next one.

    The rows, the snapshots and what the sources were read from stay as they are: no view answers otherwise, and the next run goes
    on as it would have. The same rows give the same files.

    Raises StoreError where there is no warehouse or a file of it is damaged, BusyError where another run holds it, RefusedError
    where rows would differ.
    """
    before = _usable(store)
    if not _loose(before):
        return _outcome(store, "unchanged", before, before)
    if not is_applied:
        with TemporaryDirectory(prefix="spack-cache-etl-") as folder:
            after = _compacted(store.root, Path(folder), before, workers)
        return _outcome(store, "unchanged" if after.files == before.files else "dry_run", before, after)
    with _as_run(store) as (record, staging):
        before = _usable(store)  # another run may have published since
        after = _compacted(store.root, staging, before, workers)
        if after.files == before.files:
            record.status, record.release = "unchanged", before.release
            return _outcome(store, "unchanged", before, before)
        store.publish(after, staging)
        record.status, record.release = "published", after.release
        record.reason = f"compacted: {len(before.files):,} files became {len(after.files):,}"
        return _outcome(store, "published", before, after)


def _usable(store: Store) -> Manifest:
    manifest = store.published()
    if manifest.schema_version != SCHEMA_VERSION:
        old = f"release {manifest.release} of {store.root} has schema version {manifest.schema_version}, not {SCHEMA_VERSION}"
        raise StoreError(f"{old}: `spack-cache-etl run` brings it up to date; compact it then")
    check(store.root, manifest)
    return manifest


def _loose(manifest: Manifest) -> set[str]:
    """The names of files that may be joined: of both parts where there is a recent one, and of what ended in several."""
    tables = [file.table for file in manifest.files]
    loose = {name for name in LASTING if tables.count(name) > 1}
    return loose if set(RECENT.values()).isdisjoint(tables) else loose.union(OPEN, RECENT.values())


@contextmanager
def _as_run(store: Store) -> Iterator[tuple[RunRecord, Path]]:
    """Hold the warehouse, with a record in the log of runs and a folder for new files."""
    record = RunRecord(RunReport().run_id, utc_now(), __version__)
    with store.writing(record):
        try:
            yield record, store.staging(record.run_id)
        except BaseException as error:
            reason = str(error) if isinstance(error, EtlError) else f"{type(error).__name__}: {error}"
            record.status, record.reason = "refused" if isinstance(error, RefusedError) else "failed", reason
            raise
        finally:
            record.finished_at, record.peak_rss_bytes = utc_now(), peak_rss_bytes()
            record.seconds = round((record.finished_at - record.started_at).total_seconds(), 3)
            store.log(record)


def _compacted(root: Path, staging: Path, before: Manifest, workers: Workers) -> Manifest:
    """The manifest of the release in fewer files, the new ones of which are staged; they hold the same rows."""
    files = before.files
    loose = _loose(before)
    _check(root, [file for file in files if file.table in loose], before.release)
    parts: list[tuple[tuple[str, ...], Range]] = []
    if loose.intersection(OPEN):
        parts += [(OPEN, packages) for packages in ranges_by_rows(root, files, OPEN)]
    for name in loose.intersection(LASTING):
        # `gaps` has no packages, and few rows: one for a tag or stack that a night did not show.
        ranges: list[Range] = list(ranges_by_rows(root, files, (name,))) if "package" in TABLES[name].columns else [(None, None)]
        if len(before.table(name)) > len(ranges):
            parts += [((name,), packages) for packages in ranges]
    anew = {name for names, _ in parts for name in names}
    anew |= {RECENT[name] for name in RECENT if loose.intersection(OPEN)}
    calls = [((staging, root), files, names, packages) for names, packages in parts]
    found = [file for some in shared(joined, calls, workers) for file in some]
    after = sorted([*(file for file in files if file.table not in anew), *found], key=lambda file: file.path)
    for name in sorted(anew & TABLES.keys()):
        if _content(root, files, name) != _content((staging, root), after, name):
            raise RefusedError(f"table {name} would hold other rows in fewer files: nothing was published. This is a bug; please report it")
    return msgspec.structs.replace(before, release=before.release + 1, program_version=__version__, files=after)


def _check(root: Path, files: Sequence[DataFile], release: int) -> None:
    """Raise StoreError where a file was damaged on the disk: its rows would be written again as if they were right."""
    damaged = damages(root, {file: [release] for file in files})
    if damaged:
        first = damaged[0]
        where = f"{root / first.path} (table {first.table}) {first.what}"
        raise StoreError(f"{where}: put it back from a copy; `spack-cache-etl verify` names every damaged file")


def _content(places: Places, files: Sequence[DataFile], name: str) -> tuple[int, int]:
    """How many rows a table has, and a sum over all of them that does not depend on their order."""
    count, content = read_table(places, files, name).select(pl.len(), pl.struct(pl.all()).hash().sum().alias("content")).collect().row(0)
    return count, content


def _outcome(store: Store, status: Literal["published", "unchanged", "dry_run"], before: Manifest, after: Manifest) -> Compaction:
    own = {file for file in before.files if file not in after.files}
    new = {file for file in after.files if file not in before.files}
    base = {stored: name for name, stored in RECENT.items()}
    names = sorted({base.get(file.table, file.table) for file in own | new})
    parts = {name: {name, RECENT.get(name, name)} for name in names}
    return Compaction(
        warehouse=str(store.root),
        status=status,
        release=after.release if status == "published" else before.release,
        before=Sizes.of(before.files),
        after=Sizes.of(after.files),
        tables={
            name: (
                Sizes.of([file for file in before.files if file.table in parts[name]]),
                Sizes.of([file for file in after.files if file.table in parts[name]]),
            )
            for name in names
        },
    )
