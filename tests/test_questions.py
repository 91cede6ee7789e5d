"""The page of questions: all forty, each with a view or macro that is there and was tested, or with a reason."""

import re
from pathlib import Path

import pytest

from etl.load.definitions import Definition, definitions, macros

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.*?) ?\|$", PAGE, re.MULTILINE)
ASKABLE: dict[str, Definition] = {one.name: one for one in (*definitions(), *macros())}
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("tests/sql/test_*.py"), ROOT / "tests" / "test_answers.py"])


def named(answer: str) -> list[str]:
    """The views and macros that an answer names."""
    return re.findall(r"\[(\w+)\]", answer)


def test_all_forty_questions_stand_there_once():
    """Whether they are answered or not."""
    assert list(range(1, 41)) == sorted(int(number) for number, *_ in ROWS)


@pytest.mark.parametrize(("number", "question", "answer", "note"), ROWS, ids=[row[0] for row in ROWS])
def test_a_question_has_an_answer_that_is_there_or_a_reason(number, question, answer, note):
    """Each name is that of a view or macro, and the link leads to it in the dictionary."""
    assert question.endswith("?")
    assert answer == "none" or named(answer)
    assert answer != "none" or note
    for name in named(answer):
        assert name in ASKABLE
        assert f"[{name}](data-dictionary.md#{name})" in answer


@pytest.mark.parametrize("name", sorted({name for _, _, answer, _ in ROWS for name in named(answer)}))
def test_each_answer_is_tested_by_rows(name):
    """Some test asks it, by its name: what it should say was worked out by hand there, or by plain Python."""
    assert re.search(rf'(from|join) {name}\b|\btold\(\s*"{name}"', TESTS)


def test_what_the_page_does_not_name_is_no_answer_to_a_question():
    """Every mart stands on the page, but for what compares sources and what another view is made of."""
    marts = {one.name for one in definitions() if one.layer == "marts"}

    assert {"source_matches", "source_overlap"} == marts - {name for _, _, answer, _ in ROWS for name in named(answer)}
