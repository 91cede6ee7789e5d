"""Specs counted by what can be seen of them: the counts that most questions begin with, made once for each release.

`sql/counted/` says the same in SQL, for a release that lacks them; a test holds the two together.
"""

from collections.abc import Sequence

import polars as pl

from etl.schema import TABLES
from etl.transform.variants import canonical_options, taken_apart

__all__ = ["configuration_variants", "configurations", "tag_configurations"]

_PAGE = ["source", "tag", "package"]
_STACKS = ["stack_count", "stacks_text", "is_root_only"]
_SEEN = ["package", "version", "compiler_name", "compiler_version", "platform", "os", "target", "variants_text"]


def configurations(specs: pl.DataFrame, targets: pl.DataFrame, held: pl.Series | None) -> pl.DataFrame:
    """What can be seen of specs but for their hash, and how many share it; in the order of packages and versions.

    Grain: configuration_id. `held` has the hashes of the specs that stand under some tag now; None: all do.
    """
    is_held = pl.lit(value=True) if held is None else pl.col("spec_hash").is_in(held.implode())
    counted = (
        specs.with_columns(is_held=is_held)
        .group_by("configuration_id")
        .agg(
            pl.col(_SEEN).first(),  # the id is made of these: all its specs have the same
            first_spec_hash=pl.col("spec_hash").min(),
            last_spec_hash=pl.col("spec_hash").max(),
            spec_count=pl.col("is_held").sum().cast(pl.Int64),
            known_spec_count=pl.len().cast(pl.Int64),
        )
    )
    families = targets.select("target", target_family="family")
    found = counted.join(families, on="target", how="left").select(list(TABLES["configurations"].columns))
    return found.sort("package", "version", "configuration_id")


def configuration_variants(known: pl.DataFrame) -> pl.DataFrame:
    """The options of configurations. Grain: configuration_id, variant; where nothing is said of options, there is no row."""
    texts = known.select("configuration_id", "package", "variants_text").drop_nulls("variants_text").sort("package", "configuration_id")
    options = texts.select("variants_text").unique().with_columns(element=canonical_options("variants_text"))
    options = options.explode("element", empty_as_null=False)
    said = taken_apart(options["element"].unique()).with_columns(values_text=pl.col("values").list.join(","))
    found = texts.join(options, on="variants_text", maintain_order="left_right").join(said, on="element", maintain_order="left")
    return found.select(list(TABLES["configuration_variants"].columns))


def tag_configurations(held: pl.DataFrame, specs: pl.DataFrame, known: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """How many specs of a tag have a configuration and stand in just these stacks. Grain: page, configuration_id, set of stacks.

    `held` are rows of `tag_specs`; `known` are the configurations, in the order in which they are wanted.
    """
    numbered = known.with_row_index("number")  # numbers and categories are joined, grouped and sorted in a third of the time of text
    numbers = specs.select("spec_hash", "configuration_id").join(numbered.select("configuration_id", "number"), on="configuration_id")
    builds = _categorized(_once(held, specs, conflicts), [*_PAGE, "stacks_text"])
    builds = builds.join(numbers.select("spec_hash", "number"), on="spec_hash")
    counted = builds.group_by(*_PAGE, "number", *_STACKS).agg(spec_count=pl.len().cast(pl.Int64))
    counted = counted.sort(*_PAGE, "number", "stacks_text", "is_root_only")
    counted = counted.with_columns(is_first_set=pl.struct("source", "tag", "number").is_first_distinct())
    columns = TABLES["tag_configurations"].polars_schema
    seen = known.select(name for name in columns if name in known.columns and name not in counted.columns)[counted["number"]]
    return pl.concat([counted, seen], how="horizontal").select(pl.col(name).cast(type_) for name, type_ in columns.items())


def _categorized(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).cast(pl.Enum(frame[name].drop_nulls().unique().sort())) for name in names)


def _once(held: pl.DataFrame, specs: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Each hash once under a tag: one that the pages of two packages claim, as only forged ones do, where its own package is."""
    claimed = conflicts.filter(pl.col("field") == "package").select("spec_hash").unique()
    if claimed.is_empty():
        return held
    key = ["source", "tag", "spec_hash"]
    own = specs.select("spec_hash", own="package")
    claims = held.join(claimed, on="spec_hash", how="semi").join(own, on="spec_hash")
    twice = claims.sort(*key, pl.col("package") != pl.col("own"), "package")
    return held.join(twice.filter(~pl.struct(key).is_first_distinct()), on=[*key, "package"], how="anti")
