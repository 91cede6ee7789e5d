"""What a folder's tables hold already: by the commits of this program, and by the files that are there."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from deltalake import DeltaTable

from etl.errors import UsageError

__all__ = ["NOTE", "Stand", "holds", "lacks_files", "refuse_older", "remove_leftovers", "stand"]

COMMITS_SEEN = 100  # so far back a table's commit is looked for: vacuum and others add theirs
NOTE = ("spack_cache_release", "spack_cache_manifest", "spack_cache_view")  # in each commit: release, digest of its manifest, of the view
_DATA = re.compile(r".+\.parquet(#\d+)?")  # with a number while it is being written


class Stand(NamedTuple):
    """What the last commit of ours to a table says."""

    version: int
    rows: int
    note: tuple[str, ...]


def stand(path: Path) -> Stand | None:
    """What we last wrote to a table; None: there is none yet. Raises UsageError where the folder is someone else's."""
    if not DeltaTable.is_deltatable(str(path)):
        # A process that died before the first commit of a table has left data files.
        if path.exists() and (not path.is_dir() or not all(map(_is_ours, path.iterdir()))):
            raise UsageError(f"{path} is there already, and no Delta table: name another --output")
        return None
    for commit in DeltaTable(str(path)).history(COMMITS_SEEN):
        if NOTE[0] in commit:
            rows = commit.get("operationMetrics", {}).get("num_added_rows", 0)
            return Stand(commit["version"], int(rows), tuple(str(commit.get(key)) for key in NOTE))
    raise UsageError(f"{path} is a Delta table that this program did not write, or not lately: name another --output")


def holds(path: Path, version: int) -> bool:
    """Whether a version is what we last wrote to a table, and can be read."""
    try:
        found = stand(path)
    except UsageError:  # it has become someone else's
        return False
    return found is not None and found.version == version and not lacks_files(path)


def lacks_files(path: Path) -> bool:
    """Whether a data file of a table is gone; its log does not tell."""
    return not all(Path(unquote(uri)).is_file() for uri in DeltaTable(str(path)).file_uris())


def refuse_older(folder: Path, found: Stand, release: int, digest: str) -> None:
    """Raise UsageError where a table holds a newer release, or another of the same number."""
    there = int(found.note[0])
    if there > release:
        raise UsageError(
            f"{folder} holds release {there}, which is newer than {release}; name another --output, or read an earlier version"
        )
    if there == release and found.note[1] != digest:
        raise UsageError(
            f"{folder} holds another release of the number {release}, as of a warehouse that was begun anew; name another --output"
        )


def remove_leftovers(path: Path) -> None:
    """Remove files of a table that a process had begun when it was killed; vacuum does not know them. Needs the lock."""
    for leftover in path.glob("*.parquet#*"):
        leftover.unlink()


def _is_ours(path: Path) -> bool:
    return path.name == "_delta_log" or bool(_DATA.fullmatch(path.name))
