"""What files of a release hold, for comparing one release with the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from etl.load.manifest import DataFile
from etl.schema import TABLES

__all__ = ["Difference", "contested", "difference", "page_digests", "read_table", "spec_counts"]


class Difference(NamedTuple):
    """Rows of now, and how many of them were not there before, and the other way round."""

    current: int
    added: int
    removed: int


def read_table(root: Path, files: Sequence[DataFile], table: str) -> pl.LazyFrame:
    """A table of the warehouse, or of a staged release; without files it has no rows."""
    paths = [root / file.path for file in files if file.table == table]
    return pl.scan_parquet(paths, glob=False) if paths else pl.LazyFrame(schema=TABLES[table].polars_schema)


def spec_counts(root: Path, files: Sequence[DataFile]) -> pl.DataFrame:
    """Specs of each tag (`stack` NULL) and of each named stack: source, tag, stack, spec_count."""
    tags = read_table(root, files, "tag_specs").group_by("source", "tag").agg(spec_count=pl.len())
    stacks = read_table(root, files, "memberships").group_by("source", "tag", "stack").agg(spec_count=pl.len())
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


def page_digests(root: Path, files: Sequence[DataFile]) -> dict[tuple[str, str], str]:
    """sha256 of every page of a release, by source and path."""
    pages = read_table(root, files, "documents").select("source", "path", "sha256").collect()
    return {(source, path): digest for source, path, digest in pages.iter_rows()}


def contested(root: Path, files: Sequence[DataFile]) -> pl.DataFrame:
    """Specs that pages of different packages claim: spec_hash, package, document_count.

    No real cache has any: a hash covers its package's name. A forged page may.
    """
    twice = read_table(root, files, "specs").group_by("spec_hash").agg(pl.len()).filter(pl.col("len") > 1).collect()
    if twice.is_empty():
        return pl.DataFrame(schema={"spec_hash": pl.String, "package": pl.String, "document_count": pl.UInt32})
    claims = read_table(root, files, "tag_specs").filter(pl.col("spec_hash").is_in(twice["spec_hash"].to_list()))
    return claims.group_by("spec_hash", "package").agg(document_count=pl.len()).collect()
