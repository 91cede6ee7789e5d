"""Releases that are kept: the current one, and those before it whose manifest is there."""

from collections.abc import Sequence
from pathlib import Path

from etl.errors import StoreError, UsageError, no_warehouse
from etl.load.manifest import Manifest
from etl.schema import SCHEMA_VERSION

__all__ = ["check_schema", "release_manifest"]


def release_manifest(warehouse: Path, number: int | None) -> Manifest:
    """The manifest of a release that is kept; None asks for the current one.

    Raises UsageError for a number that is not kept, StoreError where there is no warehouse.
    """
    root = warehouse.expanduser().resolve()
    current = Manifest.read(root / "manifest.json")
    if current is None:
        raise no_warehouse(root)
    if number in (None, current.release):
        return current
    # A manifest beyond the current one was written by a run that died before it was published.
    kept = {int(path.stem): path for path in (root / "manifests").glob("*.json") if path.stem.isdecimal()}
    known = sorted({current.release, *(one for one in kept if one < current.release)})
    found = Manifest.read(kept[number]) if number in kept and number in known else None
    if found is None:
        raise UsageError(f"release {number} is not kept in {root}; these are: {_ranges(known)}")
    return found


def check_schema(manifest: Manifest, then: str) -> None:
    """Raise StoreError where the views of this program do not fit the columns of a release; `then` says what to do."""
    if manifest.schema_version != SCHEMA_VERSION:
        written = f"schema version {manifest.schema_version}, written by spack-cache-etl {manifest.program_version}"
        raise StoreError(f"release {manifest.release} has {written}; the views of this program read version {SCHEMA_VERSION}. {then}")


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in order, in few words: 1 to 4, 6."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join(" to ".join(map(str, run)) for run in runs)
