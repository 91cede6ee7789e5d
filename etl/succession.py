"""A snapshot's staged tables on top of the release before, range by range of packages, as they were built."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_table
from etl.schema import TABLES
from etl.shards import Shard, shared
from etl.transform.continued import OF_SPECS, continued
from etl.workers import Workers

__all__ = ["LASTING", "Succession", "continue_all", "dimension_names"]

LASTING = ("ended_tag_specs", "ended_memberships", "gaps")  # what is in them stays: each release adds files
_BY_PACKAGE = [name for name, table in TABLES.items() if table.sort_by[0] == "package" and name not in LASTING]
_DIMENSIONS = {"targets": "target", "operating_systems": "os", "stacks": "stack", "tags": "tag"}

Range = tuple[str | None, str | None]  # packages from the first, and before the second; None: no bound


@dataclass(frozen=True, slots=True)
class Succession:
    """What is continued: files staged for a snapshot, files of the release before, the gaps, and the snapshot of each source."""

    staging: Path
    new: Sequence[DataFile]
    root: Path
    old: Sequence[DataFile]
    gaps: pl.DataFrame
    now: Mapping[str, int]


def continue_all(succession: Succession, shards: Sequence[Shard], workers: Workers) -> list[DataFile]:
    """The staged files of the new release's tables by package, and of what ended with it."""
    moved = _moved(succession)
    calls = [(succession, packages, moved) for packages in _ranges(shards)]
    return [file for files in shared(_continue, calls, workers) for file in files]


def dimension_names(root: Path, files: Sequence[DataFile]) -> dict[str, set[str]]:
    """The names that the dimensions of a release are of: what has ended keeps them."""
    return {table: set(read_table(root, files, table).select(column).collect()[column]) for table, column in _DIMENSIONS.items()}


def _ranges(shards: Sequence[Shard]) -> Iterator[Range]:
    """The shards' packages, and all others between, before and behind them."""
    firsts = [shard.documents[0][1].package or None for shard in shards[1:]]
    yield from pairwise([None, *dict.fromkeys(firsts), None])


def _moved(succession: Succession) -> pl.DataFrame:
    """Hashes that another package has now than before: only a forged page brings that about. Their old rows are in another range, maybe."""
    new, old = (
        read_table(root, files, "specs").select("spec_hash", "package")
        for root, files in ((succession.staging, succession.new), (succession.root, succession.old))
    )
    return old.join(new, on="spec_hash", suffix="_now").filter(pl.col("package") != pl.col("package_now")).select("spec_hash").collect()


def _continue(succession: Succession, packages: Range, moved: pl.DataFrame) -> list[DataFile]:
    old_names = [*_BY_PACKAGE, "ended_tag_specs", "ended_memberships"]
    new = {name: _within(succession.staging, succession.new, name, packages) for name in _BY_PACKAGE}
    old = {name: _within(succession.root, succession.old, name, packages) for name in old_names}
    if moved.height:
        old |= {name: old[name].join(moved, on="spec_hash", how="anti") for name in OF_SPECS}
    found = continued(new, old, succession.gaps, succession.now)
    return write_tables(found.tables | found.ended, succession.staging)


def _within(root: Path, files: Sequence[DataFile], name: str, packages: Range) -> pl.DataFrame:
    rows = read_table(root, files, name)
    low, high = packages
    if low is not None:
        rows = rows.filter(pl.col("package") >= low)
    if high is not None:
        rows = rows.filter(pl.col("package") < high)
    return rows.collect()
