"""All that was refused on the way, with rule, place and excerpt: nothing is dropped in silence."""

from collections.abc import Mapping

import polars as pl

from etl.extract import Batch

__all__ = ["refused_options", "rejects"]

_DETAIL = {
    "unknown_variant": "fits no form of an option",
    "repeated_variant": "an option of that name stands before it",
}


def rejects(
    batch: Batch, documents: pl.DataFrame, specs: pl.DataFrame, options: pl.DataFrame, snapshots: Mapping[str, int]
) -> pl.DataFrame:
    """One row for each page, spec or option that was refused.

    `specs` and `options` name their document by `place`; pages that extraction refused have none.
    """
    extracted = pl.DataFrame(batch.rejects).with_columns(snapshot_id=pl.col("source").replace_strict(snapshots, return_dtype=pl.Int64))
    owners = documents.select("place", "source", "path", "snapshot_id", line="specs_line")
    transformed = pl.concat([specs, options]).join(owners, on="place", how="left").with_columns(pl.col("excerpt").str.slice(0, 200))
    return pl.concat([extracted, transformed.select(extracted.columns)]).sort("source", "path", "line", "rule", "excerpt", "detail")


def refused_options(refused: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The options that were left out, for each spec that has them: `place`, `scope`, `rule`, `detail`, `excerpt`."""
    words = pl.col("rule").replace_strict(_DETAIL, return_dtype=pl.String)
    return refused.join(rows.select("variants_key", "place", "entry"), on="variants_key").select(
        "place",
        pl.lit("variant").alias("scope"),
        "rule",
        pl.format("entry {}: {}", "entry", words).alias("detail"),
        pl.col("element").alias("excerpt"),
    )
