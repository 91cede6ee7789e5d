"""What documents say of each spec, to what the warehouse says of it.

The same hash is met in many tags and sources. Where documents differ, a value beats NULL, then the value that most
documents give, then the smallest in byte order: the result does not depend on the order of reading.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import polars as pl

from etl.schema import UNHASHED
from etl.transform.list_keys import as_list

__all__ = ["CONFIGURATION", "Specs", "compilers", "specs"]

# Each field that documents may differ in: the column they are compared by, and the one that holds what they really say.
# The package comes first: what pages of another package say of a hash is not heard about the rest.
_FIELDS = {
    "package": ("package", "package"),
    "version": ("version", "version"),
    "compiler": ("compiler_normal", "compiler"),  # name and version are one fact
    "platform": ("platform", "platform"),
    "os": ("os", "os"),
    "target": ("target", "target"),
    "size": ("size_bytes", "size"),
    "variants": ("variants_text", "variants_raw"),
}

CONFIGURATION = ("package", "version", "compiler_name", "compiler_version", "platform", "os", "target", "variants_text")

# Renamed when compilers became packages: `oneapi@=2024.2.1` and `intel-oneapi-compilers@2024.2.1` are one compiler.
_RENAMED = {"oneapi": "intel-oneapi-compilers"}


class Specs(NamedTuple):
    """What is known of each spec, what documents say otherwise, and of which specs not all say the same, be it that some say nothing."""

    known: pl.DataFrame
    conflicts: pl.DataFrame  # spec_hash, package, field, value as published, document_count
    unsettled: pl.DataFrame  # spec_hash, package, witness_source, witness_tag


def specs(rows: pl.DataFrame) -> Specs:
    """One row for each distinct spec, and one for each value that was not taken.

    Grain:  spec_hash, sorted by package and hash; conflicts: spec_hash, field, value. A value that is not said is no conflict.
    Shape:  R rows (`variants_text` joined) -> as many as there are distinct hashes.
    Source: `spec_details[]`; size `-` and the constant 1048576 that an old generator wrote are NULL.
    """
    raw = ("spec_hash", *(raw for _, raw in _FIELDS.values() if raw != "variants_raw"), "variants_key", "variants_text")
    said = rows.group_by(raw).agg(document_count=pl.len().cast(pl.Int64))
    said = said.join(compilers(said["compiler"]), on="compiler", how="left").with_columns(
        size_bytes=pl.col("size").replace(["-", "1048576"], [None, None]).cast(pl.Int64),
    )
    is_single = pl.len().over("spec_hash") == 1
    several = said.filter(~is_single)
    settled, conflicts = _settled(several)
    columns = [compared for compared, _ in _FIELDS.values()]
    unlike = several.select("spec_hash", *columns).unique().filter(pl.col("spec_hash").is_duplicated()).select("spec_hash").unique()
    known = pl.concat([said.filter(is_single).select("spec_hash", *columns), settled.select("spec_hash", *columns)])
    known = known.join(_names(said), on="compiler_normal", how="left").with_columns(is_hashed=~pl.col("spec_hash").str.contains(UNHASHED))
    known = known.with_columns(configuration_id=_configuration_ids(known)).sort("package", "spec_hash")
    conflicts = conflicts.select("spec_hash", "field", "value", "document_count")
    witnesses = _witnesses(rows.join(unlike, on="spec_hash", how="semi"), raw, said, known.select("spec_hash", *columns))
    witnesses = witnesses.join(conflicts, on="spec_hash", how="anti")
    owners = known.select("spec_hash", "package")
    return Specs(
        known,
        conflicts.join(owners, on="spec_hash").sort("package", "spec_hash", "field", "value"),
        owners.join(unlike, on="spec_hash", how="semi").join(witnesses, on="spec_hash", how="left", maintain_order="left"),
    )


def compilers(texts: pl.Series) -> pl.DataFrame:
    """Distinct published compilers: compiler, compiler_normal (`name@version`; NULL for `none`), compiler_name, compiler_version."""
    parts = pl.col("compiler").str.extract_groups(r"^(?<name>[^@]+)(?:@=?(?<version>.*))?$")
    version = parts.struct.field("version")
    return (
        pl.DataFrame({"compiler": texts.unique().cast(pl.String)})
        .with_columns(
            compiler_name=pl.when(pl.col("compiler") != "none").then(parts.struct.field("name").replace(_RENAMED)),
            compiler_version=pl.when((pl.col("compiler") != "none") & (version != "")).then(version),
        )
        .with_columns(
            compiler_normal=pl.concat_str("compiler_name", "compiler_version", separator="@", ignore_nulls=True).replace("", None)
        )
    )


def _witnesses(rows: pl.DataFrame, raw: Sequence[str], said: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """For each spec a page that says all that is known of it, if there is one: spec_hash, witness_source, witness_tag.

    Of several the one of the last tag in byte order: dated tags come behind `develop`, and stay as they are.
    """
    compared = [name for name in known.columns if name != "spec_hash"]
    pages = rows.select(*raw, "source", "tag").join(
        said.select(*raw, *(pl.col(name).alias(f"{name}_said") for name in compared)), on=raw, nulls_equal=True
    )
    pages = pages.drop([name for name in compared if name in raw]).join(known, on="spec_hash")
    whole = pages.filter(pl.all_horizontal(pl.col(f"{name}_said").eq_missing(pl.col(name)) for name in compared))
    whole = whole.sort("tag", "source").group_by("spec_hash", maintain_order=True).last()
    return whole.select("spec_hash", witness_source="source", witness_tag="tag")


def _names(said: pl.DataFrame) -> pl.DataFrame:
    known = said.drop_nulls("compiler_normal").unique("compiler_normal")
    return known.select("compiler_normal", "compiler_name", "compiler_version")


def _settled(several: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where sayings differ: one row a hash, settled field by field, and the values that lost."""
    values = [pl.col(compared).drop_nulls() for compared, _ in _FIELDS.values()]
    ways = several.group_by("spec_hash").agg(value.n_unique() for value in values).max().row(0, named=True)
    # Most often one says what the other does not: then there is nothing to weigh.
    settled = several.group_by("spec_hash").agg(value.first() for value in values)
    several = several.with_columns(variants_raw=as_list("variants_key").list.sort().list.join(" "))
    conflicts = [_lost("package", several.clear(), settled)]
    for field, (compared, _) in _FIELDS.items():
        if (ways[compared] or 0) > 1:
            counts = several.drop_nulls(compared).group_by("spec_hash", compared).agg(pl.col("document_count").sum())
            ranked = counts.sort(["spec_hash", "document_count", compared], descending=[False, True, False])
            taken = ranked.unique("spec_hash", keep="first", maintain_order=True).select("spec_hash", compared)
            settled = settled.drop(compared).join(taken, on="spec_hash", how="left")
            conflicts.append(_lost(field, several, taken))
            if field == "package":
                several = several.join(taken, on=["spec_hash", "package"], how="semi")
    return settled, pl.concat(conflicts)


def _lost(field: str, several: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """What is said of a field otherwise than was taken, as published."""
    compared, raw = _FIELDS[field]
    lost = several.join(taken.select("spec_hash", taken=compared), on="spec_hash").filter(pl.col(compared) != pl.col("taken"))
    value = lost.select("spec_hash", pl.lit(field).alias("field"), pl.col(raw).cast(pl.String).alias("value"), "document_count")
    return value.group_by("spec_hash", "field", "value").agg(pl.col("document_count").sum())


def _configuration_ids(known: pl.DataFrame) -> pl.Series:
    """16 hex digits of the sha256 of the configuration as a JSON array; NULL is a value of its own.

    sha256 and JSON are the same on every machine and in every version of a library; a hash of polars is neither.
    """
    distinct = known.select(CONFIGURATION).unique()
    ids = [hashlib.sha256(msgspec.json.encode(row)).hexdigest()[:16] for row in distinct.iter_rows()]
    found = distinct.with_columns(configuration_id=pl.Series(ids, dtype=pl.String))
    return known.join(found, on=CONFIGURATION, how="left", nulls_equal=True, maintain_order="left")["configuration_id"]
