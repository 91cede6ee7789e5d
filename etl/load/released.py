"""What files of a release hold, for comparing one release with the next."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.schema import RECENT, STORED, void_by

__all__ = ["Places", "contested", "read_part", "read_table", "row_count"]


Places = Path | Sequence[Path]  # a warehouse; or a folder of staged files, then the warehouse that others stand in


def read_table(places: Places, files: Sequence[DataFile], table: str) -> pl.LazyFrame:
    """A table of the warehouse, or of a staged release, from both of its parts; without files it has no rows."""
    rows = read_part(places, files, table)
    void, key = void_by(table) or ("", ())
    if not any(file.table == void for file in files):
        return rows
    older = rows.join(read_part(places, files, void).select(key).unique(), on=key, how="anti", maintain_order="left")
    return pl.concat([older, read_part(places, files, RECENT[table])])


def read_part(places: Places, files: Sequence[DataFile], name: str) -> pl.LazyFrame:
    """The files of one name, as they are."""
    folders = [places] if isinstance(places, Path) else places
    paths = [
        next((path for folder in folders if (path := folder / file.path).exists()), folders[0] / file.path)
        for file in files
        if file.table == name
    ]
    return pl.scan_parquet(paths, glob=False) if paths else pl.LazyFrame(schema=STORED[name].polars_schema)


def row_count(places: Places, files: Sequence[DataFile], table: str) -> int:
    """How many rows a table has."""
    if table in RECENT and any(file.table in RECENT.values() for file in files):
        return int(read_table(places, files, table).select(pl.len()).collect().item())
    return sum(file.rows for file in files if file.table == table)


def contested(places: Places, files: Sequence[DataFile]) -> pl.DataFrame:
    """Specs that pages of different packages claim: spec_hash, package, document_count.

    No real cache has any: a hash covers its package's name. A forged page may.
    """
    twice = read_table(places, files, "specs").group_by("spec_hash").agg(pl.len()).filter(pl.col("len") > 1).collect()
    if twice.is_empty():
        return pl.DataFrame(schema={"spec_hash": pl.String, "package": pl.String, "document_count": pl.UInt32})
    claims = read_table(places, files, "tag_specs").filter(pl.col("spec_hash").is_in(twice["spec_hash"].to_list()))
    return claims.group_by("spec_hash", "package").agg(document_count=pl.len()).collect()
