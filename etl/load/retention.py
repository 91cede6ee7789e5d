"""Which releases are kept, and which files go with those that are not.

A release may be read for a while after it was replaced: whoever opened the catalog before goes on with the files that it names.
The time of a file `manifests/<release>.json` is when that release was published; so a release stopped being the current one at the
time of the manifest after it, and the files that it alone names stopped being read, by anyone new, at that time at the latest.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from etl.load import durable
from etl.load.lock import exclusive
from etl.load.manifest import Manifest
from etl.load.store import Store, as_store_error
from etl.schema import STORED

__all__ = ["Kept", "Retention", "Unnamed", "Vacuum", "kept_manifests", "manifest_path", "vacuum"]


@dataclass(frozen=True, slots=True)
class Retention:
    """What stays: releases of the last days, so many of the newest, and what was current until a moment ago."""

    keep_days: float
    keep_releases: int = 2
    grace_minutes: float = 60


class Kept(NamedTuple):
    """A manifest in `manifests/`, and when it was written, in seconds since 1970."""

    path: Path
    manifest: Manifest
    written_at: float


class Unnamed(msgspec.Struct, frozen=True):
    """A data file that no kept manifest names; `path` is relative to the warehouse."""

    table: str
    path: str
    bytes: int


class Vacuum(msgspec.Struct):
    """The object of `vacuum --json`: what goes, or would."""

    warehouse: str
    is_applied: bool
    release: int  # the current one
    kept_releases: list[int]
    removed_releases: list[int]
    bytes: int
    files: list[Unnamed]


def manifest_path(root: Path, release: int) -> Path:
    """Where the manifest of a release is kept."""
    return root / "manifests" / f"{release:06}.json"


def kept_manifests(root: Path) -> list[Kept]:
    """The manifests that are kept, oldest release first. Raises StoreError for one that is damaged: what it names is not known."""
    found = []
    for path in sorted((root / "manifests").glob("*.json")):
        with suppress(FileNotFoundError):  # another process has just removed it
            written_at = path.stat().st_mtime
            manifest = Manifest.read(path)
            if manifest is not None:
                found.append(Kept(path, manifest, written_at))
    return sorted(found, key=lambda one: one.manifest.release)


def vacuum(store: Store, retention: Retention, now: float, is_applied: bool = False) -> Vacuum:
    """What no longer need be kept at a time, in seconds since 1970; if `is_applied`, it has been removed.

    Manifests go first, then the files that none names any more: a process that is killed in between leaves files which the next
    run, or the next call, removes. Raises StoreError where there is no warehouse, BusyError where another run holds it.
    """
    current = store.published()
    if not is_applied:
        with as_store_error(store.root):
            return _outdated(store.root, current, retention, now)[1]
    began = dt.datetime.fromtimestamp(now, dt.UTC)
    with exclusive(store.root / ".lock", f"{began:%Y-%m-%d %H:%M:%S} UTC"), as_store_error(store.root):
        manifests, found = _outdated(store.root, store.published(), retention, now)  # another run may have published since
        _remove([one.path for one in manifests])
        _remove([store.root / file.path for file in found.files])
    found.is_applied = True
    return found


def _outdated(root: Path, current: Manifest, retention: Retention, now: float) -> tuple[list[Kept], Vacuum]:
    manifests = kept_manifests(root)
    going = _replaced(manifests, current, retention, now)
    kept = [one.manifest for one in manifests if one not in going]
    named = {file.path for manifest in [current, *kept] for file in manifest.files}
    files = _unnamed(root, named, now - 60 * retention.grace_minutes)
    return going, Vacuum(
        warehouse=str(root),
        is_applied=False,
        release=current.release,
        kept_releases=sorted({current.release, *(manifest.release for manifest in kept)}),
        removed_releases=[one.manifest.release for one in going],
        bytes=sum(file.bytes for file in files),
        files=files,
    )


def _replaced(manifests: Sequence[Kept], current: Manifest, retention: Retention, now: float) -> list[Kept]:
    """The manifests of releases that nobody need have any more.

    What is newer than the current release was left by a run that died, or is there because somebody went back to an earlier one:
    the next run decides. A file under another name than a release's is not ours.
    """
    releases = [one for one in manifests if one.manifest.release <= current.release]
    oldest, latest = now - 24 * 3600 * retention.keep_days, now - 60 * retention.grace_minutes
    newest = {one.manifest.release for one in releases[-max(1, retention.keep_releases) :]} | {current.release}
    return [
        one
        for one, after in pairwise(releases)
        if one.manifest.release not in newest
        and one.path.name == manifest_path(Path(), one.manifest.release).name
        and one.written_at < oldest
        and after.written_at <= latest
    ]


def _unnamed(root: Path, named: set[str], latest: float) -> list[Unnamed]:
    """Data files, of our own naming, that no kept manifest names; those that were just written may be a run's that is under way."""
    found = []
    for table in STORED:
        for path in sorted((root / "data" / table).glob(f"{table}-*.parquet")):
            name = path.relative_to(root).as_posix()
            if name in named:
                continue
            with suppress(FileNotFoundError):  # another process has just removed it
                there = path.stat()
                if there.st_mtime <= latest:
                    found.append(Unnamed(table, name, there.st_size))
    return found


def _remove(paths: Sequence[Path]) -> None:
    """Remove files, and wait until that is on disk: what goes next may be named by them."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        durable.sync_folder(folder)
