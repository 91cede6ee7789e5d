"""Whole runs: what is refused, what fails, and what then stands."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys

import pytest

from etl.config import RejectBudget
from etl.errors import SourceError, StoreError, UsageError
from etl.load.manifest import Manifest
from etl.load.runs import read_runs
from etl.load.store import Store
from etl.pipeline import run
from etl.query import ask
from etl.run_report import RunReport

from .conftest import go, later, page, spec

BROKEN = page("zstd", "develop", spec("c"))[:200]


def test_a_page_with_rejects_stops_the_run_once_the_budget_is_spent(cache, options):
    """1 % by default: of two pages none may be bad. The run is logged with what it refused; nothing is published."""
    cache({"develop/zlib": [spec("a")], "develop/zstd": BROKEN})
    report = go(options)
    (record,) = read_runs(options.warehouse / "runs")

    assert ("refused", None) == (report.status, report.release)
    assert "1 of 2 documents have rejects, more than --max-rejects 1% allows" == report.reason == record.reason
    assert [("_cache/develop/zstd/specs.md", "not_closed")] == [(row["path"], row["rule"]) for row in record.rejects]
    assert not (options.warehouse / "manifest.json").exists() and not (options.warehouse / "data").exists()


def test_within_the_budget_the_others_load_and_the_view_says_what_did_not(cache, options):
    """With path, rule, line and excerpt."""
    bad = {**spec("d"), "hash": "short"}
    cache({"develop/zlib": [spec("a")], "develop/zstd": BROKEN, "develop/xz": [spec("b"), bad, spec("e", variants=["what?"])]})
    report = go(options, max_rejects=RejectBudget(count=2))

    assert ("published", 2) == (report.status, report.documents["rejected"])
    rows = ask(options.warehouse, "select path, scope, rule, line, excerpt from rejects order by all").rows
    assert [
        ("_cache/develop/xz/specs.md", "spec", "bad_hash", 6),
        ("_cache/develop/xz/specs.md", "variant", "unknown_variant", 6),
        ("_cache/develop/zstd/specs.md", "document", "not_closed", 6),
    ] == [row[:4] for row in rows]
    assert "short" in str(rows[0][4]) and "what?" == rows[1][4] and str(rows[2][4]) in BROKEN
    assert [("xz", 2), ("zlib", 1)] == ask(options.warehouse, "select package, spec_count from documents order by all").rows
    assert [("xz", "num_specs", "3", "2")] == ask(
        options.warehouse, "select package, claim, published, computed from reconciliation where not is_equal and package is not null"
    ).rows


@pytest.mark.parametrize(("budget", "allowed"), [("0", 0), ("2", 2), ("0%", 0), ("1%", 10), ("100%", 1000)])
def test_a_budget_is_a_number_or_a_share(budget, allowed):
    """Of a thousand documents."""
    assert RejectBudget.parse(budget).allows(allowed, 1000)
    assert not RejectBudget.parse(budget).allows(allowed + 1, 1000)


def test_a_tag_or_stack_that_loses_too_much_stops_the_run(cache, options):
    """Yesterday's release stands, until the loss is accepted."""
    cache({"develop/zlib": [spec("a"), spec("b"), spec("c")], "v1.0/zlib": [spec("a")]})
    go(options)
    cache({"develop/zlib": [spec("a", stacks=["root"]), spec("b", stacks=["root"]), spec("c")], "v1.0/zlib": None})
    refused = go(options, observed_at=later())

    assert ("refused", 1) == (refused.status, refused.release)
    assert "stack e4s of tag develop (source public) fell from 3 specs to 1" in str(refused.reason)
    assert "tag v1.0 (source public) fell from 1 specs to 0" in str(refused.reason)
    assert "; tag develop (source public)" not in f"; {refused.reason}"
    assert 3 == ask(options.warehouse, "select count(*) from memberships where tag = 'develop'").rows[0][0]
    assert "published" == go(options, observed_at=later(), accept_shrink=True).status


def test_a_dry_run_says_what_would_change_and_writes_nothing(cache, options):
    """Neither a first one nor a later one; it also says why a run would be refused."""
    cache({"develop/zlib": [spec("a"), spec("b")]})
    first = go(options, dry_run=True)

    assert ("dry_run", 2) == (first.status, first.specs["added"])
    assert not options.warehouse.exists()
    go(options)
    before = {path: path.read_bytes() for path in options.warehouse.rglob("*") if path.is_file()}
    cache({"develop/zlib": [spec("c")]})
    second = go(options, dry_run=True, observed_at=later())
    assert (1, 2) == (second.specs["added"], second.specs["removed"])
    assert second.reason is None
    assert "fell from 2 specs to 0" in str(
        go(options, dry_run=True, sources=(("public", str(cache({"v2/zlib": [spec("a")]}, "x"))),)).reason
    )
    assert before == {path: path.read_bytes() for path in options.warehouse.rglob("*") if path.is_file()}


def test_a_source_that_is_missing_fails_the_run_and_is_logged(cache, options):
    """Yesterday's release stands; in a new place nothing is made at all."""
    folder = cache({"develop/zlib": [spec("a")]})
    go(options)
    folder.rename(folder.with_name("gone"))
    with pytest.raises(SourceError, match="does not exist"):
        go(options)

    published, failed = read_runs(options.warehouse / "runs")
    assert ("failed", 1) == (failed.status, failed.release)
    assert "does not exist" in str(failed.reason)
    with pytest.raises(SourceError):
        go(options, warehouse=options.warehouse / "new")
    assert not (options.warehouse / "new").exists()


def test_a_run_names_all_sources_the_warehouse_holds(cache, options):
    """Until then one source cannot be brought up to date alone: its rows would lose their company."""
    here, there = cache({"develop/zlib": [spec("a")]}), cache({"develop/zlib": [spec("b")]}, "own")
    go(options, sources=(("public", str(here)), ("own", str(there))))
    with pytest.raises(UsageError, match="holds the source own too"):
        go(options)

    assert (
        "published" == go(options, sources=(("public", str(here)), ("own", str(there)), ("third", str(there))), observed_at=later()).status
    )


def test_snapshots_of_a_source_are_strictly_ordered(cache, options):
    """A time that was asked for must be later; a clock that went backwards is stepped over."""
    cache({"develop/zlib": [spec("a")]})
    go(options, observed_at=dt.datetime(2999, 1, 1))
    cache({"develop/zlib": [spec("b"), spec("a")]})
    with pytest.raises(UsageError, match="is not after the last snapshot"):
        go(options)
    go(options, observed_at=None)

    times = [row[0] for row in ask(options.warehouse, "select observed_at from snapshots order by snapshot_id").rows]
    assert [dt.datetime(2999, 1, 1), dt.datetime(2999, 1, 1, 0, 0, 1)] == times


def test_an_interrupted_run_leaves_the_release_and_a_word(cache, options):
    """By Ctrl-C or a bug: logged as failed, staging removed, the next run works."""
    cache({"develop/zlib": [spec("a")]})

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(options, RunReport(), interrupt)
    (record,) = read_runs(options.warehouse / "runs")

    assert ("failed", "KeyboardInterrupt: ") == (record.status, record.reason)
    assert not (options.warehouse / "staging").exists()
    assert "published" == go(options).status


_HOLD = """
import sys, time
from pathlib import Path
from etl.load.lock import exclusive
with exclusive(Path(sys.argv[1]) / ".lock", "2026-11-22 04:00:00 UTC"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_at_the_same_time_exits_6_and_readers_never_wait(cache, options):
    """It says who holds the warehouse."""
    folder = cache({"develop/zlib": [spec("a")]})
    go(options)
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(options.warehouse)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and "held\n" == holder.stdout.readline()
        command = [sys.executable, "-m", "etl", "run", f"public={folder}", "--warehouse", str(options.warehouse)]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 1 == ask(options.warehouse, "select count(*) from specs").rows[0][0]
        holder.kill()

    assert (6, True) == (second.returncode, f"process {holder.pid}" in second.stderr)
    assert ["published"] == [one.status for one in read_runs(options.warehouse / "runs")]


def test_a_lost_or_cut_data_file_is_found_before_it_is_read(cache, options):
    """By its length; the error names the file and its table."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    (file,) = (options.warehouse / "data" / "specs").iterdir()
    for damage in (lambda: file.write_bytes(file.read_bytes()[:-1]), file.unlink):
        damage()
        with pytest.raises(StoreError, match=r"specs-.* \(table specs\) is missing or damaged"):
            go(options)


def test_the_manifest_lists_every_file_with_rows_bytes_and_sha256(cache, options):
    """As scripts and `verify` read it."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    manifest = json.loads((options.warehouse / "manifest.json").read_text())

    assert {file["path"] for file in manifest["files"]} == {
        f"data/{path.parent.name}/{path.name}" for path in (options.warehouse / "data").rglob("*.parquet")
    }
    for file in manifest["files"]:
        content = (options.warehouse / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    assert isinstance(Store(options.warehouse).manifest(), Manifest)


def test_a_folder_whose_name_is_no_text_is_a_reject_like_any_other(cache, options):
    """It is told by its bytes, also once its page is old enough for the listing to tell that it did not change."""
    root = cache({"develop/zlib": [spec("a")]})
    odd = os.fsencode(root / "_cache" / "develop") + b"/z\xff"
    os.mkdir(odd)  # noqa: PTH102  (a Path cannot hold it)
    with open(odd + b"/specs.md", "w") as file:
        file.write(page("zlib", "develop", spec("b")))
    for name in (odd + b"/specs.md", os.fsencode(root / "_cache/develop/zlib/specs.md")):
        os.utime(name, (1_700_000_000, 1_700_000_000))
    go(options, max_rejects=RejectBudget(share=1.0))

    assert [("_cache/develop/z\\xff/specs.md", "contradicts_path")] == ask(options.warehouse, "select path, rule from rejects").rows
    assert "unchanged" == go(options, max_rejects=RejectBudget(share=1.0)).status
