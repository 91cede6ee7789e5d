"""Damaged pages harm nothing, in a small round; and what looks for harm would see it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bench.forms import page
from bench.fuzz import Job, good_pages, rounds, smallest, write
from bench.mutate import MUTATIONS, Odd, mutated

ROOT = Path(__file__).resolve().parent.parent.parent


def test_damaged_pages_are_loaded_or_refused_and_harm_no_other(tmp_path):
    """150 of them, in two runs: none crashes or hangs, all are accounted for, and the good pages beside them stay as they are."""
    command = [sys.executable, "-m", "bench.fuzz", "--documents", "150", "--seed", "1", "--seconds", "30", "--keep", str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    counts = dict([cell.strip() for cell in line.split("|")[1:3]] for line in told.stdout.splitlines())

    assert (0, "") == (told.returncode, told.stderr)
    assert "150" == counts["documents"]
    assert ["0"] * 4 == [counts[name] for name in ("crashes", "hangs", "pages unaccounted for", "neighbours lost")]
    assert int(counts["loaded"]) > 20 and int(counts["rejected"]) > 20


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The job, on one good page."""
    return Job(tmp_path_factory.mktemp("fuzz"), [page("F", "develop", "zlib", "good")])


def test_a_run_that_does_not_end_is_a_hang(job, monkeypatch):
    """It is stopped."""
    monkeypatch.setattr(job, "limit", 0.01)

    assert "hang" == job.verdict([]).failure


def test_a_run_that_ends_badly_is_a_crash(job, monkeypatch):
    """Here for want of any page."""
    monkeypatch.setattr(job, "neighbours", [])
    verdict = job.verdict([])

    assert "crash" == verdict.failure
    assert "exit code 3" in verdict.words


def test_a_page_of_which_nothing_is_told_is_unaccounted(job, monkeypatch):
    """Here one that is said to be listed and is not written."""
    monkeypatch.setattr("bench.fuzz.write", lambda root, cases: write(root, cases[:1]))
    verdict = job.verdict([page("E", "develop", "gcc", "other")])

    assert "unaccounted" == verdict.failure
    assert "_cache/develop/gcc/specs.md" in verdict.words


def test_a_good_page_whose_rows_differ_is_noticed(job, monkeypatch):
    """Here one that itself became another."""
    (good,) = job.neighbours
    monkeypatch.setattr(job, "neighbours", [good.saying(good.text.replace(b'"num_specs": ', b'"num_specs": 1'))])
    verdict = job.verdict([])

    assert "neighbour" == verdict.failure
    assert "documents" in verdict.words


def test_what_is_known_of_a_spec_may_change_where_another_page_claims_its_hash(job):
    """Its page keeps its rows all the same."""
    (good,) = job.neighbours
    claiming = page("F", "v2025.07.0", "zlib", "good").saying(
        good.text.replace(b"develop]", b"v2025.07.0]").replace(b'"target": "', b'"target": "a')
    )

    assert job.verdict([claiming]).failure is None


def test_the_same_seed_damages_the_same_pages_in_the_same_way():
    """And another seed others."""
    neighbours = [page("F", "develop", "zlib", "good")]
    first, again, other = ([list(cases) for cases in rounds(40, seed, neighbours, set())] for seed in (1, 1, 2))

    assert first == again != other
    assert [20, 20] == [len(cases) for cases in first]


@pytest.mark.parametrize("layout", "ABCDEFG")
def test_what_is_mutated_differs(layout):
    """In its bytes, its files or its place; and it knows what it was."""
    good = page(layout, "untagged" if layout in "AB" else "develop", "zlib", "good")
    for seed in range(200):
        changed = mutated(good, Random(seed))

        assert (good.page, good.files) != (changed.page, changed.files)
        assert good == changed.was and changed.how


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_has_something_to_take_hold_of(name):
    """On a page of some layout it changes what it is given."""
    dice = Random(name)
    good = good_pages(60, dice, "good", set())

    assert any(MUTATIONS[name](one, dice).files != one.files for one in good)


@pytest.mark.parametrize("layout", "ABCDEFG")
def test_good_pages_of_every_layout_are_what_the_job_calls_so(layout, tmp_path):
    """All of it is read, spec files included."""
    good = [page(layout, "untagged" if layout in "AB" else "develop", f"made-up-{number}", "good") for number in range(10)]
    rows = Job(tmp_path, good).alone

    assert {layout} == {row[4] for row in rows["documents"]}
    assert [] == rows["rejects"]
    assert bool(rows["spec_dependencies"]) is (layout in "ABCD")


def test_the_smallest_part_that_fails_is_found():
    """One of many, or several that fail together only."""
    cases = [replace(page("F", "develop", "zlib", "good"), how=(str(number),)) for number in range(30)]
    for guilty in ({"7"}, {"3", "17", "29"}):
        least = smallest(cases, lambda part, guilty=guilty: guilty <= {one.how[0] for one in part})

        assert guilty == {one.how[0] for one in least}


def test_files_that_are_none_are_written_as_what_they_are(tmp_path):
    """Folder, pipe, links."""
    for odd in Odd:
        write(tmp_path / odd.name, [page("F", "develop", "zlib", "good").holding("_cache/develop/zlib/specs.md", odd)])
    places = {odd: tmp_path / odd.name / "_cache/develop/zlib/specs.md" for odd in Odd}

    assert places[Odd.FOLDER].is_dir() and places[Odd.PIPE].is_fifo()
    assert [True] * 3 == [places[odd].is_symlink() for odd in (Odd.DEAD_LINK, Odd.RING, Odd.LINK_OUT)]
    assert [False, True] == [places[odd].exists() for odd in (Odd.DEAD_LINK, Odd.LINK_OUT)]
