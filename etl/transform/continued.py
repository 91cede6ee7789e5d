"""A snapshot's tables on top of the release before: what goes on, what begins, what ends.

The tables of a snapshot alone say that everything began with it. Here each row is set beside the one that stood before: equal
rows go on from where they began, others begin now, and what stood before and stands no more has ended. What the snapshot did
not observe stays as it was.
"""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from etl.schema import OF_SPECS, ROOT, TABLES
from etl.transform.versions import versions

__all__ = ["Continued", "continued"]

Tables = Mapping[str, pl.DataFrame]

_TAG = ["source", "tag"]
_PAGE = [*_TAG, "package"]
_SPEC = [*_PAGE, "spec_hash"]
_MEMBER = [*_SPEC, "stack"]
_STANDING = ["stack_count", "stacks_text", "is_in_root", "is_root_only"]  # how a spec stands under a tag
_OF_PAGES = ("tag_specs", "memberships", "published_counts", "reconciliation")


class Continued(NamedTuple):
    """The tables of the new release, and the rows that ended with it; all in the tables' order."""

    tables: dict[str, pl.DataFrame]
    ended: dict[str, pl.DataFrame]


def continued(new: Tables, old: Tables, gaps: pl.DataFrame, now: Mapping[str, int]) -> Continued:
    """The tables of a snapshot, continued from those of the release before.

    `new` and `old` hold all rows of some packages; of `ended_tag_specs` and `ended_memberships`, `old` has all that ended before.
    `gaps` are those of this snapshot, `now` has the snapshot of each source.
    """
    tables = _observed(dict(new), old, gaps)
    specs, ended_specs = _continued(tables["tag_specs"], old["tag_specs"], old["ended_tag_specs"], _SPEC, _STANDING, now)
    members, ended_members = _continued(tables["memberships"], old["memberships"], old["ended_memberships"], _MEMBER, [], now)
    tables |= {"tag_specs": specs, "memberships": members, "documents": _documents(tables["documents"], old["documents"])}
    tables |= _kept_specs(tables, old)
    tables["versions"] = versions(tables["specs"]).select(new["versions"].columns)
    ended = {"ended_tag_specs": ended_specs, "ended_memberships": ended_members}
    return Continued(
        {name: _stored(name, frame) for name, frame in tables.items()}, {name: _stored(name, frame) for name, frame in ended.items()}
    )


def _stored(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    return frame.select(pl.col(column).cast(dtype) for column, dtype in table.polars_schema.items()).sort(table.sort_by)


def _observed(new: dict[str, pl.DataFrame], old: Tables, gaps: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The new tables, with what was not observed as it was."""
    # Pages that are kept were put together again in canonical words: beside what they claim in their own, those would differ.
    stale = new["documents"].filter("is_stale").select(_PAGE)
    told = [new["reconciliation"].join(stale, on=_PAGE, how="anti"), old["reconciliation"].join(stale, on=_PAGE, how="semi")]
    new["reconciliation"] = pl.concat(told)
    tags = gaps.filter(pl.col("stack").is_null()).select(_TAG)
    stacks = gaps.filter(pl.col("stack").is_not_null()).select(*_TAG, "stack")
    pages = old["documents"].join(tags, on=_TAG, how="semi").join(new["documents"], on=_PAGE, how="anti")
    if pages.height:
        new["documents"] = pl.concat([new["documents"], pages.with_columns(is_stale=pl.lit(True))])
        for name in _OF_PAGES:
            new[name] = pl.concat([new[name], old[name].join(pages, on=_PAGE, how="semi").select(new[name].columns)])
    if stacks.height:
        _keep_stacks(new, old, stacks)
    return new


def _keep_stacks(new: dict[str, pl.DataFrame], old: Tables, stacks: pl.DataFrame) -> None:
    """Put specs back into the stacks that were not observed, where they are under their tag still."""
    there = new["tag_specs"].select(_SPEC)
    members = old["memberships"].join(stacks, on=[*_TAG, "stack"], how="semi").join(there, on=_SPEC, how="semi")
    members = members.join(new["memberships"], on=_MEMBER, how="anti")
    new["memberships"] = pl.concat([new["memberships"], members.select(new["memberships"].columns)])
    roots = stacks.filter(pl.col("stack") == ROOT)
    rooted = old["tag_specs"].filter(pl.col("is_in_root")).join(roots, on=_TAG, how="semi").select(*_SPEC, was_in_root=pl.lit(True))
    touched = pl.concat([members.select(_SPEC), rooted.select(_SPEC)]).unique()
    lists = new["memberships"].join(touched, on=_SPEC, how="semi").group_by(_SPEC).agg(pl.col("stack").sort())
    specs = new["tag_specs"].join(touched.with_columns(is_touched=pl.lit(True)), on=_SPEC, how="left")
    specs = specs.join(lists, on=_SPEC, how="left").join(rooted, on=_SPEC, how="left")
    touched_now = pl.col("is_touched").fill_null(False)
    count = pl.col("stack").list.len().fill_null(0).cast(pl.Int64)
    is_in_root = pl.col("is_in_root").fill_null(False) | pl.col("was_in_root").fill_null(False)
    specs = specs.with_columns(
        stack_count=pl.when(touched_now).then(count).otherwise("stack_count"),
        stacks_text=pl.when(touched_now).then(pl.col("stack").list.join(",").fill_null("")).otherwise("stacks_text"),
        is_in_root=pl.when(touched_now).then(is_in_root).otherwise("is_in_root"),
    )
    is_root_only = pl.col("is_in_root") & (pl.col("stack_count") == 0)
    specs = specs.with_columns(is_root_only=pl.when(touched_now).then(is_root_only).otherwise("is_root_only"))
    new["tag_specs"] = specs.select(new["tag_specs"].columns)


def _continued(
    new: pl.DataFrame, old: pl.DataFrame, before: pl.DataFrame, key: list[str], looks: list[str], now: Mapping[str, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """New rows with the snapshots they stand since, and the old ones that ended. Rows are one while key and looks are the same.

    `before` are rows that had ended before: a key that comes back was first seen then.
    """
    stood = old.select(*key, *looks, first="first_snapshot_id", since="from_snapshot_id")
    same = new.join(stood, on=[*key, *looks], how="left", nulls_equal=True, maintain_order="left")["since"]
    known = pl.concat([old.select(*key, first="first_snapshot_id"), before.select(*key, first="first_snapshot_id")])
    first = new.join(known.group_by(key).agg(pl.col("first").min()), on=key, how="left", maintain_order="left")["first"]
    rows = new.with_columns(
        from_snapshot_id=pl.coalesce(same, pl.col("from_snapshot_id")), first_snapshot_id=pl.coalesce(first, pl.col("first_snapshot_id"))
    )
    ended = old.join(new.select(*key, *looks), on=[*key, *looks], how="anti", nulls_equal=True)
    ended = ended.with_columns(to_snapshot_id=pl.col("source").replace_strict(now, return_dtype=pl.Int64))
    return rows, ended


def _documents(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Documents with the snapshots that first showed them, and that last changed their bytes."""
    stood = old.select(*_PAGE, first="first_snapshot_id", changed="changed_snapshot_id", bytes_before="sha256")
    rows = new.join(stood, on=_PAGE, how="left", maintain_order="left")
    is_same = (pl.col("sha256") == pl.col("bytes_before")).fill_null(False)
    return rows.with_columns(
        first_snapshot_id=pl.coalesce("first", "first_snapshot_id"),
        changed_snapshot_id=pl.when(is_same).then("changed").otherwise("changed_snapshot_id"),
    ).select(new.columns)


def _kept_specs(new: Tables, old: Tables) -> dict[str, pl.DataFrame]:
    """The tables of specs, with those that this snapshot says nothing of."""
    lost = old["specs"].join(new["specs"], on="spec_hash", how="anti").select("spec_hash")
    return {name: pl.concat([new[name], old[name].join(lost, on="spec_hash", how="semi").select(new[name].columns)]) for name in OF_SPECS}
