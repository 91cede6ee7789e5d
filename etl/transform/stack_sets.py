"""Which stacks a spec stands in: the published lists to sets, with `root` apart.

`root` is the label of a tag's whole index: no stack, a superset, and sometimes absent. Order means nothing.
"""

import polars as pl

from etl.schema import ROOT
from etl.transform.list_keys import as_list

__all__ = ["memberships", "stack_sets", "tag_specs"]


def stack_sets(keys: pl.Series) -> pl.DataFrame:
    """What distinct lists of labels say, each given as its key (`list_keys`).

    Grain:   stacks_key.
    Columns: stacks (named ones, in byte order), stack_count, stacks_text, is_in_root, is_root_only (an empty list is not that).
    """
    lists = pl.DataFrame({"stacks_key": keys.drop_nulls().unique()}).with_columns(labels=as_list("stacks_key"))
    return (
        lists.with_columns(stacks=pl.col("labels").list.filter(pl.element() != ROOT).list.unique().list.sort())
        .with_columns(stack_count=pl.col("stacks").list.len().cast(pl.Int64), stacks_text=pl.col("stacks").list.join(","))
        .with_columns(is_in_root=pl.col("labels").list.contains(ROOT))
        .with_columns(is_root_only=pl.col("is_in_root") & (pl.col("stack_count") == 0))
        .drop("labels")
    )


def tag_specs(rows: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    """One row for each spec of a tag, with or without stacks, plus the list of its named `stacks`; NULL: its document says nothing of them.

    Grain:  source, tag, package, spec_hash. Shape: R rows -> R rows.
    Source: `spec_details[].stacks`.
    """
    return rows.join(sets, on="stacks_key", how="left", maintain_order="left")


def memberships(tag_specs: pl.DataFrame) -> pl.DataFrame:
    """One row for each named stack that a spec of a tag stands in; `root` is left out.

    Grain: source, tag, stack, spec_hash. Shape: R rows -> the sum of their stack counts.
    """
    return tag_specs.filter(pl.col("stack_count") > 0).explode("stacks", empty_as_null=False).rename({"stacks": "stack"})
