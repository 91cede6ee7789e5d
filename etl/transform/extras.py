"""What indices and spec files say of specs beyond a page: dependencies, compiler flags, whole patches.

The same spec may be said to have them by many documents; a hash covers all of them, so the sayings are one set.
"""

import polars as pl

from etl.extract import Batch

__all__ = ["dependencies", "flags", "patches", "said_beyond_pages", "with_recorded"]

_FLAG = r"^(?<flag>[a-z]+)=(?<value>.*)$"


def said_beyond_pages(batch: Batch, documents: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """One row for each accepted spec of each record: spec_hash, package, dependencies, flags, patches.

    What a document of another package says of a hash than the one that has it is not heard.
    """
    extras = pl.DataFrame(batch.extras).rename({"hash": "spec_hash"}).join(documents.select("document", "package"), on="document")
    return extras.join(known.select("spec_hash", "package"), on=["spec_hash", "package"], how="semi")


def with_recorded(unsettled: pl.DataFrame, extras: pl.DataFrame) -> pl.DataFrame:
    """The unsettled specs, and with them all that records speak of: no single document witnesses a set of sayings."""
    is_said = pl.any_horizontal(pl.col("dependencies", "flags", "patches").is_not_null())
    spoken = extras.filter(is_said).select("spec_hash", "package").unique()
    rows = pl.concat([unsettled.join(spoken, on="spec_hash", how="anti"), spoken], how="diagonal")
    return rows.sort("package", "spec_hash")


def dependencies(extras: pl.DataFrame) -> pl.DataFrame:
    """One row for each dependency of a spec and kind; a kind that is not said is `unknown`.

    Grain: spec_hash, dependency_hash, dependency_package, kind.
    """
    said = extras.select("spec_hash", "package", "dependencies").drop_nulls("dependencies").explode("dependencies", empty_as_null=False)
    one = pl.col("dependencies").struct
    said = said.select(
        "spec_hash",
        "package",
        dependency_hash=one.field("hash"),
        dependency_package=one.field("package"),
        dependency_version=one.field("version"),
        kind=pl.when(one.field("kinds").list.len() > 0).then(one.field("kinds")).otherwise(pl.lit(["unknown"])),
    )
    key = ["spec_hash", "dependency_hash", "dependency_package", "kind"]
    rows = said.explode("kind", empty_as_null=False).sort(
        "package", "spec_hash", "dependency_package", "dependency_hash", "kind", "dependency_version", nulls_last=True
    )
    return rows.unique(key, keep="first", maintain_order=True)


def flags(extras: pl.DataFrame) -> pl.DataFrame:
    """One row for each compiler flag variable of a spec. Grain: spec_hash, flag."""
    said = extras.select("spec_hash", "package", "flags").drop_nulls("flags").explode("flags", empty_as_null=False)
    parts = pl.col("flags").str.extract_groups(_FLAG).struct
    rows = said.select("spec_hash", "package", flag=parts.field("flag"), value=parts.field("value")).drop_nulls("flag")
    return rows.sort("package", "spec_hash", "flag", "value").unique(["spec_hash", "flag"], keep="first", maintain_order=True)


def patches(extras: pl.DataFrame) -> pl.DataFrame:
    """One row for each patch of a spec. Grain: spec_hash, patch_sha256."""
    said = extras.select("spec_hash", "package", "patches").drop_nulls("patches").explode("patches", empty_as_null=False)
    return said.rename({"patches": "patch_sha256"}).unique().sort("package", "spec_hash", "patch_sha256")
