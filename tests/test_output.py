"""Answers as text, where a terminal is narrow and where none is."""

from etl.output import Format, rendered
from etl.query import Answer

LONG = Answer(["name", "question"], [("stack_contents", "Which stacks of develop hold the most specs, and how many are theirs alone?")])


def test_a_table_is_as_wide_as_its_content_where_no_terminal_is():
    """What reads it wants all of it."""
    assert "and how many are theirs alone?" in rendered(LONG, Format.table)


def test_on_a_terminal_a_table_is_cut_to_the_line():
    """The widest column gives way, and says so; every row is one line still."""
    lines = rendered(LONG, Format.table, 60).splitlines()

    assert 3 == len(lines)
    assert max(map(len, lines)) <= 60
    assert lines[2].startswith("stack_contents") and lines[2].endswith("\u2026")


def test_a_form_for_programs_is_never_cut():
    """Whatever the terminal is."""
    assert [rendered(LONG, form) for form in (Format.csv, Format.json, Format.markdown)] == [
        rendered(LONG, form, 20) for form in (Format.csv, Format.json, Format.markdown)
    ]
