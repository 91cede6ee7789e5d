"""Specs counted by what can be seen of them: the counts that most questions begin with, made once for each release.

`sql/counted/` says the same in SQL, for a release that lacks them; a test holds the two together.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from etl.schema import TABLES
from etl.transform.variants import canonical_options, taken_apart

__all__ = ["configuration_variants", "configurations", "counts", "in_order", "numbers", "shared_looks", "with_looks"]

_PAGE = ["source", "tag", "package"]
_STACKS = ["stack_count", "stacks_text", "is_root_only"]


def shared_looks(specs: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Which specs look the same. Grain: configuration_id.

    `specs` and `held` have spec_hash and configuration_id: of all specs, and of those that stand under some tag now.
    Columns: first_spec_hash, last_spec_hash, spec_count, known_spec_count.
    """
    known = specs.group_by("configuration_id").agg(
        first_spec_hash=pl.col("spec_hash").min(),
        last_spec_hash=pl.col("spec_hash").max(),
        known_spec_count=pl.len().cast(pl.Int64),
    )
    now = held.group_by("configuration_id").agg(spec_count=pl.len().cast(pl.Int64))
    return known.join(now, on="configuration_id", how="left").with_columns(pl.col("spec_count").fill_null(0))


def configurations(looks: pl.DataFrame, firsts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """What can be seen of specs but for their hash; in the order of packages and versions. Grain: configuration_id.

    `firsts` are the rows of `specs` that stand for all of a configuration: those with a `first_spec_hash` of `looks`.
    """
    families = targets.select("target", target_family="family")
    seen = firsts.drop("configuration_id").join(families, on="target", how="left")
    found = looks.join(seen, left_on="first_spec_hash", right_on="spec_hash")
    return found.select(list(TABLES["configurations"].columns)).sort("package", "version", "configuration_id")


def configuration_variants(known: pl.DataFrame) -> pl.DataFrame:
    """The options of configurations. Grain: configuration_id, variant; where nothing is said of options, there is no row."""
    texts = known.select("configuration_id", "package", "variants_text").drop_nulls("variants_text").sort("package", "configuration_id")
    options = texts.select("variants_text").unique().with_columns(element=canonical_options("variants_text"))
    options = options.explode("element", empty_as_null=False)
    said = taken_apart(options["element"].unique()).with_columns(values_text=pl.col("values").list.join(","))
    found = texts.join(options, on="variants_text", maintain_order="left_right").join(said, on="element", maintain_order="left")
    return found.select(list(TABLES["configuration_variants"].columns))


def numbers(specs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Of each spec (spec_hash), the place of its configuration among the known ones (number). `specs` is as for `shared_looks`."""
    return specs.join(known.select("configuration_id").with_row_index("number"), on="configuration_id").select("spec_hash", "number")


def counts(held: pl.LazyFrame, numbered: pl.DataFrame, repeated: pl.DataFrame) -> pl.DataFrame:
    """How many specs of a tag have a configuration and stand in just these stacks. Grain: page, number, set of stacks.

    `held` are rows of `tag_specs`, of which those of `repeated` (source, tag, package, spec_hash) are not counted.
    """
    rows = held.select(*_PAGE, "spec_hash", *_STACKS)
    if repeated.height:
        rows = rows.join(repeated.lazy(), on=repeated.columns, how="anti")
    return rows.join(numbered.lazy(), on="spec_hash").group_by(*_PAGE, "number", *_STACKS).agg(spec_count=pl.len().cast(pl.Int64)).collect()


def in_order(counted: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All counts in the order of `tag_configurations`, with `is_first_set`; categories are sorted in a third of the time of text."""
    found = _categorized(pl.concat(counted), [*_PAGE, "stacks_text"]).sort(*_PAGE, "number", "stacks_text", "is_root_only")
    return found.with_columns(is_first_set=pl.struct("source", "tag", "number").is_first_distinct())


def with_looks(counted: pl.DataFrame, known: pl.DataFrame, most: int) -> Iterator[pl.DataFrame]:
    """The rows of `tag_configurations`, in pieces of so many: each count with what can be seen of its configuration."""
    columns = TABLES["tag_configurations"].polars_schema
    looks = known.select(name for name in columns if name in known.columns and name not in counted.columns)
    for piece in counted.iter_slices(most):
        rows = pl.concat([piece, looks[piece["number"]]], how="horizontal")
        yield rows.select(pl.col(name).cast(type_) for name, type_ in columns.items())


def _categorized(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).cast(pl.Enum(frame[name].drop_nulls().unique().sort())) for name in names)
