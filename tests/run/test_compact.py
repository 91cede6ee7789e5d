"""A release in fewer files: the same answers, the same next night."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from etl import compaction, parts
from etl.compaction import compact
from etl.config import RunOptions
from etl.errors import BusyError, RefusedError, StoreError
from etl.load.lock import exclusive
from etl.load.runs import read_runs
from etl.load.store import Store
from etl.load.verify import verify
from etl.query import ask
from etl.schema import RECENT
from etl.succession import LASTING
from etl.workers import Workers

from .conftest import go, later, spec

PACKAGES = [f"p{letter}" for letter in "abcdefghijklmnopqrst"]  # each is also the word that its spec's hash is made of
NIGHTS = 4


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """Where the warehouse of the nights is kept for the next test, with the cache as the last night left it."""
    return tmp_path_factory.mktemp("nights")


@pytest.fixture
def options(options, kept) -> RunOptions:
    """As ever, with the lasting part of the catalog kept for all tests."""
    return replace(options, caches=kept / "caches")


@pytest.fixture
def store(night, options, monkeypatch, kept, tmp_path) -> Store:
    """Some nights: each changes a page, loses a spec, and does not observe a tag that is listed."""
    monkeypatch.setattr(parts, "MOST_RECENT", 1.0)
    if not (kept / "warehouse").exists():
        night({f"develop/{package}": [spec(package), spec(f"{package}x")] for package in PACKAGES})
        (tmp_path / "cache" / "_data").mkdir()
        (tmp_path / "cache" / "_data" / "tags.yaml").write_text("- name: develop\n- name: v1\n")
        go(options)
        for number in range(1, NIGHTS):
            night({f"develop/{PACKAGES[number]}": [spec(PACKAGES[number], stacks=["e4s"]), spec("new" + "abc"[number - 1])]})
            go(options, observed_at=later(number))
        for name in ("warehouse", "cache"):
            shutil.copytree(tmp_path / name, kept / name)
    for name in ("warehouse", "cache"):
        shutil.copytree(kept / name, tmp_path / name, dirs_exist_ok=True)
    return Store(options.warehouse, options.caches)


def compacted(store: Store, is_applied: bool = True, workers: int = 0) -> compaction.Compaction:
    """Compact in this process, or beside some others."""
    with Workers(workers) as beside:
        return compact(store, beside, is_applied)


def answers(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows of every stored table and of every view, but of the log of runs and of what goes by it and by the clock."""
    with duckdb.connect(str(store.catalog), read_only=True) as connection:
        listed = "select schema_name || '.' || view_name from duckdb_views() where not internal and schema_name in ('data', 'main')"
        shipped = {name for (name,) in connection.execute(listed).fetchall()} - {"main.runs", "main.freshness"}
        return {name: sorted(connection.execute(f"from {name}").fetchall(), key=repr) for name in shipped}


def loose(store: Store) -> dict[str, int]:
    """How many files there are of what nights leave."""
    files = [file.table for file in store.manifest().files]
    return {name: files.count(name) for name in (*LASTING, *RECENT.values()) if name in files}


def test_every_view_answers_as_before(store):
    """What nights left is one sorted file a table; recent parts are none. It is the next release, of the same snapshots."""
    before, old, parts = answers(store), store.manifest(), loose(store)
    assert {"ended_tag_specs": 3, "ended_memberships": 3, "gaps": 4} == {name: parts[name] for name in LASTING}
    assert "recent_specs" in parts and "recent_pages" in parts
    found = compacted(store)
    new = store.manifest()

    assert before.keys() >= {"data.specs", "main.tag_specs", "main.tag_spec_history", "main.changes"}
    assert before == answers(store)
    assert dict.fromkeys(LASTING, 1) == loose(store)
    assert ("published", old.release + 1) == (found.status, new.release)
    assert (old.snapshots, old.inputs, old.locations) == (new.snapshots, new.inputs, new.locations)
    assert (len(old.files), len(new.files)) == (found.before.files, found.after.files)
    assert found.after.files < found.before.files
    assert [] == verify(store).damaged


def test_without_apply_it_says_what_would_be(store):
    """In just so many files and bytes as it then becomes; nothing is written."""
    before = {path: path.stat().st_mtime_ns for path in store.root.rglob("*")}
    told = compacted(store, is_applied=False)
    assert before == {path: path.stat().st_mtime_ns for path in store.root.rglob("*")}
    done = compacted(store)

    assert ("dry_run", "published") == (told.status, done.status)
    assert (NIGHTS, NIGHTS + 1) == (told.release, done.release)
    assert (told.before, told.after, told.tables) == (done.before, done.after, done.tables)
    assert (4, 1) == tuple(sizes.files for sizes in done.tables["gaps"])


def test_what_is_compact_is_left_alone(store):
    """A second time publishes nothing, and logs no run."""
    compacted(store)
    runs = len(read_runs(store.runs))

    for is_applied in (False, True):
        found = compacted(store, is_applied)
        assert ("unchanged", NIGHTS + 1, {}) == (found.status, found.release, found.tables)
        assert found.before == found.after
    assert runs == len(read_runs(store.runs))


def test_the_next_night_goes_on_as_if_nothing_had_been(store, night, options, tmp_path):
    """It reads as little, and holds the same; and what finds everything as it was publishes nothing."""
    other = Store(shutil.copytree(store.root, tmp_path / "other"))
    compacted(store)
    for one in (store, other):
        assert "unchanged" == go(replace(options, warehouse=one.root), observed_at=later(NIGHTS)).status
    night({"develop/pc": [spec("pc"), spec("last")], "develop/pt": None})
    reports = [go(replace(options, warehouse=one.root), observed_at=later(NIGHTS)) for one in (store, other)]

    assert reports[0].documents == reports[1].documents
    assert (1, 1) == (reports[0].documents["read"], reports[0].documents["removed"])
    assert reports[0].specs == reports[1].specs
    found, expected = answers(store), answers(other)
    names_the_run = {"main.snapshots", "data.snapshots"}
    assert names_the_run == {name for name in expected if found[name] != expected[name]}


def test_the_same_rows_are_the_same_files(store, tmp_path):
    """Whatever the folder, and however many processes write them."""
    other = Store(shutil.copytree(store.root, tmp_path / "other"))
    compacted(store)
    compacted(other, workers=1)

    assert store.manifest().files == other.manifest().files


def test_a_large_table_is_cut_between_packages(store, monkeypatch):
    """No file has more rows than it should; what is cut so is compact."""
    before = answers(store)
    monkeypatch.setattr(parts, "MOST_ROWS", 7)
    compacted(store)
    files = store.manifest().table("tag_specs")
    packages = [set(ask(store.root, f"select distinct package from '{store.root / file.path}'").rows) for file in files]

    assert 6 == max(file.rows for file in files)
    assert len(files) > 5 and sum(map(len, packages)) == len(set().union(*packages)) == 20
    assert before == answers(store)
    assert "unchanged" == compacted(store).status


@pytest.mark.parametrize("table", ["recent_tag_specs", "tag_specs", "gaps"])
def test_a_damaged_file_is_not_written_anew_as_if_it_were_right(store, table):
    """Its sha256 is looked at before its rows are; the release stands, and the log says why."""
    file = store.root / store.manifest().table(table)[0].path
    data = bytearray(file.read_bytes())
    data[20] ^= 1  # of the first rows, not of the footer
    file.write_bytes(data)
    for is_applied in (False, True):
        with pytest.raises(StoreError, match=rf"\(table {table}\) has another sha256.*put it back from a copy"):
            compacted(store, is_applied)

    assert NIGHTS == store.manifest().release
    assert "failed" == read_runs(store.runs)[-1].status


def test_where_rows_would_be_lost_nothing_is_published(store, monkeypatch):
    """Before it becomes current, a release is held against the one before it, row by row."""
    monkeypatch.setattr(parts, "within", lambda rows, packages: rows.collect()[1:])
    with pytest.raises(RefusedError, match="table .* would hold other rows"):
        compacted(store)

    assert NIGHTS == store.manifest().release
    assert "refused" == read_runs(store.runs)[-1].status


def test_it_is_in_the_log_of_runs(store):
    """With what it did, and no documents."""
    found = compacted(store)
    record = read_runs(store.runs)[-1]

    assert ("published", NIGHTS + 1, 0) == (record.status, record.release, record.documents_seen)
    assert f"compacted: {found.before.files} files became {found.after.files}" == record.reason


def test_while_a_run_holds_the_warehouse_it_only_says(store):
    """One writer at a time."""
    with exclusive(store.root / ".lock", "now"):
        assert "dry_run" == compacted(store, is_applied=False).status
        with pytest.raises(BusyError):
            compacted(store)


def test_a_release_of_an_older_schema_is_left_to_a_run(store, monkeypatch):
    """Its tables may be others."""
    monkeypatch.setattr(compaction, "SCHEMA_VERSION", compaction.SCHEMA_VERSION + 1)
    with pytest.raises(StoreError, match="`spack-cache-etl run` brings it up to date"):
        compacted(store)


def call(store: Store, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the warehouse and wait for it."""
    command = [sys.executable, "-m", "etl", *words, "--warehouse", str(store.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_commands_say_what_they_did(store):
    """As real processes: results on stdout, what is wrong on stderr, with the exit code that scripts know."""
    told, done = call(store, "compact"), call(store, "compact", "--apply", "--json")
    assert (0, 0, "") == (told.returncode, done.returncode, told.stderr)
    assert told.stdout.endswith("nothing was written: --apply does it\n")
    assert "published" == json.loads(done.stdout)["status"]

    checked = call(store, "verify", "--all")
    assert (0, "") == (checked.returncode, checked.stderr)
    assert "releases 1 to 5: " in checked.stdout and checked.stdout.endswith("all as the manifest has them\n")

    swept = call(store, "vacuum", "--keep-days", "0", "--grace-minutes", "0", "--apply")
    assert (0, "") == (swept.returncode, swept.stderr)
    assert swept.stdout.startswith("removed: releases 1 to 3; ") and "kept: releases 4 to 5\n" in swept.stdout

    (store.root / store.manifest().table("specs")[0].path).unlink()
    broken = call(store, "verify")
    assert 4 == broken.returncode
    assert "(table specs, release 5) is missing\n" in broken.stdout
    assert broken.stderr.startswith("error: missing or damaged in ")
