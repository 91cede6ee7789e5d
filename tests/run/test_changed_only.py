"""A night on which little has changed: only that is read, and only that is written."""

import pytest

from etl import parts, reading
from etl.load.store import Store
from etl.query import ask
from etl.schema import OPEN, RECENT

from .conftest import go, later, spec

PACKAGES = [f"p{letter}" for letter in "abcdefghijklmnopqrst"]  # each is also the word that its spec's hash is made of
TAGS = ("develop", "v1.0.0")


@pytest.fixture
def first(night, options, monkeypatch):
    """A first night: twenty packages under two tags, with a spec each that both tags hold; the recent part may grow to any size."""
    monkeypatch.setattr(parts, "MOST_RECENT", 1.0)
    night(
        {f"{tag}/{package}": [spec(package, compiler="none" if tag == "develop" else "gcc@13.2.0")] for tag in TAGS for package in PACKAGES}
    )
    return go(options)


def files(options):
    """The files of the release, by table."""
    manifest = Store(options.warehouse).manifest()
    found = {}
    for file in manifest.files:
        found.setdefault(file.table, set()).add(file.path)
    return found


def rows(options, query):
    """What the warehouse answers."""
    return list(ask(options.warehouse, query).rows)


def test_only_what_changed_is_read_and_written(first, night, options):
    """The files of all else stand as they are; beside them lie the rows of the page, and its new spec."""
    before = files(options)
    night({"develop/ph": [spec("ph"), spec("new")]})
    report = go(options, observed_at=later())
    after = files(options)

    assert (1, 39, 40) == (report.documents["read"], report.documents["unchanged"], report.documents["seen"])
    assert {"current": 21, "added": 1, "removed": 0} == report.specs
    assert {"current": 41, "added": 1, "removed": 0} == report.memberships
    assert all(before[name] == after[name] for name in OPEN if name in before)
    recent = {file.table: file.rows for file in Store(options.warehouse).manifest().files if file.table in RECENT.values()}
    expected = {"pages": 1, "documents": 1, "tag_specs": 2, "memberships": 2, "published_counts": 1, "reconciliation": 1}
    assert {RECENT[name]: size for name, size in (expected | {"specs": 1, "spec_variants": 1}).items()} == recent


def test_a_second_night_keeps_what_the_first_changed(first, night, options):
    """Unless it changed the same page again; and a page that is gone is gone."""
    night({"develop/ph": [spec("new")]})
    go(options, observed_at=later())
    night({"develop/pi": [], "v1.0.0/pj": None})
    go(options, observed_at=later(2))

    assert [(("new" * 32)[:32],)] == rows(options, "select spec_hash from tag_specs where tag = 'develop' and package = 'ph'")
    assert [] == rows(options, "select * from documents where package = 'pj' and tag = 'v1.0.0'")
    ended = "select package, from_snapshot_id, to_snapshot_id from data.ended_tag_specs order by all"
    assert [("ph", 1, 2), ("pi", 1, 3), ("pj", 1, 3)] == rows(options, ended)
    assert 18 + 1 == len(rows(options, "from tag_specs where tag = 'develop'"))


def test_what_has_changed_joins_the_rest_once_it_is_much(first, night, options, monkeypatch):
    """Then each table is one part again, with the same rows."""
    monkeypatch.setattr(reading, "MOST", 1.0)
    monkeypatch.setattr(parts, "MOST_RECENT", 0.0)
    night({f"develop/{package}": [spec(f"{package}2")] for package in PACKAGES[:10]})
    go(options, observed_at=later())

    assert not files(options).keys() & set(RECENT.values())
    assert [("develop", 20), ("v1.0.0", 20)] == rows(options, "select tag, count(*) from tag_specs group by tag order by tag")
    assert 10 == len(rows(options, "from tag_spec_history where valid_to is not null"))


def test_where_much_has_changed_everything_is_read(first, night, options):
    """More than a quarter of all bytes: to pick would cost more than it saves."""
    night({f"develop/{package}": [spec(f"{package}2")] for package in PACKAGES[:15]})
    report = go(options, observed_at=later())

    assert (40, 25) == (report.documents["read"], report.documents["unchanged"])
    assert not files(options).keys() & set(RECENT.values())


def test_what_one_page_alone_said_of_a_spec_goes_with_it(first, night, options):
    """The page of develop left the compiler out; once that of v1.0.0 no longer holds the spec, nobody says it."""
    assert [("gcc",)] == rows(options, "select compiler_name from specs where package = 'ph'")
    night({"v1.0.0/ph": []})
    report = go(options, observed_at=later())

    assert 1 == report.documents["read"]  # the other page was looked at again for its spec, which is not counted
    assert [(None,)] == rows(options, "select compiler_name from specs where package = 'ph'")


def test_a_page_that_says_otherwise_is_weighed_against_those_that_were_not_read(first, night, options):
    """Of two pages with two values the smaller in byte order wins, whichever of them changed."""
    night({"develop/ph": [spec("ph", os="centos7")], "develop/pi": [spec("pi", os="windows10")]})
    go(options, observed_at=later())

    assert [("ph", "centos7"), ("pi", "ubuntu24.04")] == rows(
        options, "select package, os from specs where package in ('ph', 'pi') order by all"
    )
    assert [("ph", "ubuntu24.04", 1), ("pi", "windows10", 1)] == rows(
        options,
        "select specs.package, value, document_count from spec_conflicts join specs using (spec_hash) where field = 'os' order by all",
    )


def test_a_broken_page_is_read_again_each_night(first, night, options):
    """Also while it stays as it is: what was refused is said of each snapshot, and its last good rows go on."""
    night({"develop/ph": "---\ntitle: cut off\n"})
    assert 1 == go(options, observed_at=later(), max_rejects=options.max_rejects.parse("100%")).documents["read"]
    night({"develop/pi": []})
    report = go(options, observed_at=later(2), max_rejects=options.max_rejects.parse("100%"))

    assert (2, 1, 1) == (report.documents["read"], report.documents["rejected"], report.documents["stale"])
    assert [(3, "_cache/develop/ph/specs.md")] == rows(options, "select snapshot_id, path from data.rejects")
    assert 1 == len(rows(options, "from tag_specs where tag = 'develop' and package = 'ph'"))


def test_an_older_release_put_back_is_brought_up_to_date(first, night, options):
    """What is known of a page counts only where it is what the release holds of it."""
    old = (options.warehouse / "manifest.json").read_bytes()
    night({"develop/ph": [spec("new")]})
    go(options, observed_at=later())
    (options.warehouse / "manifest.json").write_bytes(old)
    night({"develop/pi": []})
    go(options, observed_at=later(2))

    assert [(("new" * 32)[:32],)] == rows(options, "select spec_hash from tag_specs where tag = 'develop' and package = 'ph'")


def test_without_what_is_known_of_pages_everything_is_read(first, night, options):
    """Its loss costs time, no rows."""
    (options.warehouse / "state" / "fingerprints.json").unlink()
    night({"develop/ph": [spec("new")]})
    report = go(options, observed_at=later())

    assert (40, 39) == (report.documents["read"], report.documents["unchanged"])
    assert 20 == len(rows(options, "from tag_specs where tag = 'develop'"))
