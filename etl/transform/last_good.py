"""A batch, and with it what the release before held of documents that cannot be read now: a broken page is not read as "everything left".

What a page said is put together again from the stored tables, in the words of a page: canonical ones, for the raw ones are gone.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pyarrow as pa

from etl.extract import CLAIMED_LISTS, Batch
from etl.schema import ROOT
from etl.transform.variants import canonical_options

__all__ = ["with_last_good"]

_PAGE = ["source", "tag", "package"]


def with_last_good(batch: Batch, kept: Mapping[str, pl.DataFrame]) -> Batch:
    """The batch with the stored rows of documents added to it, marked stale.

    A document for whose tag and package another page of the batch now speaks stays away.
    """
    spoken = pl.DataFrame(batch.documents).select(_PAGE)
    documents = kept["documents"].join(spoken, on=_PAGE, how="anti").sort(_PAGE)
    if documents.is_empty():
        return batch
    documents = documents.with_row_index("document", batch.documents.num_rows).with_columns(pl.col("document").cast(pl.UInt32))
    owners = documents.select(*_PAGE, "document")
    specs = kept["tag_specs"].join(owners, on=_PAGE).join(kept["specs"].drop("package"), on="spec_hash")
    return replace(
        batch,
        documents=_added(batch.documents, _documents(documents, kept["reconciliation"].join(owners, on=_PAGE))),
        counts=_added(batch.counts, kept["published_counts"].join(owners, on=_PAGE)),
        specs=_added(batch.specs, _specs(specs)),
        extras=_added(batch.extras, _extras(specs, kept)),
    )


def _added(table: pa.Table, frame: pl.DataFrame) -> pa.Table:
    rows = frame.with_columns(pl.lit(None).alias(name) for name in table.column_names if name not in frame.columns)
    return pa.concat_tables([table, rows.select(table.column_names).to_arrow().cast(table.schema)])


def _documents(documents: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    lists = claims.filter(pl.col("claim").is_in(CLAIMED_LISTS)).select("document", "claim", value=_split("published"))
    for claim in CLAIMED_LISTS:
        said = lists.filter(pl.col("claim") == claim).select("document", pl.col("value").alias(claim))
        documents = documents.join(said, on="document", how="left", maintain_order="left")
    return documents.with_columns(is_stale=pl.lit(True))


def _specs(specs: pl.DataFrame) -> pl.DataFrame:
    compiler = pl.concat_str("compiler_name", "compiler_version", separator="@", ignore_nulls=True)
    root = pl.when("is_in_root").then(pl.lit([ROOT], pl.List(pl.String))).otherwise(pl.lit([], pl.List(pl.String)))
    return specs.select(
        "document",
        "os",
        "platform",
        "target",
        hash="spec_hash",
        compiler=pl.when(compiler != "").then(compiler).otherwise(pl.lit("none")),
        versions=pl.concat_list("version"),
        variants=canonical_options("variants_text"),
        stacks=pl.concat_list(_split("stacks_text"), root),
        size=pl.col("size_bytes").cast(pl.String),
        entry=pl.int_range(1, pl.len() + 1).over("document"),
    )


def _extras(specs: pl.DataFrame, kept: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    edge = ["spec_hash", "dependency_hash", "dependency_package", "dependency_version"]
    one = pl.struct(hash="dependency_hash", package="dependency_package", version="dependency_version", kinds="kind")
    said = (
        kept["spec_dependencies"].group_by(edge, maintain_order=True).agg("kind").group_by("spec_hash").agg(dependencies=one),
        kept["spec_flags"].group_by("spec_hash").agg(flags=pl.format("{}={}", "flag", "value")),
        kept["spec_patches"].group_by("spec_hash").agg(patches="patch_sha256"),
    )
    rows = specs.select("document", "spec_hash")
    for more in said:
        rows = rows.join(more, on="spec_hash", how="left")
    return rows.rename({"spec_hash": "hash"})


def _split(column: str) -> pl.Expr:
    """A text of names with a comma between as a list; the empty text is the empty list."""
    return pl.when(pl.col(column) == "").then(pl.lit([], pl.List(pl.String))).otherwise(pl.col(column).str.split(","))
