"""What documents say of each spec, to what the warehouse says of it.

The same hash is met in many tags and sources. Where documents differ, a value beats NULL, then the value that most
documents give, then the smallest in byte order: the result does not depend on the order of reading.
"""

import hashlib

import msgspec
import polars as pl

__all__ = ["CONFIGURATION", "compilers", "specs"]

# Field by field, as documents may differ in one and agree in the others. A compiler's name and version are one field.
_FIELDS = ("package", "version", "compiler", "platform", "os", "target", "size_bytes", "variants_text")

CONFIGURATION = ("package", "version", "compiler_name", "compiler_version", "platform", "os", "target", "variants_text")

# Renamed when compilers became packages: `oneapi@=2024.2.1` and `intel-oneapi-compilers@2024.2.1` are one compiler.
_RENAMED = {"oneapi": "intel-oneapi-compilers"}


def specs(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each distinct spec.

    Grain:  spec_hash. Sorted by package and hash.
    Shape:  R rows (`variants_text` joined) -> as many as there are distinct hashes.
    Source: `spec_details[]`; size `-` and the constant 1048576 that an old generator wrote are NULL.
    """
    said = rows.group_by("spec_hash", "package", "version", "compiler", "platform", "os", "target", "size", "variants_text").agg(
        document_count=pl.len()
    )
    said = said.join(compilers(said["compiler"]), on="compiler", how="left").with_columns(
        pl.col("normal").alias("compiler"),
        size_bytes=pl.col("size").replace(["-", "1048576"], [None, None]).cast(pl.Int64),
    )
    known = _agreed(said).with_columns(pl.lit(True).alias("is_hashed")).join(_names(said), on="compiler", how="left")
    return known.with_columns(configuration_id=_configuration_ids(known)).drop("compiler").sort("package", "spec_hash")


def compilers(texts: pl.Series) -> pl.DataFrame:
    """Distinct published compilers: compiler, normal (`name@version`; NULL for `none`), compiler_name, compiler_version."""
    parts = pl.col("compiler").str.extract_groups(r"^(?<name>[^@]+)(?:@=?(?<version>.*))?$")
    version = parts.struct.field("version")
    return (
        pl.DataFrame({"compiler": texts.unique().cast(pl.String)})
        .with_columns(
            compiler_name=pl.when(pl.col("compiler") != "none").then(parts.struct.field("name").replace(_RENAMED)),
            compiler_version=pl.when((pl.col("compiler") != "none") & (version != "")).then(version),
        )
        .with_columns(normal=pl.concat_str("compiler_name", "compiler_version", separator="@", ignore_nulls=True).replace("", None))
    )


def _names(said: pl.DataFrame) -> pl.DataFrame:
    return said.select("compiler", "compiler_name", "compiler_version").unique("compiler").drop_nulls("compiler")


def _agreed(said: pl.DataFrame) -> pl.DataFrame:
    """One row a hash, settled field by field where documents differ."""
    is_single = pl.len().over("spec_hash") == 1
    single, several = said.filter(is_single), said.filter(~is_single)
    settled = several.select("spec_hash").unique()
    for field in _FIELDS:
        counts = several.drop_nulls(field).group_by("spec_hash", field).agg(pl.col("document_count").sum())
        ranked = counts.sort(["spec_hash", "document_count", field], descending=[False, True, False])
        first = ranked.unique("spec_hash", keep="first", maintain_order=True)
        settled = settled.join(first.select("spec_hash", field), on="spec_hash", how="left")
    columns = ["spec_hash", *_FIELDS]
    return pl.concat([single.select(columns), settled.select(columns)])


def _configuration_ids(known: pl.DataFrame) -> pl.Series:
    """16 hex digits of the sha256 of the configuration as a JSON array; NULL is a value of its own.

    sha256 and JSON are the same on every machine and in every version of a library; a hash of polars is neither.
    """
    distinct = known.select(CONFIGURATION).unique()
    ids = [hashlib.sha256(msgspec.json.encode(row)).hexdigest()[:16] for row in distinct.iter_rows()]
    found = distinct.with_columns(configuration_id=pl.Series(ids, dtype=pl.String))
    return known.join(found, on=CONFIGURATION, how="left", nulls_equal=True, maintain_order="left")["configuration_id"]
