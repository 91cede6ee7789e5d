"""The border: what breaks a table's declaration becomes a reject, whatever let it through."""

import polars as pl
import pytest

from etl.schema import TABLES
from etl.transform.accepted import documents_in_order
from etl.transform.border import bordered


@pytest.fixture
def frames(built, page, spec):
    """All tables of two pages, but for their rejects."""
    tables = dict(built(page(spec("a"), spec("b")), page(spec("c"), package="zstd", tag="v1.0")).tables)
    del tables["rejects"]
    return tables


@pytest.fixture
def documents(read, page, spec) -> pl.DataFrame:
    """The documents that the tables were made of."""
    batch = read(page(spec("a"), spec("b")), page(spec("c"), package="zstd", tag="v1.0"))
    return documents_in_order(batch).with_columns(snapshot_id=pl.lit(1, pl.Int64))


def spoiled(frame: pl.DataFrame, spec_hash: str, **values: object) -> pl.DataFrame:
    """The frame, with other values in the rows of one spec."""
    here = pl.col("spec_hash") == spec_hash
    return frame.with_columns(**{name: pl.when(here).then(pl.lit(value)).otherwise(name) for name, value in values.items()})


def test_tables_that_keep_their_rules_pass_as_they_are(frames, documents):
    """In their order, without a reject."""
    good, rejects = bordered(frames, documents)

    assert all(good[name].equals(frame) for name, frame in frames.items())
    assert (0, list(TABLES["rejects"].columns)) == (rejects.height, rejects.columns)


def test_a_row_that_breaks_a_rule_is_a_reject_with_rule_key_and_document(frames, documents):
    """The others stay."""
    frames["memberships"] = spoiled(frames["memberships"], "c" * 32, first_snapshot_id=0)
    good, rejects = bordered(frames, documents)
    (row,) = rejects.to_dicts()

    assert ["a" * 32, "b" * 32] == good["memberships"]["spec_hash"].to_list()
    assert ("public", "_cache/v1.0/zstd/specs.md", 6, "border") == (row["source"], row["path"], row["line"], row["rule"])
    assert "table memberships: first_snapshot_id|min" == row["detail"]
    assert "c" * 32 in row["excerpt"] and '"stack":"e4s"' in row["excerpt"]


def test_a_row_that_points_nowhere_is_a_reject_too(frames, documents):
    """With it goes what points at it in turn."""
    frames["specs"] = spoiled(frames["specs"], "c" * 32, configuration_id="none")
    good, rejects = bordered(frames, documents)

    assert {
        "table specs: configuration_id|regex",
        "table spec_variants: spec_variants without specs",
        "table tag_specs: tag_specs without specs",
        "table memberships: memberships without tag_specs",
    } == set(rejects["detail"])
    assert {"_cache/v1.0/zstd/specs.md"} == set(rejects["path"])
    for name in ("specs", "spec_variants", "tag_specs", "memberships"):
        assert "c" * 32 not in good[name]["spec_hash"].to_list()
        assert "a" * 32 in good[name]["spec_hash"].to_list()


def test_a_key_that_stands_twice_is_no_key(frames, documents):
    """Neither row can be told from the other."""
    frames["versions"] = pl.concat([frames["versions"], frames["versions"].head(1)])
    good, rejects = bordered(frames, documents)

    assert ["zstd"] == good["versions"]["package"].to_list()
    assert {"table versions: primary_key"} <= set(rejects["detail"])
