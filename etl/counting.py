"""The tables of a release that are counted from its others."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_table, row_count
from etl.transform.configurations import configuration_variants, configurations, tag_configurations

__all__ = ["write_counted"]

_NEEDED = {
    "specs": pl.all().exclude("is_hashed", "size_bytes"),
    "tag_specs": pl.all().exclude("is_in_root", "first_snapshot_id", "from_snapshot_id"),
    "targets": pl.all(),
    "spec_conflicts": pl.all(),
}


def write_counted(places: Sequence[Path], files: Sequence[DataFile]) -> list[DataFile]:
    """Write the counted tables of a release that has these files otherwise; `places` are the folder for new files and the warehouse."""
    frames = pl.collect_all([read_table(places, files, name).select(columns) for name, columns in _NEEDED.items()])
    specs, held, targets, conflicts = frames
    has_ended = row_count(places, files, "ended_tag_specs") > 0  # else each spec that is known stands somewhere
    known = configurations(specs, targets, held["spec_hash"] if has_ended else None)
    found = {
        "configurations": known,
        "configuration_variants": configuration_variants(known),
        "tag_configurations": tag_configurations(held, specs, known, conflicts),
    }
    return write_tables(found, places[0])
