"""A hash that pages of different packages claim, met in different shards: it is given to one of them."""

from collections.abc import Mapping

import polars as pl

from etl.transform.versions import versions

__all__ = ["settled_tables"]


def settled_tables(frames: Mapping[str, pl.DataFrame], owners: pl.DataFrame, losers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of a shard that change when its lost specs leave and its won ones have their conflicts named.

    `owners` has the package that keeps each hash, `losers` each other package with how many documents say so.
    """
    lost = losers.join(frames["specs"], on=["spec_hash", "package"], how="semi")
    won = owners.join(frames["specs"], on=["spec_hash", "package"], how="semi")
    if lost.is_empty() and won.is_empty():
        return {}
    changed = {
        name: frames[name].join(lost, on=["spec_hash", "package"], how="anti", maintain_order="left")
        for name in ("specs", "spec_variants", "spec_conflicts", "unsettled_specs")
    }
    named = losers.join(won.select("spec_hash", owner="package"), on="spec_hash").select(
        "spec_hash",
        pl.col("owner").alias("package"),
        pl.lit("package").alias("field"),
        pl.col("package").alias("value"),
        pl.col("document_count").cast(pl.Int64),
    )
    conflicts = pl.concat([changed["spec_conflicts"], named])
    changed["spec_conflicts"] = conflicts.sort("package", "spec_hash", "field", "value")
    changed["versions"] = versions(changed["specs"]).select(frames["versions"].columns)
    return changed
