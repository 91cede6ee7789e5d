"""Each claim that a page makes about itself, beside what its specs add up to."""

import polars as pl

from etl.extract import CLAIMED_LISTS, Batch
from etl.transform.list_keys import as_list

__all__ = ["reconciliation"]

# Where the elements of each claimed list stand in a spec.
_FIELD = {"compilers": "compiler", "oss": "os", "platforms": "platform", "targets": "target", "versions": "version"}


def reconciliation(batch: Batch, documents: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each claim of each document.

    Grain:   place (of the document), claim. `claim` is the name of the page's field below `meta`.
    Columns: published and `differs`: what the accepted specs add up to, in the same form; NULL where it is the same.
             Lists are sets in byte order with a comma between; counts by stack read `stack=count`.
    Source:  `meta`; a claim that a page does not make has no row.
    """
    labels = rows.select("place", stack=as_list("stacks_key").list.unique()).explode("stack", empty_as_null=False)
    per_stack = pl.format("{}={}", "stack", "count")
    published_by_stack = (
        pl.DataFrame(batch.counts)
        .filter(pl.col("stack").is_not_null())
        .join(documents.select("document", "place"), on="document")
        .select("place", "stack", value=pl.format("{}={}", "stack", "published_spec_count"))
    )
    counted = labels.group_by("place", "stack").agg(count=pl.len()).select("place", "stack", value=per_stack)
    pairs = [
        _pair("num_specs", _numbers(documents), rows.group_by("place").agg(computed=pl.len().cast(pl.String))),
        _pair("num_specs_by_stack", _joined(published_by_stack, "published"), _joined(counted, "computed")),
        _pair("stacks", _claimed(documents, "stacks"), _set(labels.select("place", value="stack"))),
        *(_pair(claim, _claimed(documents, claim), _set(rows.select("place", value=field))) for claim, field in _FIELD.items()),
    ]
    owners = documents.select("place", "source", "tag", "package")
    return pl.concat(pairs).join(owners, on="place", how="left").sort("place", "claim")


def _pair(claim: str, published: pl.DataFrame, computed: pl.DataFrame) -> pl.DataFrame:
    """A claim beside its count; where no spec was accepted the count is none."""
    both = published.join(computed, on="place", how="left").with_columns(pl.col("computed").fill_null("0" if claim == "num_specs" else ""))
    differs = pl.when(pl.col("computed") != pl.col("published")).then("computed")
    return both.select("place", pl.lit(claim).alias("claim"), "published", differs.alias("differs"))


def _numbers(documents: pl.DataFrame) -> pl.DataFrame:
    said = documents.drop_nulls("published_spec_count")
    return said.select("place", published=pl.col("published_spec_count").cast(pl.String))


def _claimed(documents: pl.DataFrame, claim: str) -> pl.DataFrame:
    assert claim in CLAIMED_LISTS
    said = documents.select("place", claim).drop_nulls(claim)
    return said.select("place", published=pl.col(claim).list.unique().list.sort().list.join(","))


def _set(values: pl.DataFrame) -> pl.DataFrame:
    """`place` and `value` to the distinct values of each place, as text."""
    # Lists sorted and joined whole: an expression in `agg` would run anew for each of thousands of pages.
    return values.unique().group_by("place").agg("value").select("place", computed=pl.col("value").list.sort().list.join(","))


def _joined(values: pl.DataFrame, name: str) -> pl.DataFrame:
    """`place`, `stack` and `value` to the values of each place in order of their stacks, as text."""
    ordered = values.sort("place", "stack").group_by("place", maintain_order=True).agg("value")
    return ordered.select("place", pl.col("value").list.join(",").alias(name))
