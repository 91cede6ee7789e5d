"""A snapshot of which only the changed documents were read, on top of the release before: little is written where little changed."""

from collections.abc import Iterator, Sequence

import polars as pl

from etl.load.comparison import Changes
from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_part, read_table
from etl.schema import OF_PAGES, OF_SPECS, OPEN, RECENT
from etl.succession import LASTING, Succession
from etl.transform.continued import continued
from etl.transform.recent import recent

__all__ = ["renewed"]


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
