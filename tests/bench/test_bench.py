"""The benchmark runs to its end and compares what it says it compares; its figures are in docs/performance.md."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import Answer, Figure, answer_tables, table
from bench.generate import cache, write
from bench.history import NIGHTLY
from bench.measure import written
from etl.load.definitions import definitions, macros

ROOT = Path(__file__).resolve().parent.parent.parent


def bench(module, *arguments):
    """What a module prints."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_the_benchmark_sets_every_figure_beside_its_target(tmp_path):
    """A small cache, timed once: every step was measured, and the cache is kept as it was made."""
    found = json.loads(bench("bench", "--specs", "2000", "--runs", "1", "--keep", str(tmp_path), "--json"))
    fresh = tmp_path / "fresh"
    write(fresh, *cache(2_000))

    assert {"orjson", "cold", "unchanged", "changed", "night", "all"} == found["measured"]["seconds"].keys()
    assert all(row["is_met"] in (True, False) for row in found["figures"] if row["target"] is not None)
    assert 0 < found["measured"]["changed"]["changed"] < 0.05 * found["cache"]["documents"]
    assert found["cache"]["documents"] == found["measured"]["changed"]["all"]
    assert 0 == found["measured"]["written"]["unchanged"] < found["measured"]["written"]["all"] <= found["measured"]["release"]["all"]
    assert {one.name for one in (*definitions(), *macros())} == {row["view"] for row in found["measured"]["answers"]}
    assert sum(1 for _ in fresh.rglob("specs.md")) == found["cache"]["documents"]
    assert [] == [page for page in fresh.rglob("specs.md") if page.read_bytes() != _kept(tmp_path, fresh, page).read_bytes()]


def test_a_history_is_timed_beside_git_alone_and_night_by_night(tmp_path):
    """A small one: every night runs, and running again writes nothing."""
    told = bench("bench", "--history", "--documents", "100", "--nights", "8", "--runs", "1", "--keep", str(tmp_path), "--json")
    measured = json.loads(told)["measured"]
    nights, unchanged = measured["nights"], measured["unchanged"]

    assert 0 < measured["git"]["median"] < measured["backfill"]["seconds"]["median"]
    assert 0 < measured["backfill"]["ended"] and 0 < measured["backfill"]["release_bytes"]
    assert measured["first"]["written_bytes"] == measured["first"]["release_bytes"] > 0
    assert NIGHTLY == len(nights)
    assert [bool(night["changed"]) for night in nights] == [bool(night["written_bytes"]) for night in nights]
    assert (0, 0) == (unchanged["changed"], unchanged["written_bytes"])


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    """A folder where the answers of a small cache after three nights were timed, and what was told of them."""
    folder = tmp_path_factory.mktemp("bench")
    told = bench("bench", "--answers", "--specs", "2000", "--runs", "1", "--keep", str(folder), "--json")
    return folder / "answers-2000", json.loads(told)


def test_every_answer_is_set_beside_raw_pages_where_they_have_something_to_say(timed):
    """What several nights tell is asked of the pages of each; what was out of sight, and the job itself, no page tells of."""
    answers = {one["view"]: one for one in timed[1]["answers"]}

    assert 0 < timed[1]["opening_ms"]
    assert {one.name for one in (*definitions(), *macros())} == answers.keys()
    assert ("same", "same", "history", None) == tuple(answers[view]["kind"] for view in ("tags", "changes", "gaps", "runs"))
    assert all((one["kind"] is None) == (one["raw_ms"] is None) for one in answers.values())
    assert all(answers[view]["row_count"] for view in ("tags", "coverage_gaps", "changes", "compare_times", "runs"))


def test_a_gain_is_how_many_times_an_answer_is_faster():
    """Without raw pages there is none; the least gain comes first, those without one last."""
    fast, slow, other = Answer("fast", 1, 2, "same", 100, 200), Answer("slow", 1, 2, "least", 90, 200), Answer("other", 1, 2, None, None)

    told = answer_tables([other, fast, slow], 20)

    assert (50, 45, None) == (fast.gain, slow.gain, other.gain)
    assert told.index("| slow") < told.index("| fast") < told.index("| other")
    assert (100, 100, None) == (fast.gain_over_all, slow.gain_over_all, other.gain_over_all)
    assert "1 of 2 answers are at least 50 times faster, the middle one 48 times, than the raw pages that they are about" in told
    assert "2 of 2 answers are at least 50 times faster, the middle one 100 times, than reading all pages once" in told


def test_what_is_written_is_what_the_release_before_had_not():
    """Files that went count for nothing."""
    assert 2 == written({"kept": 8, "gone": 4}, {"kept": 8, "new": 2})


def _kept(folder, fresh, page):
    return folder / "cache-2000" / page.relative_to(fresh)


def test_the_profile_explains_a_run_step_by_step(tmp_path):
    """Each step has its seconds; it calls the same functions as a run does."""
    write(tmp_path, *cache(500))

    told = bench("bench.profile", str(tmp_path))

    assert all(f"| {step} " in told for step in ("list the documents", "read", "build tables", "write Parquet", "publish", "all of it"))


@pytest.mark.parametrize(("ratio", "is_limit", "is_met"), [(2.4, True, True), (2.6, True, False), (26, False, True), (24, False, False)])
def test_a_target_is_the_most_or_the_least_that_is_allowed(ratio, is_limit, is_met):
    """Time and size have limits, gains have floors."""
    assert is_met is Figure("run", "1 s", ratio, "x", 2.5 if is_limit else 25, is_limit).is_met


def test_tables_line_up():
    """Cells are padded to the widest of their column."""
    assert "| a   | b |\n| --- | - |\n| ccc | d |" == table(("a", "b"), [("ccc", "d")])
