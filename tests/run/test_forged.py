"""A hash covers its package's name, so no real page claims the hash of another package. A forged one may."""

import pytest

from etl import pipeline, shards
from etl.config import RejectBudget
from etl.query import ask

from .conftest import go, later, spec

ALL = {"accept_shrink": True, "max_rejects": RejectBudget(share=1.0)}


@pytest.mark.parametrize("shard_bytes", [10_000_000, 1], ids=["one shard", "a shard a package"])
@pytest.mark.parametrize(
    "second",
    [
        {"develop/zlib": None, "develop/aaa": [spec("a"), spec("c")]},
        {"develop/zlib": [spec("b"), spec("a")], "v1.0.0/aaa": [spec("a")], "develop/aaa": [spec("a"), spec("c")]},
    ],
    ids=["after the first has gone", "by more pages than the first"],
)
def test_a_hash_that_changes_its_package_stays_one_spec(cache, options, monkeypatch, shard_bytes, second):
    """Whichever package has it: what was known of it before is not kept beside."""
    monkeypatch.setattr(pipeline, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, shard_bytes))
    cache({"develop/zlib": [spec("a"), spec("b")], "develop/zstd": [spec("d")]})
    go(options)
    cache(second)
    go(options, observed_at=later(), **ALL)

    assert [("a" * 32, "aaa"), ("b" * 32, "zlib"), ("c" * 32, "aaa"), ("d" * 32, "zstd")] == ask(
        options.warehouse, "select spec_hash, package from specs order by spec_hash"
    ).rows


def test_a_hash_on_pages_of_two_packages_counts_once(cache, options):
    """Wherever builds are counted."""
    cache({"develop-2026-11-15/zlib": [spec("a"), spec("b")], "develop-2026-11-15/aaa": [spec("a"), spec("c")]})
    go(options, **ALL)
    counts = {
        view: ask(options.warehouse, f"select sum(spec_count) from {view}").rows[0][0]
        for view in ("tags", "stack_contents", "dated_tags", "compiler_migration", "os_migration", "package_contents")
    }

    assert [("e4s",)] == ask(options.warehouse, "select stack from stack_contents").rows
    assert {3} == set(counts.values())


def test_a_hash_on_pages_of_two_packages_is_a_row_of_each(cache, options):
    """What a stack holds is said by page: the package is part of what tells its rows apart."""
    cache({"develop/zlib": [spec("a")], "develop/aaa": [spec("a")]})
    go(options, **ALL)

    expected = [("aaa", "e4s", "a" * 32), ("zlib", "e4s", "a" * 32)]
    for view in ("memberships", "membership_history"):
        assert expected == ask(options.warehouse, f"select package, stack, spec_hash from {view} order by package").rows


def test_what_was_there_does_not_depend_on_what_a_forged_page_claims_later(cache, options):
    """A view of history counts backwards from now, when a hash may stand on two pages: the first night stays what it was."""
    trend = "select stack, spec_count, package_count from snapshot_trend where snapshot_id = 1 order by stack nulls first"
    cache({"develop/zlib": [spec("a"), spec("b")]})
    go(options)
    first = ask(options.warehouse, trend).rows
    for number, claimed in enumerate(([spec("a"), spec("c")], None), start=1):
        cache({"develop/aaa": claimed})
        go(options, observed_at=later(number), **ALL)

        assert [(None, 2, 1), ("e4s", 2, 1)] == first == ask(options.warehouse, trend).rows
    came_and_went = "select snapshot_id, package, joined_spec_count, left_spec_count, spec_count, change from stack_changes order by all"
    assert [(2, "aaa", 2, 0, 2, "joined"), (3, "aaa", 0, 2, 0, "left")] == ask(options.warehouse, came_and_went).rows
