"""A snapshot's staged tables on top of the release before, range by range of packages, as they were built."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_table
from etl.reading import Reading
from etl.schema import OF_SPECS, OPEN
from etl.shards import Shard, shared
from etl.transform.continued import continued
from etl.workers import Workers

__all__ = ["LASTING", "Range", "Succession", "continue_all", "dimension_names", "of_range", "ranges", "within"]

LASTING = ("ended_tag_specs", "ended_memberships", "gaps")  # what is in them stays: each release adds files
_PAGE = ["source", "tag", "package"]
_DIMENSIONS = {"targets": "target", "operating_systems": "os", "stacks": "stack", "tags": "tag"}

Range = tuple[str | None, str | None]  # packages from the first, and before the second; None: no bound


@dataclass(frozen=True, slots=True)
class Succession:
    """What is continued: files staged for a snapshot, files of the release before, the snapshot of each source, and what was read."""

    staging: Path
    new: Sequence[DataFile]
    root: Path
    old: Sequence[DataFile]
    now: Mapping[str, int]
    read: Reading

    def alone(self, name: str) -> pl.LazyFrame:
        """The rows of a table of pages that this snapshot shows, whatever was before; of documents that were not read, the stored ones."""
        new = read_table(self.staging, self.new, name)
        if self.read.is_all:
            return new
        return pl.concat([new, read_table(self.root, self.old, name).join(self.pages_anew().lazy(), on=_PAGE, how="anti")])

    def pages_anew(self) -> pl.DataFrame:
        """The pages (source, tag, package) that were read, or have changed or gone since the release before."""
        return pl.concat([read_table(self.staging, self.new, "documents").select(_PAGE).collect(), self.read.void]).unique()

    def moved(self) -> pl.DataFrame:
        """Hashes that another package has now than before: only a forged page brings that about."""
        new, old = (
            read_table(root, files, "specs").select("spec_hash", "package")
            for root, files in ((self.staging, self.new), (self.root, self.old))
        )
        both = old.join(new, on="spec_hash", suffix="_now")
        return both.filter(pl.col("package") != pl.col("package_now")).select("spec_hash").collect()


def continue_all(succession: Succession, gaps: pl.DataFrame, shards: Sequence[Shard], workers: Workers) -> list[DataFile]:
    """The staged files of the new release's tables by package, once everything was read, and the files of all that ended up to it."""
    moved = succession.moved()  # their old rows are in another range, maybe
    calls = [(succession, gaps, packages, moved) for packages in ranges(shards)]
    files = [file for files in shared(_continue, calls, workers) for file in files]
    return [*files, *(file for file in succession.old if file.table in LASTING)]


def dimension_names(root: Path, files: Sequence[DataFile]) -> dict[str, set[str]]:
    """The names that the dimensions of a release are of: what has ended keeps them."""
    return {table: set(read_table(root, files, table).select(column).collect()[column]) for table, column in _DIMENSIONS.items()}


def ranges(shards: Sequence[Shard]) -> Iterator[Range]:
    """The shards' packages, and all others between, before and behind them."""
    firsts = [shard.documents[0][1].package or None for shard in shards[1:]]
    yield from pairwise([None, *dict.fromkeys(firsts), None])


def _continue(succession: Succession, gaps: pl.DataFrame, packages: Range, moved: pl.DataFrame) -> list[DataFile]:
    one = succession
    new = {name: within(read_table(one.staging, one.new, name), packages) for name in OPEN}
    old = {name: within(read_table(one.root, one.old, name), packages) for name in (*OPEN, "ended_tag_specs", "ended_memberships")}
    if moved.height:
        old |= {name: old[name].join(moved, on="spec_hash", how="anti") for name in OF_SPECS}
    found = continued(new, old, gaps, one.now)
    return write_tables(found.tables | found.ended, one.staging)


def within(rows: pl.LazyFrame, packages: Range) -> pl.DataFrame:
    """The rows of a range of packages."""
    return of_range(rows, packages).collect()


def of_range(rows: pl.LazyFrame, packages: Range) -> pl.LazyFrame:
    """The same, not yet read."""
    low, high = packages
    if low is not None:
        rows = rows.filter(pl.col("package") >= low)
    if high is not None:
        rows = rows.filter(pl.col("package") < high)
    return rows
