"""A release that lost a file, or that would be wrong: what the next run makes of it."""

import pytest

from etl import pipeline
from etl.errors import StoreError
from etl.load.store import Store
from etl.query import ask

from .conftest import go, later, spec


def files(options, table):
    """Where the files of a table lie."""
    manifest = Store(options.warehouse).manifest()
    return [options.warehouse / file.path for file in manifest.files if file.table == table]


def held(options):
    """What stands where, and since when."""
    query = "select tag, package, left(spec_hash, 1), from_snapshot_id from data.tag_specs order by all"
    return list(ask(options.warehouse, query).rows)


@pytest.fixture
def two_nights(cache, options):
    """Two releases: b joined in the second."""
    cache({"develop/zlib": [spec("a")], "develop/xz": [spec("c")]})
    go(options)
    cache({"develop/zlib": [spec("a"), spec("b")]})
    go(options, observed_at=later())


def test_a_release_that_would_break_a_check_does_not_become_current(cache, options, monkeypatch):
    """Its files are read once more as they were written; the reason names the check and the first rows that break it."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    cache({"develop/zlib": [spec("a", stacks=["hep"])]})
    write = pipeline.dimensions
    monkeypatch.setattr(pipeline, "dimensions", lambda names: write(names | {"stacks": {"e4s"}}))
    report = go(options, observed_at=later(), accept_shrink=True)

    assert ("refused", 1) == (report.status, report.release)
    assert "check every_name_has_its_dimension fails" in str(report.reason)
    assert "stacks hep" in str(report.reason)
    assert [("e4s",)] == list(ask(options.warehouse, "select stack from memberships").rows)


@pytest.mark.parametrize("table", ["specs", "tag_specs", "documents"])
@pytest.mark.parametrize("is_cut", [True, False])
def test_a_run_goes_on_from_the_last_release_that_is_whole(two_nights, options, table, is_cut):
    """Though the source is as it was. What came since then is dated by this run, which says so."""
    first = Store(options.warehouse).manifest()
    for file in files(options, table):
        file.write_bytes(file.read_bytes()[:100]) if is_cut else file.unlink()
    report = go(options, observed_at=later(2))

    assert ("published", first.release + 1) == (report.status, report.release)
    assert f"(table {table}) is missing or damaged: went on from release 1" in str(report.reason)
    assert [("develop", "xz", "c", 1), ("develop", "zlib", "a", 1), ("develop", "zlib", "b", 2)] == held(options)
    assert all(file.stat().st_size > 100 for file in files(options, table))
    assert "unchanged" == go(options, observed_at=later(3)).status


def test_where_no_release_is_whole_a_run_says_what_to_do(two_nights, options):
    """Nothing is overwritten."""
    for file in files(options, "tags"):  # the same in both releases
        file.unlink()
    with pytest.raises(
        StoreError, match=r"\(table tags\) is missing or damaged, and no earlier release is whole: put it back, or load into another"
    ):
        go(options, observed_at=later(2))
