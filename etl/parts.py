"""Both parts of each table as one: files of many nights joined into few, sorted, and cut between packages."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import Places, read_table
from etl.schema import OPEN, RECENT, TABLES
from etl.shards import shared
from etl.succession import Range, within
from etl.workers import Workers

__all__ = ["cut", "joined", "merged", "ranges_by_rows"]

MOST_RECENT = 0.15  # of the bytes of both parts: beyond, they are written anew as one
MOST_ROWS = 1_000_000  # of a file: a process holds that much of some tables at once


def merged(places: Sequence[Path], files: Sequence[DataFile], workers: Workers) -> list[DataFile]:
    """The files of a release, with both parts of each table as one; as they are, while the recent part is small.

    `places` are the folder for new files and the warehouse.
    """
    recent_bytes = sum(file.bytes for file in files if file.table in RECENT.values())
    all_bytes = recent_bytes + sum(file.bytes for file in files if file.table in OPEN)
    if recent_bytes <= MOST_RECENT * all_bytes:
        return list(files)
    calls = [(places, list(files), OPEN, packages) for packages in ranges_by_rows(places, files, OPEN)]
    others = [file for file in files if file.table in TABLES and file.table not in OPEN]
    return [*others, *(file for files in shared(joined, calls, workers) for file in files)]


def ranges_by_rows(places: Places, files: Sequence[DataFile], tables: Sequence[str]) -> Iterator[Range]:
    """Packages in order, cut so that none of some tables has more than MOST_ROWS rows in a range, unless one package alone has."""
    counted = [read_table(places, files, name).group_by("package").agg(pl.len()) for name in tables]
    most = pl.concat(counted).group_by("package").agg(pl.col("len").max()).sort("package").collect()
    yield from cut(most.iter_rows(), MOST_ROWS)


def cut(packages: Iterable[tuple[str, int]], most: int) -> Iterator[Range]:
    """Packages in order, each with a number of rows, in ranges of at most so many rows, unless one package alone has more."""
    firsts: list[str | None] = [None]
    rows = 0
    for package, count in packages:
        if rows and rows + count > most:
            firsts.append(package)
            rows = 0
        rows += count
    yield from pairwise([*firsts, None])


def joined(places: Sequence[Path], files: Sequence[DataFile], names: Sequence[str], packages: Range) -> list[DataFile]:
    """The rows of tables in a range of packages, each as one file, in the first of the places."""
    return write_tables({name: within(read_table(places, files, name), packages).sort(TABLES[name].sort_by) for name in names}, places[0])
