"""A batch's specs to the rows that every table is made of: each with its document, the bad ones set aside."""

from typing import NamedTuple

import polars as pl

from etl.extract import Batch
from etl.rules import SPECS
from etl.schema import SPEC_HASH, UNHASHED
from etl.transform.list_keys import as_key

__all__ = ["Accepted", "accepted", "documents_in_order"]

_WITHOUT_HASHES = ("A", "B", "C")  # layouts whose specs are known by their texts


class Accepted(NamedTuple):
    """The rows that stay, and what was refused (`place`, `scope`, `rule`, `detail`, `excerpt`)."""

    rows: pl.DataFrame
    refused: pl.DataFrame


def documents_in_order(batch: Batch) -> pl.DataFrame:
    """The batch's documents by package, source and tag: `place` counts them in that order, `package_place` their packages."""
    documents = pl.DataFrame(batch.documents).sort("package", "source", "tag").with_row_index("place")
    return documents.with_columns(package_place=pl.col("package").rle_id())


def accepted(batch: Batch, documents: pl.DataFrame) -> Accepted:
    """One row for each spec of each document, in the order of tables: by package, hash, source, tag.

    Grain:   place (of the document), spec_hash.
    Shape:   S specs -> S rows less the refused ones.
    Rejects: `bad_hash`, `version_count`, `empty_value`, `bad_size`, `repeated_hash` (the first of a page stays).
    """
    specs = (
        pl.DataFrame(batch.specs)
        .rename({"hash": "spec_hash"})
        .join(documents.select("document", "place", "package_place", "layout"), on="document", how="left", maintain_order="left")
        .with_columns(
            pl.col("compiler").fill_null("none"),  # as a page says that it is not known
            version=pl.col("versions").list.first(),
            variants_key=as_key("variants"),
            stacks_key=as_key("stacks"),
            rule=_rule(),
        )
    )
    good = specs.filter(pl.col("rule").is_null())
    first = good.select(pl.struct("document", "spec_hash").is_first_distinct()).to_series()
    repeated = good.filter(~first).with_columns(rule=pl.lit("repeated_hash"))
    refused = pl.concat([specs.filter(pl.col("rule").is_not_null()), repeated])
    rows = (
        good.filter(first).drop("rule", "document", "layout", "versions", "variants", "stacks").sort("package_place", "spec_hash", "place")
    )
    return Accepted(rows, _described(refused))


def _rule() -> pl.Expr:
    text = ("version", "platform", "os", "target", "compiler")
    empty = pl.any_horizontal(pl.col(name).str.len_bytes() == 0 for name in text if name != "version")
    size = pl.col("size")
    is_key = pl.col("spec_hash").str.contains(SPEC_HASH) | (
        pl.col("spec_hash").str.contains(UNHASHED) & pl.col("layout").is_in(_WITHOUT_HASHES)
    )
    return (
        pl.when(~is_key)
        .then(pl.lit("bad_hash"))
        .when(pl.col("versions").list.len() != 1)
        .then(pl.lit("version_count"))
        .when(empty | (pl.col("versions").list.first().str.len_bytes() == 0) | pl.col("stacks").list.contains(""))
        .then(pl.lit("empty_value"))
        .when(size.is_not_null() & ~size.str.contains(r"^(-|[0-9]{1,15})$"))
        .then(pl.lit("bad_size"))
    )


def _described(refused: pl.DataFrame) -> pl.DataFrame:
    entry = pl.struct(pl.col("spec_hash").alias("hash"), "versions", "compiler", "platform", "os", "target", "size", "stacks")
    return refused.select(
        "place",
        pl.lit("spec").alias("scope"),
        "rule",
        pl.format("entry {}: {}", "entry", pl.col("rule").replace_strict(SPECS, return_dtype=pl.String)).alias("detail"),
        entry.struct.json_encode().alias("excerpt"),
    )
