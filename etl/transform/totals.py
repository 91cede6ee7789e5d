"""What a source says of its tags as a whole, and the pages that this shows to be leftovers.

The public cache writes a page for each package that its index holds, and deletes none: a package that left its tag keeps
its last page. Such pages name stacks that are no more.
"""

from collections.abc import Mapping

import polars as pl

from etl.extract import Totals
from etl.schema import TABLES

__all__ = ["leftovers", "published_totals"]


def published_totals(totals: Mapping[str, Totals]) -> dict[str, pl.DataFrame]:
    """`published_tag_counts` and `published_tag_stacks` of all sources, by their names; in the tables' order."""
    counts = [(source, tag, count) for source, said in totals.items() for tag, count in said.spec_counts.items()]
    stacks = {(source, tag, stack) for source, said in totals.items() for tag, listed in said.stacks.items() for stack in listed}
    return {
        name: pl.DataFrame(sorted(rows), schema=TABLES[name].polars_schema, orient="row")
        for name, rows in (("published_tag_counts", counts), ("published_tag_stacks", stacks))
    }


def leftovers(tag_specs: pl.LazyFrame, memberships: pl.LazyFrame, totals: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The pages that are left over: their tag holds more specs than the source says it has, and each stack they name is listed no more.

    Grain: source, tag, package. A page without a named stack is none: it may be of a package that no stack asks for.
    """
    if totals["published_tag_counts"].is_empty():
        return pl.DataFrame(schema=TABLES["leftovers"].polars_schema)
    counts, stacks = totals["published_tag_counts"], totals["published_tag_stacks"]
    tag = ["source", "tag"]
    listed = stacks.select(tag).unique()
    held = tag_specs.join(counts.lazy(), on=tag, how="inner").group_by(tag).agg(pl.len(), pl.col("published_spec_count").first())
    crowded = held.filter(pl.col("len") > pl.col("published_spec_count")).join(listed.lazy(), on=tag, how="semi")
    named = memberships.select(*tag, "package", "stack").unique().join(crowded, on=tag, how="semi")
    known = named.join(stacks.lazy().with_columns(is_listed=pl.lit(True)), on=[*tag, "stack"], how="left")
    pages = known.group_by(*tag, "package").agg(pl.col("is_listed").any())
    return pages.filter(~pl.col("is_listed")).select(*tag, "package").sort(*tag, "package").collect()
