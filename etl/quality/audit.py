"""The last look at a release before it becomes current: at its files as they were written, by the checks that must hold."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from etl.load.catalog import tables_sql
from etl.load.definitions import checks
from etl.load.manifest import DataFile
from etl.schema import COUNTED

__all__ = ["audit"]

SHOWN = 3  # rows of a broken check that the reason names
_COUNTED = frozenset(f"data.{name}" for name in COUNTED)  # they are counted of these files, meanwhile
# The border of the transforms has looked at these, shard by shard; to a first release nothing was added since.
OF_SHARDS = frozenset({"every_option_has_its_spec", "every_membership_has_its_tag_spec", "every_tag_spec_has_its_spec"})


def audit(files: Sequence[DataFile], places: Sequence[Path], is_first: bool) -> str | None:
    """Why the files must not become a release; None: every claim of severity error holds.

    Each lies in the first of the places that has it. `is_first`: no release was there before.
    """
    asked = [
        one for one in checks() if one.severity == "error" and not (is_first and one.name in OF_SHARDS) and _COUNTED.isdisjoint(one.reads)
    ]
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(tables_sql(files, places, {name.removeprefix("data.") for one in asked for name in one.reads}))
        for one in asked:
            if rows := connection.execute(one.statement).fetchmany(SHOWN):
                shown = "; ".join(" ".join(str(value) for value in row) for row in rows)
                return f"check {one.name} fails ({one.summary.rstrip('.')}): {shown}"
    return None
