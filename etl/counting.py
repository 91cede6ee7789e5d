"""The tables of a release that are counted from its others."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.parquet import ROW_GROUP, write_pieces, write_tables
from etl.load.released import read_table, row_count
from etl.parts import cut
from etl.succession import of_range
from etl.transform.configurations import (
    configuration_variants,
    configurations,
    counts,
    in_order,
    numbers,
    shared_looks,
    with_looks,
)

__all__ = ["write_counted"]

MOST_SPECS = 150_000  # that are known of the packages whose specs are counted at once


def write_counted(places: Sequence[Path], files: Sequence[DataFile]) -> list[DataFile]:
    """Write the counted tables of a release that has these files otherwise; `places` are the folder for new files and the warehouse.

    Of the largest tables it reads few columns, and holds what it makes of them narrow: a run has little memory beside its shards.
    """
    folder, held = places[0], read_table(places, files, "tag_specs")
    found, numbered = _found(places, files)
    repeated = _repeated(places, files)
    sizes = found.group_by("package", maintain_order=True).agg(pl.col("known_spec_count").sum())
    counted = in_order([counts(of_range(held, packages), numbered, repeated) for packages in cut(sizes.iter_rows(), MOST_SPECS)])
    about = write_tables({"configurations": found, "configuration_variants": configuration_variants(found)}, folder)
    return [*about, *write_pieces("tag_configurations", with_looks(counted, found, ROW_GROUP), folder)]


def _found(places: Sequence[Path], files: Sequence[DataFile]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The configurations, and of each spec (spec_hash) the number of its own among them."""
    specs, held, targets = (read_table(places, files, name) for name in ("specs", "tag_specs", "targets"))
    known = specs.select("spec_hash", "configuration_id").collect()
    has_ended = row_count(places, files, "ended_tag_specs") > 0  # else each spec that is known stands somewhere
    now = known.lazy().join(held.select("spec_hash"), on="spec_hash", how="semi").collect() if has_ended else known
    looks = shared_looks(known, now)
    firsts = specs.drop("is_hashed", "size_bytes").join(looks.lazy().select(spec_hash="first_spec_hash"), on="spec_hash", how="semi")
    found = configurations(looks, firsts.collect(), targets.collect())
    return found, numbers(known, found)


def _repeated(places: Sequence[Path], files: Sequence[DataFile]) -> pl.DataFrame:
    """Claims of a hash under a tag (source, tag, package, spec_hash) beyond the one that counts: where its own package is, else the first.

    Only forged pages claim the hash of another package, and each such hash is among the conflicts.
    """
    held, specs, conflicts = (read_table(places, files, name) for name in ("tag_specs", "specs", "spec_conflicts"))
    claimed = conflicts.filter(pl.col("field") == "package").select("spec_hash").unique().collect()
    key = ["source", "tag", "spec_hash"]
    if claimed.is_empty():
        return pl.DataFrame()
    own = specs.select("spec_hash", own="package").join(claimed.lazy(), on="spec_hash", how="semi")
    claims = held.select(*key, "package").join(own, on="spec_hash").collect()
    ordered = claims.sort(*key, pl.col("package") != pl.col("own"), "package")
    return ordered.filter(~pl.struct(key).is_first_distinct()).select("source", "tag", "package", "spec_hash")
