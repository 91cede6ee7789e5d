"""A backfill of a git history is what nightly runs of its commits would have published."""

import datetime as dt
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from etl import pipeline, reading, shards
from etl.backfill import run as backfilling
from etl.backfill.run import Bounds, backfill
from etl.config import RejectBudget, RunOptions
from etl.load.released import read_table
from etl.load.store import Store
from etl.run_report import RunReport
from etl.schema import TABLES

from .conftest import go
from .history_model import BROKEN, Night, model, show, stored
from .test_history_properties import SHARD_BYTES, histories

SETTINGS = settings(deadline=None, max_examples=6)
START = dt.datetime(2024, 1, 1, 4)
E4S, ROOT = frozenset({"e4s", "root"}), frozenset({"root"})
ZLIB, ZSTD = ("develop", "zlib"), ("develop", "zstd")
A, B = "a" * 32, "b" * 32


def time(night: int) -> dt.datetime:
    """When a night is committed."""
    return START + dt.timedelta(days=night)


def git(folder: Path, *arguments: str, **environment: str) -> str:
    """Run git as a user does; what it writes, without the line's end."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], env=outer | environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, when: dt.datetime) -> str:
    """Commit all that lies in a folder; its id."""
    git(folder, "add", "--all")
    stamp = f"@{int(when.replace(tzinfo=dt.UTC).timestamp())} +0100"
    git(folder, "commit", "--quiet", "--message=night", "--allow-empty", GIT_COMMITTER_DATE=stamp, GIT_AUTHOR_DATE="@1 +0000")
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path, nights: Sequence[Night]) -> list[str]:
    """A repository with a commit a night; their ids."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    commits = []
    for number, night in enumerate(nights):
        show(night, folder)
        commits.append(commit(folder, time(number)))
    return commits


def options(folder: Path, name: str = "warehouse", source: str = "public") -> RunOptions:
    """A run that takes whatever it finds in the repository of a folder."""
    location = f"git+{folder / 'repository'}"
    return RunOptions(folder / name, ((source, location),), max_rejects=RejectBudget(share=1.0), accept_shrink=True)


def fill(told: RunOptions, since: int | None = None, until: int | None = None, every: str = "commit") -> tuple[RunReport, list[str]]:
    """A backfill of some nights, by their numbers; what became of it, and what it left out."""
    report = RunReport()
    bounds = Bounds(*(None if night is None else time(night) for night in (since, until)), every)  # type: ignore[arg-type]
    return report, backfill(told, bounds, report, lambda *_: None)


def nightly(folder: Path, commits: Sequence[str]) -> Path:
    """The warehouse that runs of the commits, one by one, publish."""
    told = options(folder, "nightly")
    for one in commits:
        go(told, sources=((told.sources[0][0], f"{told.sources[0][1]}@{one}"),))
    return told.warehouse


def contents(warehouse: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, and of the snapshots, but for the run that took them; and but for which specs are held to be unsettled.

    A run that reads little finds out late that a spec is settled again. Nothing is wrong meanwhile; it only reads more.
    """
    manifest = Store(warehouse).manifest()
    assert manifest is not None
    rows = {
        name: sorted(read_table(warehouse, manifest.files, name).collect().rows(), key=repr) for name in TABLES if name != "unsettled_specs"
    }
    shots = [
        (one.source, one.snapshot_id, one.observed_at, one.revision, one.document_count, one.changed_document_count, one.spec_count)
        for one in manifest.snapshots
    ]
    return rows | {"snapshots": sorted(shots), "inputs": sorted(manifest.inputs.items())}


@contextmanager
def cut_into(shard_bytes: int) -> Iterator[Path]:
    """A folder, and shards of so many bytes in all runs."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in (pipeline, backfilling):
            patch.setattr(module, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, shard_bytes))
        yield Path(folder)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES)
def test_a_backfill_comes_to_the_history(nights, shard_bytes):
    """Open and ended rows, gaps and stale pages are those of the model."""
    with cut_into(shard_bytes) as folder:
        repository(folder / "repository", nights)
        told = options(folder)
        report, _ = fill(told)

        assert "published" == report.status
        assert model(nights) == stored(told.warehouse)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES)
def test_a_backfill_publishes_what_nightly_runs_publish(nights, shard_bytes):
    """Every table, every snapshot, row by row."""
    with cut_into(shard_bytes) as folder:
        commits = repository(folder / "repository", nights)
        told = options(folder)
        fill(told)

        assert contents(nightly(folder, commits)) == contents(told.warehouse)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES, st.data())
def test_what_came_later_is_added_as_nightly_runs_add_it(nights, shard_bytes, data):
    """Some nights by a backfill, the others by another."""
    with cut_into(shard_bytes) as folder:
        commits = repository(folder / "repository", nights)
        told = options(folder)
        until = data.draw(st.integers(0, len(nights) - 1))
        fill(told, until=until)
        report, _ = fill(told)

        assert ("published" if until < len(nights) - 1 else "unchanged") == report.status
        assert contents(nightly(folder, commits)) == contents(told.warehouse)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES, st.data())
def test_what_came_earlier_is_put_before(nights, shard_bytes, data):
    """And what came later behind, in one release: what goes on across the old first snapshot is one row.

    What that snapshot could not know of the time before it does not learn: here it could read and observe all.
    """
    first = data.draw(st.integers(0, len(nights) - 1))
    last = data.draw(st.integers(first, len(nights) - 1))
    assume(BROKEN not in nights[first].pages.values() and not model([nights[first]]).gaps)
    with cut_into(shard_bytes) as folder:
        repository(folder / "repository", nights)
        told, whole = options(folder), options(folder, "whole")
        fill(told, since=first, until=last)
        fill(told)
        fill(whole)
        expected, got = (contents(one.warehouse) for one in (whole, told))
        for found in (expected, got):
            shot = found["snapshots"][first]
            found["snapshots"][first] = (*shot[:5], *shot[6:])  # of the first of all, every document counts as changed

        assert expected == got


NIGHTS = [
    Night({ZLIB: [(A, E4S)], ZSTD: [(B, E4S)]}, {"develop": E4S}),
    Night({ZLIB: BROKEN, ZSTD: [(B, ROOT)]}, {"develop": E4S}),
    Night({ZLIB: [(A, ROOT)]}, {"develop": E4S}),
    Night({ZLIB: BROKEN, ZSTD: [(B, E4S)]}, {"develop": E4S}),
]
UNSEEN = {(2, "develop", "e4s"), (3, "develop", "e4s")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a repository of those nights."""
    repository(tmp_path / "repository", NIGHTS)
    return tmp_path


def test_the_history_of_a_few_nights(folder):
    """Worked out by hand: zlib breaks twice, zstd goes and comes back, e4s is listed and not named on the nights between."""
    told = options(folder)
    report, notes = fill(told)
    found = stored(told.warehouse)

    assert ("published", 1, [1, 2, 3, 4], []) == (report.status, report.release, [one["snapshot_id"] for one in report.snapshots], notes)
    assert {
        ("develop", "zlib", A, "e4s", True, 1, None),
        ("develop", "zstd", B, "e4s", True, 1, 3),
        ("develop", "zstd", B, "e4s", True, 4, None),
    } == found.tag_specs
    assert (UNSEEN, {ZLIB}) == (found.gaps, found.stale)


def test_the_rejects_are_those_of_the_last_commit(folder):
    """As a run of it alone has them, but for the number of the snapshot."""
    told, alone = options(folder), options(folder, "alone")
    fill(told)
    go(alone)

    assert [(one[0], 4, *one[2:]) for one in contents(alone.warehouse)["rejects"]] == contents(told.warehouse)["rejects"]


def test_a_hash_that_two_packages_claimed_is_one_spec(tmp_path):
    """Also when the page that lost it stays and the other goes: it has moved then, as nightly runs have it."""
    both = Night({ZLIB: [(B, E4S)], ZSTD: [(B, E4S)]})
    commits = repository(tmp_path / "repository", [both, Night({ZSTD: [(B, E4S)]}), Night({ZLIB: [(A, E4S)]})])
    told = options(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        for module in (pipeline, backfilling):
            patch.setattr(module, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, 1))
        fill(told, until=1)
        expected = contents(nightly(tmp_path, commits[:2]))
        got = contents(told.warehouse)
        fill(told)

    assert expected == got
    assert [A, B] == sorted(row[0] for row in contents(told.warehouse)["specs"])


def test_nothing_new_publishes_nothing(folder):
    """Neither a second backfill nor a nightly run of the last commit."""
    told = options(folder)
    fill(told)

    assert ("unchanged", 1) == (fill(told)[0].status, fill(told)[0].release)
    assert ("unchanged", 1) == (go(told).status, Store(told.warehouse).manifest().release)


def test_a_nightly_run_goes_on_from_a_backfill(folder):
    """As if nightly runs had come before it."""
    told = options(folder)
    fill(told, until=2)
    go(told)
    whole = options(folder, "whole")
    fill(whole)

    assert contents(whole.warehouse) == contents(told.warehouse)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES)
def test_runs_that_read_only_changes_go_on_from_a_backfill(nights, shard_bytes):
    """They come to what runs come to that read everything each night."""
    with cut_into(shard_bytes) as folder, pytest.MonkeyPatch.context() as patch:
        commits = repository(folder / "repository", nights)
        patch.setattr(reading, "MOST", -1.0)
        expected = contents(nightly(folder, commits))
        told = options(folder)
        filled = max(1, len(commits) // 2)
        fill(told, until=filled - 1)
        patch.setattr(reading, "MOST", 1.0)
        for one in commits[filled:]:
            go(told, sources=((told.sources[0][0], f"{told.sources[0][1]}@{one}"),))

        assert expected == contents(told.warehouse)


def test_files_of_what_had_ended_stay(folder):
    """What is added later adds files."""
    told = options(folder)
    lasting = []
    for night in (2, 3):
        fill(told, until=night)
        files = Store(told.warehouse).manifest().files
        lasting.append({one.path for one in files if one.table.startswith("ended_") or one.table == "gaps"})

    assert lasting[0] and lasting[0] <= lasting[1]


def test_commits_between_snapshots_are_left_out_and_said_so(folder):
    """History is added before and after, never into it."""
    told = options(folder)
    commits = git(folder / "repository", "log", "--reverse", "--format=%H").split()
    for one in (commits[0], commits[2]):
        go(told, sources=(("public", f"{told.sources[0][1]}@{one}"),))
    report, notes = fill(told)

    assert ("published", [3]) == (report.status, [one["snapshot_id"] for one in report.snapshots])
    assert ["1 commits lie between snapshots that are there: left out"] == notes


@pytest.mark.parametrize("since", [0, 2])
def test_other_sources_stay_as_they_are(folder, since):
    """Their rows and snapshots, whether history is added behind (0) or before and behind (2); the specs that both have are one."""
    told, other, alone = options(folder), options(folder, source="other"), options(folder, "alone")
    fill(other)
    before = contents(other.warehouse)
    for one in (told, alone):
        fill(one, since=since, until=2)
        fill(one)
    after, expected = contents(told.warehouse), contents(alone.warehouse)

    for name, rows in expected.items():
        if name == "snapshots" or (name in TABLES and "source" in TABLES[name].columns):
            assert (before[name], rows) == tuple([row for row in after[name] if row[0] == source] for source in ("other", "public"))
    assert before["specs"] == after["specs"]


def test_the_gates_look_at_the_last_state(folder):
    """Rejects of the last commit are over the budget; what it lost since the last release is."""
    told = options(folder)
    refused, _ = fill(RunOptions(told.warehouse, told.sources))

    assert ("refused", None) == (refused.status, refused.release)
    assert "1 of 2 documents have rejects" in refused.reason


def test_the_last_commit_of_a_day_stands_for_it(folder):
    """Two on one day are one snapshot."""
    show(Night({ZLIB: [(B, E4S)]}), folder / "repository")
    commit(folder / "repository", time(3) + dt.timedelta(hours=1))
    told = options(folder)
    report, _ = fill(told, every="day")

    assert [1, 2, 3, 4] == [one["snapshot_id"] for one in report.snapshots]
    assert {("develop", "zlib", B)} == {row[:3] for row in stored(told.warehouse).tag_specs if row[-1] is None}


def test_what_was_read_is_not_read_again(folder, monkeypatch):
    """A backfill that died when all was read goes on from there; once it has published, nothing of it is left."""
    from etl.backfill import versions

    told = options(folder)
    with monkeypatch.context() as patch:
        patch.setattr(backfilling, "build_range", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fill(told)
    kept = list((told.warehouse / "state" / "backfill").glob("*/*"))
    monkeypatch.setattr(versions, "_pieces", lambda _: pytest.fail("it reads again"))
    report, _ = fill(told)

    assert kept
    assert ("published", []) == (report.status, list((told.warehouse / "state" / "backfill").iterdir()))


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from etl import shards
from etl.backfill import run
from etl.backfill.run import Bounds
from etl.config import RejectBudget, RunOptions
from etl.run_report import RunReport

run.plan = lambda listed, known=frozenset(): shards.plan(listed, known, 1)
folder = Path(sys.argv[1])
source = (("public", f"git+{folder / 'repository'}"),)
options = RunOptions(folder / "killed", source, max_rejects=RejectBudget(share=1.0), accept_shrink=True)
run.backfill(options, Bounds(), RunReport(), lambda *_: None)
"""


def test_a_backfill_that_is_killed_goes_on_to_the_same_files(folder):
    """Killed at random moments, again and again; the files are byte by byte those of one that was not."""
    whole = options(folder, "whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backfilling, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, 1))
        fill(whole)
    command = [sys.executable, "-c", SCRIPT, str(folder), str(Path(__file__).resolve().parents[2])]
    for _ in range(5):
        process = subprocess.Popen(command)
        while process.poll() is None and not any((folder / "killed" / "state").glob("backfill/*")):
            sleep(0.01)
        sleep(random.uniform(0, 0.5))
        process.kill()
        process.wait()
    subprocess.run(command, check=True)
    killed, expected = (Store(one).manifest() for one in (folder / "killed", whole.warehouse))

    assert expected.files == killed.files
    assert all((folder / "killed" / one.path).read_bytes() == (whole.warehouse / one.path).read_bytes() for one in expected.files)


def test_the_command_says_what_it_did(folder):
    """One JSON object on stdout, what was left out on stderr; a plain path is a repository too."""
    command = [sys.executable, "-m", "etl", "backfill", f"public={folder / 'repository'}", "--ref", "main", "--json", "--workers", "1"]
    command += ["--warehouse", str(folder / "warehouse"), "--max-rejects", "100%", "--since", str(time(0)), "--until", f"{time(2)}+00:00"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)

    assert ("published", 3, "") == (report["status"], len(report["snapshots"]), done.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["site+place"], "is no git repository"),
        (["repository", "--every", "week"], "choose commit or day"),
        (["repository", "--since", "then"], "give an ISO time"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why(tmp_path, arguments, words):
    """And exits with 2."""
    command = [sys.executable, "-m", "etl", "backfill", *arguments, "--warehouse", str(tmp_path / "warehouse")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert 2 == done.returncode
    assert words in done.stderr


SHARED = Path(__file__).resolve().parents[3] / "shared"
BUNDLE = SHARED / "corpus" / "history.bundle"


@pytest.mark.skipif(not (SHARED / "documents").is_dir(), reason="../shared/documents is not here")
@pytest.mark.parametrize("start", [0, 9])
def test_pages_of_every_layout_come_to_what_nightly_runs_publish(tmp_path, start):
    """Real pages, a folder a night; now and then two pages for one package, a broken one, and a fresh start."""
    folder, choose = tmp_path / "repository", random.Random(start)
    folder.mkdir()
    git(folder, "init", "--quiet")
    commits = []
    for number, one in enumerate(sorted((SHARED / "documents").glob("*/_cache"))[start : start + 7]):
        if choose.random() < 0.4:
            shutil.rmtree(folder / "_cache", ignore_errors=True)
        for file in (file for file in one.rglob("*") if file.is_file()):
            place = folder / "_cache" / file.relative_to(one)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"---" if choose.random() < 0.1 else file.read_bytes())
            if choose.random() < 0.2:
                place.with_name("index.md").write_bytes(file.read_bytes())
        commits.append(commit(folder, time(number)))
    told = options(tmp_path)
    fill(told)

    assert contents(nightly(tmp_path, commits)) == contents(told.warehouse)


@pytest.mark.skipif(not BUNDLE.is_file(), reason="../shared/corpus is not here")
def test_a_real_history_shows_each_commit_as_a_fresh_load_of_it(tmp_path):
    """As of each of its 11 commits, the rows are those that a run of that commit alone publishes."""
    told = RunOptions(tmp_path / "whole", (("nights", f"git+{BUNDLE}@nights"),), max_rejects=RejectBudget(count=0))
    report, _ = fill(told)
    manifest = Store(told.warehouse).manifest()
    columns = {"tag_specs": ["tag", "package", "spec_hash", "stacks_text", "is_in_root"], "memberships": ["tag", "stack", "spec_hash"]}

    assert 11 == len(report.snapshots)
    assert not stored(told.warehouse, "nights").gaps
    git(tmp_path, "clone", "--quiet", "--bare", str(BUNDLE), "nights.git")
    for shot in manifest.snapshots[::5]:
        alone = RunOptions(tmp_path / f"alone{shot.snapshot_id}", (("nights", f"git+{tmp_path / 'nights.git'}@{shot.revision}"),))
        go(alone)
        for table, names in columns.items():
            fresh = read_table(alone.warehouse, Store(alone.warehouse).manifest().files, table).select(names).collect()
            assert set(fresh.rows()) == as_of(told.warehouse, table, names, shot.snapshot_id)


def as_of(warehouse: Path, table: str, columns: list[str], snapshot: int) -> set[tuple[object, ...]]:
    """The rows that stood in a snapshot."""
    files = Store(warehouse).manifest().files
    still = pl.col("from_snapshot_id") <= snapshot
    rows = [read_table(warehouse, files, table).filter(still), read_table(warehouse, files, f"ended_{table}").filter(still)]
    rows[1] = rows[1].filter(pl.col("to_snapshot_id") > snapshot)
    return {row for frame in rows for row in frame.select(columns).collect().rows()}
