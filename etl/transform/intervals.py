"""Versions of documents to the intervals of snapshots in which their specs stood, column by column.

A span says which version of a document a tag shows from one snapshot to another. Spans and what the versions hold, joined, are
rows; equal rows of adjacent spans are one interval. All intervals are half-open, `begin` to `end`.
"""

from typing import NamedTuple

import polars as pl

from etl.schema import ROOT
from etl.transform.stack_sets import stack_sets

__all__ = ["Gaps", "Intervals", "intervals", "merged", "named"]

_PAGE = ["tag", "package"]
_SPEC = [*_PAGE, "spec_hash"]
_MEMBER = [*_SPEC, "stack"]
_LOOKS = ["stack_count", "stacks_text", "is_in_root"]


class Gaps(NamedTuple):
    """When tags (tag, begin, end) and stacks under other tags (tag, stack, begin, end; `root` too) were not observed."""

    tags: pl.DataFrame
    stacks: pl.DataFrame


class Intervals(NamedTuple):
    """When specs stood under tags (tag, package, spec_hash, stack_count, stacks_text, is_in_root) and in stacks (with stack)."""

    tag_specs: pl.DataFrame
    memberships: pl.DataFrame


def merged(rows: pl.DataFrame, key: list[str], looks: list[str] | None = None) -> pl.DataFrame:
    """Rows of the same key and looks whose intervals touch or overlap, as one. Sorted by key and begin."""
    same = [*key, *(looks or [])]
    rows = rows.select(*same, "begin", "end").sort(*same, "begin", "end")
    reach = pl.col("end").cum_max().over(same).shift(1)
    begins = pl.any_horizontal(*(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in same), pl.col("begin") > reach)
    runs = rows.with_columns(run=begins.fill_null(True).cum_sum())
    found = runs.group_by("run").agg(*(pl.col(name).first() for name in same), pl.col("begin").min(), pl.col("end").max())
    return found.drop("run").sort(*key, "begin")


def named(spans: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """How many documents more or less begin to name a tag (`stack` NULL) or a label under it at a snapshot: tag, stack, at, count.

    `spans` are those of documents that could be read; `rows` hold what each version says.
    """
    labels = rows.select("version", "stacks_key").unique()
    lists = stack_sets(labels["stacks_key"])
    root = pl.when("is_in_root").then(pl.lit([ROOT], pl.List(pl.String))).otherwise(pl.lit([], pl.List(pl.String)))
    lists = lists.select("stacks_key", stack=pl.concat_list("stacks", root))
    labels = labels.join(lists, on="stacks_key").explode("stack", empty_as_null=False).select("version", "stack").unique()
    tags = spans.select("tag", "begin", "end", stack=pl.lit(None, pl.String))
    both = pl.concat([tags, spans.join(labels, on="version").select("tag", "begin", "end", "stack")])
    starts = both.select("tag", "stack", at="begin", count=pl.lit(1, pl.Int64))
    ends = both.select("tag", "stack", at="end", count=pl.lit(-1, pl.Int64))
    return pl.concat([starts, ends]).group_by("tag", "stack", "at").agg(pl.col("count").sum()).filter(pl.col("count") != 0)


def intervals(spans: pl.DataFrame, rows: pl.DataFrame, gaps: Gaps) -> Intervals:
    """When each spec stood under its tag, and when in each stack; what was not observed stays as it was.

    `spans` has tag, package, version, is_stale, begin, end; `rows` version, spec_hash, stacks_key.
    """
    placed = spans.select(*_PAGE, "version", "begin", "end").join(rows.select("version", "spec_hash", "stacks_key"), on="version")
    placed = merged(placed, _SPEC, ["stacks_key"])
    sets = stack_sets(placed["stacks_key"])
    placed = placed.join(sets.select("stacks_key", "stacks", *_LOOKS), on="stacks_key", how="left")
    standing = merged(placed, _SPEC, _LOOKS)
    stacks = placed.filter(pl.col("stacks").list.len() > 0).explode("stacks", empty_as_null=False).rename({"stacks": "stack"})
    members = merged(stacks, _MEMBER)
    if gaps.stacks.is_empty():
        return Intervals(standing, members)
    roots = placed.filter(pl.col("is_in_root")).select(*_SPEC, "begin", "end", stack=pl.lit(ROOT)).select(members.columns)
    labels = pl.concat([members, merged(roots, _MEMBER)])
    kept = _kept(labels, merged(standing, _SPEC), spans, gaps)
    if kept.is_empty():
        return Intervals(standing, members)
    labels = merged(pl.concat([labels, kept]), _MEMBER)
    touched = kept.select(_SPEC).unique()
    others = standing.join(touched, on=_SPEC, how="anti")
    anew = _relabelled(standing.join(touched, on=_SPEC, how="semi"), labels.join(touched, on=_SPEC, how="semi"))
    return Intervals(pl.concat([others, anew]).sort(*_SPEC, "begin"), labels.filter(pl.col("stack") != ROOT))


def _kept(labels: pl.DataFrame, presence: pl.DataFrame, spans: pl.DataFrame, gaps: Gaps) -> pl.DataFrame:
    """What follows on labels that end while they are not observed: as long as that lasts, and the spec is under its tag.

    In between the whole tag may be unobserved, or the document unreadable: then too everything stays.
    """
    missed = gaps.stacks.rename({"begin": "low", "end": "high"})
    lost = labels.join(missed, on=["tag", "stack"]).filter(pl.col("end").is_between("low", "high", closed="left"))
    lost = lost.select(*_MEMBER, at="end").join(presence, on=_SPEC)
    lost = lost.filter(pl.col("at").is_between("begin", "end", closed="left")).select(*_MEMBER, "at", leaves="end")
    if lost.is_empty():
        return labels.clear()
    places = lost.select(*_PAGE, "stack").unique()
    holds = pl.concat(
        [
            places.join(gaps.stacks, on=["tag", "stack"]).select(*_PAGE, "stack", "begin", "end"),
            places.join(gaps.tags, on="tag").select(*_PAGE, "stack", "begin", "end"),
            places.join(spans.filter("is_stale"), on=_PAGE).select(*_PAGE, "stack", "begin", "end"),
        ]
    )
    held = lost.join(merged(holds, [*_PAGE, "stack"]), on=[*_PAGE, "stack"])
    held = held.filter(pl.col("at").is_between("begin", "end", closed="left"))
    return held.select(*_MEMBER, begin="at", end=pl.min_horizontal("end", "leaves"))


def _relabelled(standing: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The rows of specs, cut where one of their labels begins or ends, each with the labels that it then has."""
    cuts = pl.concat([frame.select(*_SPEC, at=pl.col(side)) for frame in (standing, labels) for side in ("begin", "end")]).unique()
    pieces = standing.join(cuts, on=_SPEC).filter(pl.col("at").is_between("begin", "end", closed="left")).sort(*_SPEC, "begin", "at")
    pieces = pieces.with_columns(until=pl.col("at").shift(-1).over(*_SPEC, "begin").fill_null(pl.col("end")))
    pieces = pieces.select(*_SPEC, *_LOOKS, begin="at", end="until")
    said = labels.select(*_MEMBER, low="begin", high="end").join(pieces, on=_SPEC)
    said = said.filter(pl.col("begin").is_between("low", "high", closed="left")).group_by(*_SPEC, "begin").agg(pl.col("stack").sort())
    pieces = pieces.join(said, on=[*_SPEC, "begin"], how="left")
    is_said = pl.col("stack").is_not_null()
    stacks = pl.col("stack").list.filter(pl.element() != ROOT)
    pieces = pieces.with_columns(
        stack_count=pl.when(is_said).then(stacks.list.len().cast(pl.Int64)).otherwise("stack_count"),
        stacks_text=pl.when(is_said).then(stacks.list.join(",")).otherwise("stacks_text"),
        is_in_root=pl.when(is_said).then(pl.col("stack").list.contains(ROOT)).otherwise("is_in_root"),
    )
    return merged(pieces, _SPEC, _LOOKS)
