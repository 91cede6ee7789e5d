"""The warehouse as a folder: who may read and write it, whether a run is under way, and who reads an earlier release."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from etl.connect.finding import Finding, Level
from etl.load.lock import holder

__all__ = ["permissions", "stale_readers", "under_way"]

_PROCESSES = Path("/proc")


def permissions(root: Path) -> Finding:
    """Who may read the warehouse, and who may write it, by the modes of its files."""
    if os.statvfs(root).f_flag & os.ST_RDONLY:
        return Finding(Level.ok, "permissions", "mounted read-only: readers need no more, and nobody can write")
    modes = {path: mode for path in _published(root) if (mode := _mode(path)) is not None}
    open_ones = [path for path, mode in modes.items() if mode & stat.S_IWOTH and not mode & stat.S_ISVTX]
    if open_ones:
        what = f"everybody may write {open_ones[0]}" + (f" and {len(open_ones) - 1} more" if len(open_ones) > 1 else "")
        return Finding(Level.warning, "permissions", what, f"chmod -R o-w {root}, and a umask such as 022 for the job")
    for path, mode in modes.items():
        needed = stat.S_IRGRP | stat.S_IROTH if not stat.S_ISDIR(mode) else stat.S_IXGRP | stat.S_IXOTH
        if not mode & needed:
            what = f"nobody but the owner may read {path}: a tool that runs as another user cannot open the warehouse"
            return Finding(
                Level.warning, "permissions", what, f"chmod -R go+rX {root} (or its parent), and a umask such as 022 for the job"
            )
    everybody = all(mode & (stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH) for mode in modes.values())
    who = "everybody may read" if everybody else "the owner and the group may read"
    return Finding(Level.ok, "permissions", f"{who}, and not everybody may write")


def _published(root: Path) -> Iterator[Path]:
    """What a reader passes through and reads."""
    yield from reversed(root.parents)
    yield root
    yield from (root / "spack_cache.duckdb", root / "data")
    yield from (root / "data").glob("*")
    yield from (root / "data").glob("*/*.parquet")


def _mode(path: Path) -> int | None:
    """The mode of a file; None: it is not there, or no longer, for a run removes what no release needs."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def under_way(root: Path) -> Iterator[Finding]:
    """The run that holds the warehouse: it says so in its lock, which it empties at its end. Taking the lock to see would disturb one."""
    with suppress(FileNotFoundError, PermissionError):
        who = holder((root / ".lock").read_text(encoding="utf-8", errors="replace"))
        if who is not None:
            yield Finding(Level.ok, "run", f"{who} is running or was killed; readers are not disturbed")


def stale_readers(catalog: Path) -> Iterator[Finding]:
    """Programs that still have a catalog open which has been replaced; only those of the same user can be seen, and only on Linux."""
    replaced = Path(f"{catalog} (deleted)")
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if any(one.readlink() == replaced for one in (process / "fd").iterdir()):
                program = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                what = f"process {process.name} ({program}) still reads an earlier release: its answers are right, but old"
                yield Finding(Level.warning, "readers", what, "let it close all of its connections and open the catalog again")
