"""All that was refused on the way, with rule, place and excerpt: nothing is dropped in silence."""

from collections.abc import Mapping

import polars as pl

from etl.extract import Batch
from etl.rules import OPTIONS

__all__ = ["refused_options", "rejects"]


def rejects(
    batch: Batch, documents: pl.DataFrame, refused: pl.DataFrame, broken: pl.DataFrame, snapshots: Mapping[str, int]
) -> pl.DataFrame:
    """One row for each page, spec or option that was refused.

    `refused` are specs and options, which name their document by `place`; `broken` are rows that did not pass the border.
    """
    extracted = pl.DataFrame(batch.rejects).with_columns(snapshot_id=pl.col("source").replace_strict(snapshots, return_dtype=pl.Int64))
    owners = documents.select("place", "source", "path", "snapshot_id", "sha256", line="specs_line")
    transformed = refused.join(owners, on="place", how="left").with_columns(pl.col("excerpt").str.slice(0, 200))
    return pl.concat([rows.select(extracted.columns) for rows in (extracted, transformed, broken)]).sort(
        "source", "path", "line", "rule", "excerpt", "detail"
    )


def refused_options(refused: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The options that were left out, for each spec that has them: `place`, `scope`, `rule`, `detail`, `excerpt`."""
    words = pl.col("rule").replace_strict(OPTIONS, return_dtype=pl.String)
    return refused.join(rows.select("variants_key", "place", "entry"), on="variants_key").select(
        "place",
        pl.lit("variant").alias("scope"),
        "rule",
        pl.format("entry {}: {}", "entry", words).alias("detail"),
        pl.col("element").alias("excerpt"),
    )
