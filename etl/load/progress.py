"""What long work has finished of itself, kept below the warehouse so that a killed run need not do it again: a cache."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from etl.load.durable import PART

__all__ = ["Progress"]


class Progress:
    """Frames by the name of the part of the work that they are of, in a folder of that work alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        """Make the folder; what was kept of other work beside it, or is unfinished, goes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for other in self.folder.parent.iterdir():
            if other != self.folder:
                shutil.rmtree(other)
        for part in self.folder.glob(f"*{PART}"):
            shutil.rmtree(part)

    def has(self, name: str) -> bool:
        """Whether a part of the work is finished."""
        return (self.folder / name).is_dir()

    def keep(self, name: str, frames: Mapping[str, pl.DataFrame]) -> None:
        """Keep what a part of the work came to; all of it is there at once."""
        part = self.folder / f"{name}{PART}"
        part.mkdir()
        for table, frame in frames.items():
            frame.write_parquet(part / f"{table}.parquet", compression="lz4")
        part.rename(self.folder / name)

    def read(self, name: str, table: str) -> pl.DataFrame:
        """A frame of a finished part."""
        return pl.read_parquet(self.folder / name / f"{table}.parquet", glob=False)

    def end(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
