"""A batch of documents to the tables of the warehouse."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from etl.extract import Batch
from etl.schema import TABLES
from etl.transform.accepted import accepted, documents_in_order
from etl.transform.border import bordered
from etl.transform.extras import dependencies, flags, patches, said_beyond_pages, with_recorded
from etl.transform.reconciliation import reconciliation
from etl.transform.rejects import refused_options, rejects
from etl.transform.specs import specs
from etl.transform.stack_sets import memberships, stack_sets, tag_specs
from etl.transform.variants import Variants, variant_sets
from etl.transform.versions import versions

__all__ = ["Built", "build"]


class Built(NamedTuple):
    """Tables by name, sorted as they are stored; and the names that each dimension is made of, distinct and in byte order."""

    tables: dict[str, pl.DataFrame]
    names: dict[str, list[str]]


def build(batch: Batch, snapshots: Mapping[str, int]) -> Built:
    """All tables that follow from a batch that holds every document of its packages.

    `snapshots` gives the snapshot of each source that the documents were read in.
    """
    documents = documents_in_order(batch).with_columns(snapshot_id=pl.col("source").replace_strict(snapshots, return_dtype=pl.Int64))
    rows, refused = accepted(batch, documents)
    variants = variant_sets(rows["variants_key"])
    # The documents' columns are picked by position: `place` is the row's number.
    owners = documents.select("source", "tag", "package", first_snapshot_id="snapshot_id", from_snapshot_id="snapshot_id")[rows["place"]]
    rows = rows.hstack(owners).join(variants.texts, on="variants_key", how="left", maintain_order="left")
    known, conflicts, unsettled = specs(rows)
    extras = said_beyond_pages(batch, documents, known)
    under_tags = tag_specs(rows, stack_sets(rows["stacks_key"]))
    facts = {
        "documents": _documents(documents, rows),
        "specs": known,
        "spec_conflicts": conflicts,
        "unsettled_specs": with_recorded(unsettled, extras),
        "spec_variants": _spec_variants(known, variants),
        "spec_dependencies": dependencies(extras),
        "spec_flags": flags(extras),
        "spec_patches": patches(extras),
        "tag_specs": under_tags,
        "memberships": memberships(under_tags),
        "published_counts": _published_counts(batch, documents),
        "reconciliation": reconciliation(batch, documents, rows),
        "versions": versions(known),
    }
    tables, broken = bordered({name: _stored(name, frame) for name, frame in facts.items()}, documents)
    refused = pl.concat([refused, refused_options(variants.refused, rows)])
    tables["rejects"] = _stored("rejects", rejects(batch, documents, refused, broken, snapshots))
    names = {
        "targets": _distinct(known["target"]),
        "operating_systems": _distinct(known["os"]),
        "stacks": _distinct(tables["memberships"]["stack"]),
        "tags": _distinct(documents["tag"]),
    }
    return Built(tables, names)


def _stored(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table. Rows come in the table's order from the functions that made them."""
    return frame.select(pl.col(column).cast(dtype) for column, dtype in TABLES[name].polars_schema.items())


def _distinct(names: pl.Series) -> list[str]:
    return names.unique().sort().to_list()


def _documents(documents: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    counts = rows.group_by("place").agg(spec_count=pl.len())
    return documents.join(counts, on="place", how="left", maintain_order="left").with_columns(
        pl.col("spec_count").fill_null(0),
        first_snapshot_id="snapshot_id",
        changed_snapshot_id="snapshot_id",
    )


def _spec_variants(known: pl.DataFrame, variants: Variants) -> pl.DataFrame:
    options = variants.options.join(variants.texts, on="variants_key").drop("variants_key").unique()
    options = options.sort("variants_text", "variant", "value")
    return known.select("spec_hash", "package", "variants_text").join(options, on="variants_text", maintain_order="left_right")


def _published_counts(batch: Batch, documents: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(batch.counts).join(documents.drop("published_spec_count"), on="document", how="left").sort("place", "stack")
