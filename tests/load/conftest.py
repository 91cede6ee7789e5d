"""Makers for tests of the store: tables with a row or two."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from etl.load.manifest import Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.load.runs import RunRecord
from etl.load.store import Store
from etl.schema import SCHEMA_VERSION, TABLES

NIGHT = dt.datetime(2026, 11, 22, 4)


def frames(*tags: str) -> dict[str, pl.DataFrame]:
    """Every table, empty but for `tags` and `versions`."""
    empty = {name: pl.DataFrame(schema=table.polars_schema) for name, table in TABLES.items()}
    versions = {"package": "zlib", "version": tags, "version_order": 1, "is_newest": True}
    return empty | {
        "tags": pl.DataFrame({"tag": tags, "kind": "other"}).with_columns(tag_date=pl.lit(None, pl.Date)),
        "versions": pl.DataFrame(versions),
    }


@pytest.fixture
def release(tmp_path: Path) -> Callable[..., Manifest]:
    """Stage a release that holds the given tags: `release(store, 1, "develop")`."""

    def make(store: Store, number: int, *tags: str) -> Manifest:
        files = write_tables(frames(*tags), store.staging("run"))
        return Manifest(number, SCHEMA_VERSION, "0", {}, [Snapshot("public", number, NIGHT, "r", 1, 1, 1, "run")], files)

    return make


@pytest.fixture
def run() -> RunRecord:
    """A run that has just begun."""
    return RunRecord("20261122T040000Z", NIGHT, "0")
