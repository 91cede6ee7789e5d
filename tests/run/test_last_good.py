"""A page that cannot be read keeps its last good content: a broken page is not read as "everything left"."""

import pytest

from etl.config import RejectBudget
from etl.extract.limits import USUAL
from etl.query import ask
from etl.replay import refused, replay

from .conftest import go, later, spec

BROKEN = "---\ntitle: zlib\n"
ALL = RejectBudget(share=1.0)
GOOD = [
    spec("a", variants=["+shared", "build_type='a b'", "patches:=1234567,89abcde"]),
    spec("b", compiler="none", stacks=[]),
    spec("c", stacks=["root"], compiler="oneapi@=2024.1"),
]
ROWS = {
    "tag_specs": "select tag, package, spec_hash, stack_count, stacks_text, is_in_root, is_root_only from tag_specs",
    "memberships": "select tag, stack, package, spec_hash from memberships",
    "specs": "select * exclude (first_seen_at, last_seen_at) from specs",
    "spec_variants": "select * from spec_variants",
    "published_counts": "select * from published_counts",
    "reconciliation": "select * from reconciliation",
    "versions": "select * from versions",
}


def rows(warehouse, view: str):
    """All rows of a view but for times, in an order of their own."""
    return sorted(ask(warehouse, ROWS[view]).rows, key=repr)


@pytest.mark.parametrize("view", ROWS)
def test_the_rows_of_a_broken_page_stay(cache, options, view):
    """All that it said: its specs with their options and stacks, and what it claimed."""
    cache({"develop/zlib": GOOD, "develop/zstd": [spec("d")]})
    go(options)
    before = rows(options.warehouse, view)
    cache({"develop/zlib": BROKEN})
    report = go(options, observed_at=later(), max_rejects=ALL)

    assert ("published", 1, 1) == (report.status, report.documents["rejected"], report.documents["stale"])
    assert before == rows(options.warehouse, view)


def test_a_kept_page_is_said_to_be_stale_until_it_can_be_read(cache, options):
    """Night after night, and no longer."""
    cache({"develop/zlib": GOOD, "develop/zstd": [spec("d")]})
    go(options)
    stale = []
    for night, content in enumerate([BROKEN, BROKEN + "more", GOOD], 1):
        cache({"develop/zlib": content})
        go(options, observed_at=later(night), max_rejects=ALL)
        stale.append(ask(options.warehouse, "select package from documents where is_stale").rows)

    assert [[("zlib",)], [("zlib",)], []] == stale


def test_what_was_never_good_has_nothing_to_keep(cache, options):
    """It is a reject and no document."""
    cache({"develop/zlib": BROKEN, "develop/zstd": [spec("d")]})
    go(options, max_rejects=ALL)
    cache({"develop/zlib": BROKEN + "more"})
    report = go(options, observed_at=later(), max_rejects=ALL)

    assert 0 == report.documents["stale"]
    assert [("zstd",)] == ask(options.warehouse, "select package from documents").rows


def test_a_page_that_is_gone_takes_its_rows_with_it(cache, options):
    """Also if it was broken the night before."""
    cache({"develop/zlib": GOOD, "develop/zstd": [spec("d")]})
    go(options)
    cache({"develop/zlib": BROKEN})
    go(options, observed_at=later(), max_rejects=ALL)
    cache({"develop/zlib": None})
    go(options, observed_at=later(2), accept_shrink=True)

    assert [("d" * 32,)] == ask(options.warehouse, "select spec_hash from tag_specs").rows


def test_what_a_kept_page_says_yields_to_what_others_say_now(cache, options):
    """Its specs are settled with those of the pages that can be read: the majority has it."""
    cache({"develop/zlib": [spec("a", os="centos7")], "v1.0.0/zlib": [spec("a", os="centos7")]})
    go(options)
    cache({"develop/zlib": BROKEN, "v1.0.0/zlib": [spec("a", os="rhel8")], "v2.0.0/zlib": [spec("a", os="rhel8")]})
    go(options, observed_at=later(), max_rejects=ALL)

    assert [("rhel8",)] == ask(options.warehouse, "select os from specs").rows
    assert [("os", "centos7", 1)] == ask(options.warehouse, "select field, value, document_count from spec_conflicts").rows


def test_rejects_say_what_was_refused_by_its_fingerprint(cache, options):
    """The sha256 of the page, with rule, place and excerpt."""
    cache({"develop/zlib": BROKEN, "develop/zstd": [spec("d"), {"hash": "x"}]})
    go(options, max_rejects=ALL)
    found = refused(options.warehouse)

    assert ("source", "path", "scope", "rule", "detail", "line", "excerpt", "sha256") == tuple(found.columns)
    assert [
        ("_cache/develop/zlib/specs.md", "document", "not_closed", 64),
        ("_cache/develop/zstd/specs.md", "spec", "missing_key", 64),
    ] == [(row[1], row[2], row[3], len(str(row[7]))) for row in found.rows]


def test_a_reject_of_a_later_night_is_a_row_too(cache, options):
    """Each release has the rejects of its own snapshot."""
    cache({"develop/zlib": GOOD, "develop/zstd": BROKEN})
    go(options, max_rejects=ALL)
    cache({"develop/zlib": BROKEN, "develop/zstd": [spec("d")]})
    go(options, observed_at=later(), max_rejects=ALL)

    assert [("_cache/develop/zlib/specs.md", "not_closed")] == ask(options.warehouse, "select path, rule from rejects").rows


def test_what_was_refused_is_tried_again(cache, options, tmp_path):
    """Mended, broken in another way, and gone: each is told."""
    cache({"develop/zlib": BROKEN, "develop/zstd": [{"hash": "x"}], "develop/xz": BROKEN, "develop/bzip2": [spec("a")]})
    go(options, max_rejects=ALL)
    cache({"develop/zlib": [spec("a")], "develop/zstd": BROKEN, "develop/xz": None})
    found = replay(refused(options.warehouse), dict(options.sources), USUAL, tmp_path)

    assert [("xz", False, [], False), ("zlib", True, [], True), ("zstd", False, ["not_closed"], True)] == [
        (one.path.split("/")[2], one.loads, list(one.rules), one.is_there) for one in found
    ]


def test_a_run_that_was_refused_as_a_whole_says_what_it_refused(cache, options):
    """The release before stands, and has none of it in its views."""
    cache({"develop/zlib": GOOD})
    go(options)
    cache({"develop/zlib": BROKEN})
    report = go(options, observed_at=later())

    assert "refused" == report.status
    assert [] == ask(options.warehouse, "select rule from rejects").rows
    assert ["not_closed"] == [row[3] for row in refused(options.warehouse).rows]
