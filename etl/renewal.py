"""A snapshot of which only the changed documents were read, on top of the release before: little is written where little changed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from etl.load.comparison import Changes
from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_part, read_table
from etl.reading import Reading
from etl.schema import OF_PAGES, OF_SPECS, OPEN, RECENT, TABLES
from etl.shards import plan, shared
from etl.succession import LASTING, Succession, ranges, within
from etl.transform.continued import continued
from etl.transform.recent import recent
from etl.workers import Workers

__all__ = ["merged", "renewed"]

MOST_RECENT = 0.15  # of the bytes of both parts: beyond, they are written anew as one


def renewed(succession: Succession, gaps: pl.DataFrame) -> tuple[list[DataFile], Changes]:
    """The files of the new release's open tables, and of all that ended up to it: the older part as it stands, the recent part anew.

    And the tables of the pages that are in question, as they were and as they are.
    """
    one = succession
    new = {name: read_table(one.staging, one.new, name).collect() for name in OPEN}
    pages = one.pages_anew()
    specs = new["specs"].lazy().select("spec_hash")
    stored = dict(_stored(one, (*OF_PAGES, "ended_tag_specs", "ended_memberships"), pages.lazy()))
    stored |= dict(_stored(one, OF_SPECS, specs)) | dict(_stored(one, ["versions"], new["specs"].lazy().select("package").unique()))
    found = continued(new, stored, gaps, one.now)
    before = {name: read_part(one.root, one.old, name).collect() for name in RECENT.values()}
    files = write_tables(recent(found.tables, stored, before, pages) | found.ended, one.staging)
    return [*(file for file in one.old if file.table in OPEN or file.table in LASTING), *files], Changes(stored, found.tables)


def _stored(one: Succession, names: Sequence[str], key: pl.LazyFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    columns = key.collect_schema().names()
    for name in names:
        yield name, read_table(one.root, one.old, name).join(key, on=columns, how="semi").collect()


def merged(places: Sequence[Path], files: Sequence[DataFile], listed: Reading, workers: Workers) -> list[DataFile]:
    """The files of a release, with both parts of each table as one; as they are, while the recent part is small.

    `places` are the folder for new files and the warehouse; `listed` has every document, by which the parts are cut.
    """
    recent_bytes = sum(file.bytes for file in files if file.table not in TABLES)
    all_bytes = recent_bytes + sum(file.bytes for file in files if file.table in OPEN)
    if recent_bytes <= MOST_RECENT * all_bytes:
        return list(files)
    calls = [(places, list(files), packages) for packages in ranges(list(plan(listed.documents)))]
    others = [file for file in files if file.table in TABLES and file.table not in OPEN]
    return [*others, *(file for files in shared(_merge, calls, workers) for file in files)]


def _merge(places: Sequence[Path], files: Sequence[DataFile], packages: tuple[str | None, str | None]) -> list[DataFile]:
    found = {name: within(read_table(places, files, name), packages).sort(TABLES[name].sort_by) for name in OPEN}
    return write_tables(found, places[0])
