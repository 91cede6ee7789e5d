"""The work of a backfill, cut by packages, and what the parts of it come to together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import polars as pl

from etl.backfill.plan import Additions
from etl.backfill.survey import survey
from etl.backfill.tables import BuiltRange
from etl.backfill.versions import Place, Stretch
from etl.backfill.work import Task, Work
from etl.extract import Listed
from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_table
from etl.schema import OF_SPECS, TABLES
from etl.shards import Shard
from etl.transform.courses import Change
from etl.transform.versions import versions

__all__ = ["Sums", "single", "surveyed", "tasks_of"]


@dataclass(slots=True)
class Sums:
    """What the ranges of packages came to together."""

    files: list[list[DataFile]] = field(default_factory=list)
    alone: list[DataFile] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    renewed: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    specs: Counter[int] = field(default_factory=Counter)

    def add(self, built: BuiltRange) -> None:
        """Add what one range came to."""
        self.files.append(built.files)
        self.alone += built.alone
        self.digests |= built.digests
        for kind, names in built.names.items():
            self.names.setdefault(kind, set()).update(names)
        for sums, more in ((self.renewed, built.renewed), (self.refused, built.refused_steps), (self.specs, built.spec_steps)):
            for at, count in more.items():
                sums[at] += count


def surveyed(task: Task, work: Work) -> tuple[int, list[pl.DataFrame]]:
    """A task's size with its survey."""
    return task.size_bytes, survey(task, work)


def tasks_of(shards: Sequence[Shard], stretches: Sequence[Stretch], added: Additions) -> list[Task]:
    """The work, cut by packages; together the tasks bound all packages that there can be."""
    firsts = [shard.documents[0][1].package or None for shard in shards[1:]]
    bounds = list(pairwise([None, *firsts, None]))
    owner = {one.package: number for number, shard in enumerate(shards) for _, one in shard.documents}
    changes: list[list[dict[Place, Sequence[Change]]]] = [[{} for _ in stretches] for _ in shards]
    for number, stretch in enumerate(stretches):
        for place, found in stretch.changes.items():
            changes[owner[place[1]]][number][place] = found
    listed: list[list[Listed]] = [[] for _ in shards]
    for one in added.last:
        listed[owner[one.package]].append(one)
    return [
        Task(
            f"{number:05}",
            shard.documents,
            bounds[number],
            [replace(stretch, changes=changes[number][place]) for place, stretch in enumerate(stretches)],
            listed[number] if added.after else None,
            shard.size_bytes,
        )
        for number, shard in enumerate(shards)
    ]


def single(staging: Path, files: Sequence[DataFile]) -> list[DataFile]:
    """The files, once a spec that ended under one package and stands under another has one row: only a forged page can bring it about."""
    specs = read_table(staging, files, "specs").select("spec_hash", "package").collect()
    twice = specs.filter(pl.col("spec_hash").is_duplicated())
    if twice.is_empty():
        return list(files)
    current = read_table(staging, files, "tag_specs").select("spec_hash", "package", is_ended=pl.lit(False)).unique().collect()
    ranked = twice.join(current, on=["spec_hash", "package"], how="left").sort("spec_hash", pl.col("is_ended").is_null(), "package")
    losers = ranked.filter(~pl.col("spec_hash").is_first_distinct()).select("spec_hash", "package")
    frames = {
        name: read_table(staging, files, name).collect().join(losers, on=["spec_hash", "package"], how="anti", maintain_order="left")
        for name in OF_SPECS
    }
    frames["versions"] = versions(frames["specs"])
    stored = {name: frame.select(list(TABLES[name].columns)).sort(TABLES[name].sort_by) for name, frame in frames.items()}
    return [*(file for file in files if file.table not in frames), *write_tables(stored, staging)]
