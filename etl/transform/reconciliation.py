"""Each claim that a page makes about itself, beside what its specs add up to."""

import polars as pl

from etl.extract import CLAIMED_LISTS, Batch
from etl.transform.list_keys import as_list

__all__ = ["reconciliation"]

# Where the elements of each claimed list stand in a spec.
_FIELD = {"compilers": "compiler", "oss": "os", "platforms": "platform", "targets": "target", "versions": "version"}
_NAMES = pl.Enum(sorted((*CLAIMED_LISTS, "num_specs", "num_specs_by_stack")))  # numbers to group by, in byte order


def reconciliation(batch: Batch, documents: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each claim of each document.

    Grain:   place (of the document), claim. `claim` is the name of the page's field below `meta`.
    Columns: published and `differs`: what the accepted specs add up to, in the same form; NULL where it is the same.
             Lists are sets in byte order with a comma between; counts by stack read `stack=count`.
    Source:  `meta`; a claim that a page does not make has no row.
    """
    labels = _labels(rows)
    computed = pl.concat([_counts(rows.lazy(), labels.lazy()), _sets(rows.lazy(), labels.lazy())])
    published = pl.concat([_claimed_counts(batch, documents.lazy()), _claimed_sets(documents.lazy())])
    nothing = pl.when(pl.col("claim") == "num_specs").then(pl.lit("0")).otherwise(pl.lit(""))
    both = published.join(computed, on=["place", "claim"], how="left").with_columns(pl.col("computed").fill_null(nothing))
    differs = pl.when(pl.col("computed") != pl.col("published")).then("computed")
    owners = documents.lazy().select("place", "source", "tag", "package")
    return both.with_columns(differs=differs).join(owners, on="place", how="left").sort("place", "claim").collect()


def _labels(rows: pl.DataFrame) -> pl.DataFrame:
    """How many specs of each document stand in each stack: place, stack, count. A document has many specs, and few lists of stacks."""
    lists = rows.lazy().drop_nulls("stacks_key").group_by("place", "stacks_key").agg(count=pl.len())
    distinct = rows.lazy().select("stacks_key").drop_nulls().unique().with_columns(stack=as_list("stacks_key").list.unique())
    labels = lists.join(distinct, on="stacks_key").explode("stack", empty_as_null=False)
    return labels.group_by("place", "stack").agg(pl.col("count").sum()).collect()


def _counts(rows: pl.LazyFrame, labels: pl.LazyFrame) -> pl.LazyFrame:
    """How many specs each document has, and each of its stacks: place, claim, computed."""
    pairs = labels.select("place", "stack", value=pl.format("{}={}", "stack", "count"))
    return pl.concat(
        [
            rows.group_by("place").agg(computed=pl.len().cast(pl.String)).select("place", _claim("num_specs"), "computed"),
            _in_order_of_stacks(pairs).select("place", _claim("num_specs_by_stack"), computed="value"),
        ]
    )


def _sets(rows: pl.LazyFrame, labels: pl.LazyFrame) -> pl.LazyFrame:
    """The distinct values of each field in each document: place, claim, computed."""
    fields = [rows.select("place", _claim(claim), value=field).unique() for claim, field in _FIELD.items()]
    values = pl.concat([*fields, labels.select("place", _claim("stacks"), value="stack")])
    # Lists sorted and joined whole: an expression in `agg` would run anew for each of thousands of pages.
    return values.group_by("place", "claim").agg("value").select("place", "claim", computed=pl.col("value").list.sort().list.join(","))


def _claimed_counts(batch: Batch, documents: pl.LazyFrame) -> pl.LazyFrame:
    """What pages say of their counts: place, claim, published."""
    pairs = (
        pl.DataFrame(batch.counts).lazy().filter(pl.col("stack").is_not_null()).join(documents.select("document", "place"), on="document")
    )
    pairs = pairs.select("place", "stack", value=pl.format("{}={}", "stack", "published_spec_count"))
    numbers = documents.drop_nulls("published_spec_count")
    return pl.concat(
        [
            numbers.select("place", _claim("num_specs"), published=pl.col("published_spec_count").cast(pl.String)),
            _in_order_of_stacks(pairs).select("place", _claim("num_specs_by_stack"), published="value"),
        ]
    )


def _claimed_sets(documents: pl.LazyFrame) -> pl.LazyFrame:
    """The lists that pages give: place, claim, published."""
    lists = pl.concat([documents.select("place", _claim(claim), value=claim) for claim in CLAIMED_LISTS]).drop_nulls("value")
    return lists.select("place", "claim", published=pl.col("value").list.unique().list.sort().list.join(","))


def _in_order_of_stacks(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """`place`, `stack` and `value` to the values of each place in order of their stacks, as one text."""
    ordered = pairs.sort("place", "stack").group_by("place", maintain_order=True).agg("value")
    return ordered.with_columns(pl.col("value").list.join(","))


def _claim(name: str) -> pl.Expr:
    return pl.lit(name, _NAMES).alias("claim")
