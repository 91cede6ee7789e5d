"""Files that are on disk when the call returns, and whole whenever they are looked at."""

import os
from pathlib import Path

from etl.load.steps import reached

__all__ = ["replace", "sync", "sync_folder", "write"]

PART = ".part"  # ending of a file that is being written; a dead run's are removed


def write(path: Path, data: bytes) -> None:
    """Put data under a name: readers see what was there before, or all of it."""
    part = path.with_name(path.name + PART)
    with part.open("wb") as file:
        reached("part opened")
        file.write(data)
        file.flush()
        reached("part written")
        os.fsync(file.fileno())
    reached("part safe")
    replace(part, path)


def replace(part: Path, path: Path) -> None:
    """Move a file that is safe on disk to its name, and make the name safe too."""
    part.replace(path)
    reached("part renamed")
    sync_folder(path.parent)


def sync(path: Path) -> None:
    """Wait until a file's content is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    reached("synced")


def sync_folder(path: Path) -> None:
    """Wait until a folder's names are on disk."""
    sync(path)
