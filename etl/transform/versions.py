"""The versions of each package, in Spack's order."""

import polars as pl

from etl.transform.version_order import version_sort_key

__all__ = ["versions"]


def versions(specs: pl.DataFrame) -> pl.DataFrame:
    """One row for each version of a package.

    Grain: package, version. Shape: S specs -> the distinct versions among them.
    """
    known = specs.select("package", "version").unique()
    distinct = known["version"].unique()
    keys = pl.DataFrame({"version": distinct, "key": [version_sort_key(version) for version in distinct]})
    return (
        known.join(keys, on="version", how="left")
        .sort("package", "key")
        .with_columns(version_order=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("package"))
        .with_columns(is_newest=pl.col("version_order") == pl.len().over("package"))
    )
