"""What files of a release hold, for comparing one release with the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from etl.load.manifest import DataFile
from etl.schema import RECENT, STORED, void_by

__all__ = ["Difference", "Places", "contested", "difference", "page_digests", "read_part", "read_table", "row_count", "spec_counts"]


class Difference(NamedTuple):
    """Rows of now, and how many of them were not there before, and the other way round."""

    current: int
    added: int
    removed: int


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


def spec_counts(places: Places, files: Sequence[DataFile]) -> pl.DataFrame:
    """Specs of each tag (`stack` NULL) and of each named stack: source, tag, stack, spec_count."""
    tags = read_table(places, files, "tag_specs").group_by("source", "tag").agg(spec_count=pl.len())
    stacks = read_table(places, files, "memberships").group_by("source", "tag", "stack").agg(spec_count=pl.len())
    return pl.concat([tags, stacks], how="diagonal").select("source", "tag", "stack", "spec_count").collect()


def difference(before: pl.LazyFrame, after: pl.LazyFrame, key: Sequence[str]) -> Difference:
    """How many distinct keys two tables hold, and how many each holds that the other does not."""
    after = after.select(key).unique()
    current = after.select(pl.len()).collect().item()
    before = before.select(key).unique()
    added, removed = pl.collect_all(
        [left.join(right, on=key, how="anti").select(pl.len()) for left, right in ((after, before), (before, after))]
    )
    return Difference(current, added.item(), removed.item())


def page_digests(places: Places, files: Sequence[DataFile]) -> dict[tuple[str, str], str]:
    """sha256 of every page of a release, by source and path."""
    pages = read_table(places, files, "documents").select("source", "path", "sha256").collect()
    return {(source, path): digest for source, path, digest in pages.iter_rows()}


def contested(places: Places, files: Sequence[DataFile]) -> pl.DataFrame:
    """Specs that pages of different packages claim: spec_hash, package, document_count.

    No real cache has any: a hash covers its package's name. A forged page may.
    """
    twice = read_table(places, files, "specs").group_by("spec_hash").agg(pl.len()).filter(pl.col("len") > 1).collect()
    if twice.is_empty():
        return pl.DataFrame(schema={"spec_hash": pl.String, "package": pl.String, "document_count": pl.UInt32})
    claims = read_table(places, files, "tag_specs").filter(pl.col("spec_hash").is_in(twice["spec_hash"].to_list()))
    return claims.group_by("spec_hash", "package").agg(document_count=pl.len()).collect()
