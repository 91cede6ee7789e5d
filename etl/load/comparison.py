"""How a release differs from the one before it, in counts: for the report of a run, and for its gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from etl.load.manifest import DataFile
from etl.load.released import Places, read_table, row_count

__all__ = ["Changes", "Comparison", "Difference", "Files"]

_MEMBER = ["source", "tag", "stack", "spec_hash"]
_COUNTED = ["source", "tag", "stack"]


class Difference(NamedTuple):
    """Rows of now, and how many of them were not there before, and the other way round."""

    current: int
    added: int
    removed: int


class Changes(NamedTuple):
    """The tables of the pages in which a release may differ from the one before, as they were and as they are."""

    before: Mapping[str, pl.DataFrame]
    after: Mapping[str, pl.DataFrame]


class Files(NamedTuple):
    """The files of a release, and where they lie."""

    places: Places
    files: Sequence[DataFile]

    def table(self, name: str) -> pl.LazyFrame:
        """One of its tables."""
        return read_table(self.places, self.files, name)

    def count(self, name: str) -> int:
        """The rows of one of its tables."""
        return row_count(self.places, self.files, name)


@dataclass(frozen=True)
class Comparison:
    """Two releases; `changes` None: they may differ anywhere."""

    before: Files
    after: Files
    changes: Changes | None = None

    @cached_property
    def sources(self) -> dict[str, int]:
        """Distinct specs of each source."""
        held = self.after.table("tag_specs").group_by("source").agg(pl.col("spec_hash").n_unique())
        return dict(held.collect().iter_rows())

    def specs(self) -> Difference:
        """Distinct specs that stand under any tag."""
        if not self.before.files and not self.after.count("ended_tag_specs"):  # each that is known stands somewhere
            return Difference(self.after.count("specs"), self.after.count("specs"), 0)
        before, after = (rows.select("spec_hash").unique() for rows in self._both("tag_specs"))
        came, went = after.join(before, on="spec_hash", how="anti"), before.join(after, on="spec_hash", how="anti")
        if self.changes is not None:  # those that stand on other pages neither came nor went
            came, went = self._absent(came, self.before), self._absent(went, self.after)
        return Difference(self._current_specs(), came.height, went.height)

    def memberships(self) -> Difference:
        """Specs in named stacks under tags."""
        if not self.before.files:
            return Difference(self.after.count("memberships"), self.after.count("memberships"), 0)
        before, after = (rows.select(_MEMBER) for rows in self._both("memberships"))
        came, went = after.join(before, on=_MEMBER, how="anti").height, before.join(after, on=_MEMBER, how="anti").height
        return Difference(self.before.count("memberships") + came - went, came, went)

    def spec_counts(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Specs of each tag (`stack` NULL) and of each named stack, before and after: source, tag, stack, spec_count."""
        before, after = (self._counts(release.table("tag_specs"), release.table("memberships")) for release in (self.before, self.after))
        if self.changes is None:
            return before.collect(), after.collect()
        lost, won = (self._counts(rows["tag_specs"].lazy(), rows["memberships"].lazy()) for rows in self.changes)
        was = before.collect()
        steps = pl.concat([was.lazy(), lost.with_columns(-pl.col("spec_count")), won])
        return was, steps.group_by(_COUNTED).agg(pl.col("spec_count").sum()).collect()

    def _both(self, table: str) -> list[pl.DataFrame]:
        if self.changes is not None:
            return [rows[table] for rows in self.changes]
        return [
            release.table(table).select(_MEMBER if table == "memberships" else ["spec_hash"]).collect()
            for release in (self.before, self.after)
        ]

    def _absent(self, specs: pl.DataFrame, release: Files) -> pl.DataFrame:
        there = release.table("tag_specs").select("spec_hash").join(specs.lazy(), on="spec_hash", how="semi").collect()
        return specs.join(there, on="spec_hash", how="anti")

    def _current_specs(self) -> int:
        if len(self.sources) == 1:
            return sum(self.sources.values())
        return int(self.after.table("tag_specs").select(pl.col("spec_hash").n_unique()).collect().item())

    def _counts(self, specs: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
        tags = specs.group_by("source", "tag").agg(spec_count=pl.len().cast(pl.Int64))
        stacks = members.group_by(_COUNTED).agg(spec_count=pl.len().cast(pl.Int64))
        return pl.concat([tags, stacks], how="diagonal").select(*_COUNTED, "spec_count")
