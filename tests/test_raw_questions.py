"""What a view answers, DuckDB answers from the pages alone too: else the two times of `bench.answers` could not be set side by side."""

import datetime as dt
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bench.answers import Asked, asked, kept_nights
from bench.generate import Build, Configuration, Tag, cache, document, pages
from bench.raw import Night, all_pages, raw_statement
from bench.raw_history import HISTORY
from bench.raw_marts import MARTS
from bench.raw_questions import QUESTIONS
from etl.config import RunOptions
from etl.pipeline import run
from etl.query import ask
from etl.run_report import RunReport

WHOLE, POOR, RELEASE = Tag("develop-2025-07-06", 721), Tag("develop-2025-06-29", 714), Tag("v0.18.0", 650)
TAGS = (POOR, WHOLE, RELEASE)
NIGHTS = ((700, dt.datetime(2026, 10, 12, 4)), (721, dt.datetime(2026, 11, 2, 4)), (728, dt.datetime(2026, 11, 22, 4)))
# Columns of examples that pages do not tell: the source, which they have no name for, when runs were, makers of targets, what was refused.
UNTOLD = {
    "freshness": {"hours_since_run", "is_complete", "last_changed_at", "last_run_at", "last_run_status", "source"},
    "package_sizes": {"source"},
    "page_configurations": {"source"},
    "page_consistency": {"rejected_document_count", "stale_document_count"},
    "repeated_claims": {"source"},
    "snapshots": {"source"},
    "stack_sizes": {"source"},
    "tag_completeness": {"source"},
    "tags": {"kind"},
    "targets": {"vendor"},
}
# When a run was, which this example asks for, no page says; but how far pages agree with themselves, which the view tells too.
ASKED_INSTEAD = {"freshness": "select document_count, unequal_claim_count from freshness"}
# No tag of the made-up nights claims more than it holds, and no page the builds of another package.
WITHOUT_ROWS = {"page_configurations", "repeated_claims", "tag_completeness"}


@dataclass(frozen=True)
class Kept:
    """A warehouse that has seen three nights of a small cache, and the pages of each."""

    warehouse: Path
    nights: list[Night]
    questions: dict[str, Asked]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Three nights in which all happens that a view tells of."""
    place = tmp_path_factory.mktemp("raw")
    warehouse, folder = place / "warehouse", place / "cache"
    for number, (night, observed_at) in enumerate(NIGHTS, 1):
        shutil.rmtree(folder, ignore_errors=True)
        _write(folder, number, Tag("develop", night, keeps_all=True))
        options = RunOptions(warehouse, (("public", str(folder)),), observed_at=observed_at, accept_shrink=True)
        run(options, RunReport(), lambda *_: None)
        if number < len(NIGHTS):
            shutil.copytree(folder, place / "nights" / str(number))
    return Kept(warehouse, kept_nights(warehouse, folder), {one.view: one for one in asked(warehouse, has_nights=True)})


def _write(folder: Path, number: int, develop: Tag) -> None:
    """The pages of a night, some of them with what made-up ones have not of themselves."""
    world, _ = cache(1_500)
    places = {package.name: place for place, package in enumerate(world)}
    for tag, package, made in pages(world, (develop, *TAGS)):
        place, builds = places[package.name], made
        if tag == develop:
            builds = _of_develop(made, number, place)
        elif tag == POOR and number == len(NIGHTS) and place > 3:
            builds = []  # a tag loses most of what it had
        elif tag == RELEASE and place % 5 == 0:
            builds = []  # a release has not all that develop has
        elif tag == WHOLE and place % 5 == 3:  # pages differ about a build
            builds = [replace(made[0], configuration=_elsewhere(made[0].configuration)), *made[1:]]
        if builds:
            text = document(package.name, tag, builds)
            if tag == WHOLE and place % 5 == 4:  # a page claims less than it holds, and an operating system more
                text = text.replace(f'"num_specs": {len(builds)},', f'"num_specs": {len(builds) - 1},').replace(
                    '"oss": [', '"oss": ["beos", '
                )
            page = folder / "_cache" / tag.name / package.name / "specs.md"
            page.parent.mkdir(parents=True)
            page.write_text(text)


def _of_develop(builds: list[Build], number: int, place: int) -> list[Build]:
    """A package of develop on a night: each fifth is away for one, or gets a version with the last, or leaves stacks with it."""
    if place % 5 == 0 and number == 2:
        return []
    newest = max(
        (build.configuration.version for build in builds), key=lambda version: [int(part) for part in re.findall("[0-9]+", version)]
    )
    if place % 5 == 1 and number < len(NIGHTS):
        return [build for build in builds if build.configuration.version != newest]
    if place % 5 == 2 and number == len(NIGHTS):
        return [replace(one, configuration=replace(one.configuration, stacks=())) if one.spec_hash < "i" else one for one in builds]
    return builds


def _elsewhere(configuration: Configuration) -> Configuration:
    return replace(configuration, machine=replace(configuration.machine, platform="zos"))


@pytest.mark.parametrize("view", sorted({*QUESTIONS, *MARTS, *HISTORY}))
def test_pages_answer_as_the_view_does(kept, view):
    """The same rows, but for the columns that pages do not tell; rows that the example puts in no order may stand in any."""
    question = kept.questions[view]
    answer, raw = ask(kept.warehouse, question.example), duckdb.connect().execute(raw_statement(kept.nights, question.raw))
    columns = [column[0] for column in raw.description]
    told = [dict(zip(columns, row, strict=True)) for row in raw.fetchall()]
    given = ask(kept.warehouse, ASKED_INSTEAD[view]) if view in ASKED_INSTEAD else answer
    both = [column for column in given.columns if column in columns]

    assert "same" == question.raw.kind
    assert UNTOLD.get(view, set()) == set(answer.columns) - set(columns)
    assert (view not in WITHOUT_ROWS) == bool(given.rows)
    assert _rows((dict(zip(given.columns, row, strict=True)) for row in given.rows), both) == _rows(told, both)


def _rows(rows: Iterable[dict[str, object]], columns: Sequence[str]) -> list[str]:
    return sorted(repr([_plain(row[column]) for column in columns]) for row in rows)


def _plain(value: object) -> object:
    """Numbers of any type, as near as adding them up in any order comes."""
    return round(float(value), 9) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def test_every_view_is_asked_of_pages_unless_they_do_not_tell(kept):
    """What was refused no page says, and pages that are there were never out of sight; without kept nights none tells of several."""
    now_alone = {one.view: one.raw.kind for one in asked(kept.warehouse, has_nights=False) if one.raw is not None}

    assert {"gaps", "rejects"} == {view for view, one in kept.questions.items() if one.raw is not None and one.raw.kind != "same"}
    assert {*HISTORY, "gaps", "rejects"} == {view for view, kind in now_alone.items() if kind != "same"}
    assert "history" == now_alone["changes"]


def test_a_question_reads_the_pages_of_its_nights_alone(kept):
    """What came last night is told by the last two; what all pages are read for is read of the same nights."""
    statement = raw_statement(kept.nights, kept.questions["changes"].raw)
    least = raw_statement(kept.nights, all_pages(kept.questions["changes"].raw))

    assert [False, True, True] == [f"'{night.folder}/_cache/*/*/specs.md'" in statement for night in kept.nights]
    assert [False, True, True] == [f"'{night.folder}/_cache/*/*/specs.md'" in least for night in kept.nights]
