"""The promises on publishing hold in a short round of torture; and what looks for broken ones would see them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import Failed
from bench.torture import carried_out
from bench.torture_cases import Case, Skipped, missing_steps
from bench.torture_checks import answer, faults, rows
from bench.torture_lanes import KINDS, Trace
from etl.load.steps import STEPS

ROOT = Path(__file__).resolve().parent.parent.parent
GROUPS = (
    "killed at a named step",
    "killed at a random moment",
    "ENOSPC at a call",
    "EIO at a call",
    "files limited in size",
    "clock that went back",
    "two runs at once",
    "steps, each reached by some run",
    "published under readers",
    "releases that readers saw",
)


def test_a_short_round_breaks_no_promise():
    """A few cases of each kind, as real processes."""
    told = subprocess.run([sys.executable, "-m", "bench.torture", "--short"], cwd=ROOT, capture_output=True, text=True, check=False)
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in told.stdout.splitlines() if line.startswith("|")]
    found = {what: (cases, errors) for what, cases, errors in cells[2:]}

    assert (0, "") == (told.returncode, told.stderr)
    assert {"0"} == {errors for _, errors in found.values()}
    assert all(int(found[group][0].replace(",", "")) > 0 for group in GROUPS)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A warehouse that nothing was done to: the embedded sample."""
    root = tmp_path_factory.mktemp("torture") / "warehouse"
    subprocess.run([sys.executable, "-m", "etl", "run", "--warehouse", root, "--workers", "1"], cwd=ROOT, capture_output=True, check=True)
    return root


def test_a_warehouse_that_is_well_has_no_faults(sound):
    """And its question is answered by its manifest."""
    assert [] == list(faults(sound))
    assert (1, rows(sound)["tag_specs"][0]) == answer(sound)[:2]


def _cut(root: Path) -> None:
    path = next((root / "data" / "specs").glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1])


def _exchange(root: Path) -> None:
    path = next((root / "data" / "specs").glob("*.parquet"))
    path.write_bytes(bytes(len(path.read_bytes())))


def _stop(root: Path) -> None:
    (root / "staging" / "run").mkdir(parents=True)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_cut, "not as the manifest has it"),
        (_exchange, "not as the manifest has it"),
        (_stop, "left over: staging"),
        (lambda root: next((root / "data" / "tags").glob("*.parquet")).unlink(), "missing"),
        (lambda root: (root / "data" / "tags" / "tags-0.parquet").touch(), "left over: data/tags/tags-0.parquet"),
        (lambda root: (root / "manifests" / "000001.json.part").touch(), "left over: manifests/000001.json.part"),
        (lambda root: (root / "views.sql").write_text("-- views of release 7."), "views.sql is of another release"),
        (lambda root: (root / "runs" / "one.json").write_text('{"status": "running"}'), "said to be running"),
        (lambda root: (root / "manifest.json").unlink(), "no manifest.json"),
    ],
)
def test_what_is_wrong_is_seen(sound, tmp_path, harm, words):
    """Each kind of harm by its own words."""
    root = tmp_path / "warehouse"
    shutil.copytree(sound, root)
    harm(root)

    assert any(words in fault for fault in faults(root))


def test_a_step_that_no_run_reaches_is_told():
    """Nothing would be known of what happens there."""
    lines = [f"step {step}" for step in STEPS if step != "data safe"]

    assert ["data safe"] == missing_steps({KINDS[0]: Trace(lines, 1.0)})


def test_cases_are_counted_by_what_became_of_them():
    """Well, with errors, ended badly, left out for a reason, or for want of time."""

    def ends_badly(lane):
        raise Failed("exit code 1")

    def cannot(lane):
        raise Skipped("no root")

    cases = [Case("a", "1", lambda lane: []), Case("a", "2", lambda lane: ["lost"]), Case("a", "3", ends_badly), Case("b", "4", cannot)]
    found = carried_out([None], cases, float("inf"))
    late = carried_out([None], cases[:1], 0)

    assert (3, ["2: lost", "3: exit code 1"]) == (found["a"].count, found["a"].errors)
    assert (0, {"no root": 1}) == (found["b"].count, found["b"].left_out)
    assert {"there was no time": 1} == late["a"].left_out
