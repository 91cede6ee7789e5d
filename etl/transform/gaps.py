"""What a snapshot did not observe: tags and stacks that nobody names, though the source's own list still has them.

Not observed is not removed: an index that answered 404 for a night, a weekly that was written in part.
"""

from collections.abc import Mapping

import polars as pl

from etl.extract import Totals
from etl.schema import ROOT, TABLES

__all__ = ["gaps"]

_TAG = ["source", "tag"]
_STACK = [*_TAG, "stack"]


def gaps(
    documents: pl.LazyFrame, tag_specs: pl.LazyFrame, memberships: pl.LazyFrame, totals: Mapping[str, Totals], now: Mapping[str, int]
) -> pl.DataFrame:
    """One row for each listed tag that no document names, and for each listed stack (`root` too) of another tag that no spec names.

    The frames are those of this snapshot alone; stale documents do not count as naming anything. `now` has the snapshot of each source.
    """
    if not any(said.stacks for said in totals.values()):
        return pl.DataFrame(schema=TABLES["gaps"].polars_schema)
    listed_tags = [(source, tag) for source, said in totals.items() for tag in said.stacks]
    listed_stacks = {(source, tag, stack) for source, said in totals.items() for tag, stacks in said.stacks.items() for stack in stacks}
    tags = pl.LazyFrame(sorted(listed_tags), schema={"source": pl.String, "tag": pl.String}, orient="row")
    stacks = pl.LazyFrame(sorted(listed_stacks), schema=dict.fromkeys(_STACK, pl.String), orient="row")
    fresh = documents.filter(~pl.col("is_stale")).select(*_TAG, "package")
    root = tag_specs.filter(pl.col("is_in_root")).select(*_TAG, "package", stack=pl.lit(ROOT))
    named = pl.concat([memberships.select(*_TAG, "package", "stack"), root]).unique()
    named = named.join(fresh, on=[*_TAG, "package"], how="semi").select(_STACK).unique()
    lost_tags = tags.join(fresh, on=_TAG, how="anti").with_columns(stack=pl.lit(None, pl.String))
    lost_stacks = stacks.join(fresh, on=_TAG, how="semi").join(named, on=_STACK, how="anti")
    lost = pl.concat([lost_tags.select(_STACK), lost_stacks.select(_STACK)])
    snapshot = pl.col("source").replace_strict(now, return_dtype=pl.Int64)
    table = TABLES["gaps"]
    return lost.with_columns(snapshot_id=snapshot).sort(table.sort_by).select(list(table.columns)).collect()
