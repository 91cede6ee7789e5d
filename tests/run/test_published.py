"""Whole runs: what is published, and what stays as it was."""

from pathlib import Path

import pytest

from bench.generate import cache as made_up
from bench.generate import write
from etl import pipeline, shards
from etl.config import RunOptions
from etl.counting import write_counted
from etl.load.runs import read_runs
from etl.load.store import Store
from etl.query import ask
from etl.schema import COUNTED

from .conftest import NIGHT, go, later, spec


def data_files(warehouse: Path) -> dict[str, bytes]:
    """Every data file with its bytes."""
    return {path.name: path.read_bytes() for path in (warehouse / "data").rglob("*.parquet")}


def test_a_run_publishes_what_the_pages_say(cache, options):
    """And reports it."""
    cache({"develop/zlib": [spec("a"), spec("b", stacks=["root"])], "develop/zstd": [spec("c", stacks=["e4s", "hep"])]})
    report = go(options)

    assert ("published", 1, None) == (report.status, report.release, report.reason)
    assert {"seen": 2, "read": 2, "unchanged": 0, "rejected": 0, "stale": 0, "removed": 0} == report.documents
    assert {"current": 3, "added": 3, "removed": 0} == report.specs == report.memberships
    assert [("public", 1, NIGHT, 2, 2, 3)] == ask(
        options.warehouse, "select source, snapshot_id, observed_at, document_count, changed_document_count, spec_count from snapshots"
    ).rows


def test_a_second_run_on_the_same_pages_publishes_nothing(cache, options):
    """No data file is written, no release made; it is logged, and says so. With --full too, which opens every page again."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    before = {path: path.stat().st_mtime_ns for path in options.warehouse.rglob("*") if path.is_file() and path.parent.name != "runs"}
    for full in (False, True):
        report = go(options, full=full)

        assert ("unchanged", 1, 1) == (report.status, report.release, report.documents["unchanged"])
        assert {"current": 1, "added": 0, "removed": 0} == report.specs
    after = {path: path.stat().st_mtime_ns for path in before}
    assert {path for path in before if before[path] != after[path]} <= {
        options.warehouse / ".lock",
        options.warehouse / "state" / "fingerprints.json",
    }
    assert ["published", "unchanged", "unchanged"] == [one.status for one in read_runs(options.warehouse / "runs")]


def test_pages_that_look_as_they_did_are_not_opened(cache, options, monkeypatch):
    """Size, time and inode tell; a page that was touched is opened, and found to be the same."""
    monkeypatch.setattr("etl.extract.sources.folder.SETTLED_NS", -(10**12))  # pages of a test are always young
    folder = cache({"develop/zlib": [spec("a")]})
    go(options)

    assert 0 == go(options).documents["read"]
    (folder / "_cache/develop/zlib/specs.md").touch()
    touched = go(options)
    assert ("unchanged", 1) == (touched.status, touched.documents["read"])


def test_losing_the_cache_of_listings_costs_time_and_nothing_else(cache, options):
    """It may be deleted, or damaged."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    for damage in (lambda path: path.unlink(), lambda path: path.write_text("{")):
        damage(options.warehouse / "state" / "fingerprints.json")
        assert "unchanged" == go(options).status


def test_a_changed_page_makes_a_release_and_the_report_says_what_changed(cache, options):
    """Specs and memberships added and removed, pages unchanged and removed; the next snapshot."""
    cache({"develop/zlib": [spec("a"), spec("b")], "develop/zstd": [spec("c")], "develop/xz": [spec("d")]})
    go(options)
    cache({"develop/zlib": [spec("b", stacks=["hep", "root"]), spec("e")], "develop/xz": None})
    report = go(options, observed_at=later(), max_shrink=100)

    assert ("published", 2) == (report.status, report.release)
    assert {"seen": 2, "read": 2, "unchanged": 1, "rejected": 0, "stale": 0, "removed": 1} == report.documents
    assert {"current": 3, "added": 1, "removed": 2} == report.specs
    assert {"current": 3, "added": 2, "removed": 3} == report.memberships
    assert [(1, 3), (2, 1)] == ask(options.warehouse, "select snapshot_id, changed_document_count from snapshots order by all").rows


def test_the_same_input_is_the_same_bytes_everywhere(cache, options, tmp_path):
    """On another day, in another folder."""
    cache({"develop/zlib": [spec("a"), spec("b")], "develop/zstd": [spec("c")]})
    go(options)
    go(options, warehouse=tmp_path / "other", observed_at=later(30))

    assert data_files(options.warehouse) == data_files(tmp_path / "other")


@pytest.fixture(scope="module")
def thousands(tmp_path_factory) -> Path:
    """A made-up cache of some 3,000 specs."""
    folder = tmp_path_factory.mktemp("thousands")
    write(folder, *made_up(3_000))
    return folder


def test_neither_workers_nor_the_order_they_end_in_change_a_byte(thousands, tmp_path, monkeypatch):
    """Several shards, built here one by one and in two processes."""
    monkeypatch.setattr(pipeline, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, 150_000))
    for workers in (1, 2):
        report = go(RunOptions(tmp_path / str(workers), (("x", str(thousands)),), observed_at=NIGHT, workers=workers))
        assert "published" == report.status

    assert len([name for name in data_files(tmp_path / "1") if name.startswith("specs-")]) > 2
    assert data_files(tmp_path / "1") == data_files(tmp_path / "2")


def test_a_table_has_files_only_where_it_has_rows(thousands, tmp_path, monkeypatch):
    """One a shard, each listed once; a table without rows has none, and a view all the same."""
    monkeypatch.setattr(pipeline, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, 50_000))
    go(RunOptions(tmp_path / "w", (("x", str(thousands)),), observed_at=NIGHT))
    manifest = Store(tmp_path / "w").manifest()

    assert manifest is not None
    assert len(manifest.files) == len({file.path for file in manifest.files})
    assert [] == manifest.table("rejects") and 1 < len(manifest.table("specs"))
    assert [] == [file.table for file in manifest.files if not file.rows]
    assert [] == ask(tmp_path / "w", "select path, line from rejects").rows


def test_how_a_cache_is_cut_into_shards_changes_no_view(thousands, tmp_path, monkeypatch):
    """One shard or many: the same rows."""
    views = "tag_specs", "memberships", "specs", "spec_variants", "versions", "documents", "reconciliation"
    answers = []
    for size in (10_000_000, 50_000):
        monkeypatch.setattr(pipeline, "plan", lambda listed, known=frozenset(), size=size: shards.plan(listed, known, size))
        folder = tmp_path / str(size)
        go(RunOptions(folder, (("x", str(thousands)),), observed_at=NIGHT))
        answers.append({view: ask(folder, f"from {view} order by all").rows for view in views})

    assert answers[0] == answers[1]


def test_a_spec_of_several_sources_is_one_spec(cache, options):
    """It stands under a tag of each."""
    here = cache({"develop/zlib": [spec("a")]})
    there = cache({"develop/zlib": [spec("a"), spec("b")]}, "own")
    report = go(options, sources=(("public", str(here)), ("own", str(there))))

    assert 2 == report.specs["current"]
    assert [("own", 2), ("public", 1)] == ask(
        options.warehouse, "select source, count(*) from tag_specs group by source order by source"
    ).rows
    assert ["own", "public"] == sorted(str(one["source"]) for one in report.snapshots)


def test_a_hash_that_two_packages_claim_is_one_spec_of_the_package_with_more_pages(cache, options, monkeypatch):
    """Only a forged page does that; it takes nothing from others, also when the packages are read apart."""
    cache({"develop/zlib": [spec("a")], "v1.0/zlib": [spec("a")], "develop/aaa": [spec("a", versions=["9"]), spec("b", versions=["1.2"])]})
    for size in (10_000_000, 1):
        monkeypatch.setattr(pipeline, "plan", lambda listed, known=frozenset(), size=size: shards.plan(listed, known, size))
        folder = options.warehouse / str(size)
        go(options, warehouse=folder)

        assert [("a" * 32, "zlib"), ("b" * 32, "aaa")] == ask(folder, "select spec_hash, package from specs order by all").rows
        assert 2 == ask(folder, "select count(*) from spec_variants").rows[0][0]
        assert 4 == ask(folder, "select count(*) from tag_specs").rows[0][0]
        assert [("package", "aaa", 1)] == ask(folder, "select field, value, document_count from spec_conflicts").rows
        assert [("aaa", "1.2"), ("zlib", "1.3")] == ask(folder, "select package, version from versions order by all").rows


def test_what_is_counted_of_a_release_is_what_its_files_say(cache, options, tmp_path):
    """Also after nights of which only the changed pages were read: counted once more it is the same, to the byte."""
    pages = [spec("a"), spec("b"), spec("c", target="zen3", stacks=["e4s", "hep", "root"])]
    cache({"develop/zlib": pages, "v1.0.0/zlib": pages[:2], "develop/zstd": [spec("d", variants=["~shared", "lang=c,c++"])]})
    go(options)
    for number, night in enumerate([pages[1:], [*pages, spec("e", os="rhel9")]], start=1):
        cache({"develop/zlib": night})
        go(options, observed_at=later(number))
        manifest = Store(options.warehouse).published()
        stored = [file for file in manifest.files if file.table in COUNTED]
        others = [file for file in manifest.files if file.table not in COUNTED]

        assert set(COUNTED) == {file.table for file in stored}
        assert stored == sorted(write_counted((tmp_path / str(number), options.warehouse), others), key=lambda file: file.path)
        assert [(len(night), 2)] == ask(
            options.warehouse,
            "select sum(spec_count) filter (where tag = 'develop' and package = 'zlib'), count(distinct tag) from tag_configurations",
        ).rows
