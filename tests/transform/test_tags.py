"""What a tag's name tells: its kind, and a weekly's date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.tags import Tag, tag

WEEKLIES = [
    ("develop-2023-05-14", date(2023, 5, 14)),
    ("develop-2024-04-14", date(2024, 4, 14)),
    ("develop-2025-07-13", date(2025, 7, 13)),
    ("develop-2024-02-29", date(2024, 2, 29)),  # a leap day
]
RELEASES = [
    "v0.18",
    "v0.19",
    "v0.20",
    "v0.18.0",
    "v0.20.3",
    "v0.22.4",
    "v0.23.1",
    "v1.0.0",
    "v1.1",
    "v2025.07.0",
    "v2025.11.0",
    "v10.20.30",
]
NO_DAYS = [
    "develop-2023-02-29",  # no leap year
    "develop-2024-02-30",
    "develop-2024-04-31",
    "develop-2024-13-01",
    "develop-2024-00-10",
    "develop-2024-01-00",
    "develop-0000-01-01",
    "develop-9999-99-99",
]
OTHERS = [
    "untagged",
    "main",
    "root",
    "Develop",
    "develop ",
    "develop\n",
    "develop-",
    "develop-2024",
    "develop-2024-1-7",
    "develop-20240107",
    "develop-2024-W01-1",
    "develop-2024-01-07-rc1",
    "develop-2024-01-07\n",
    "xdevelop-2024-01-07",
    "develop-٢٠٢٤-٠١-٠٧",
    "v0",
    "v0.18.",
    "v0.18.0.1",
    "v0.18.0-rc1",
    "v0.18.0\n",
    "0.18.0",
    "V0.18.0",
    "releases/v0.18",
    "v",
    "'",
    "",
]


def test_develop_is_a_kind_of_its_own() -> None:
    """Only `develop` itself changes nightly, and it has no date."""
    assert Tag("develop", "develop", None) == tag("develop")


@pytest.mark.parametrize(("name", "tag_date"), WEEKLIES)
def test_a_weekly_has_the_date_in_its_name(name: str, tag_date: date) -> None:
    """A frozen `develop-YYYY-MM-DD` is a weekly of that day."""
    assert Tag(name, "weekly", tag_date) == tag(name)


@pytest.mark.parametrize("name", RELEASES)
def test_a_release_has_two_or_three_numbers_and_no_date(name: str) -> None:
    """`v0.18` and `v0.18.0` are both releases; v2025.07.0 names a month, and that is no date."""
    assert Tag(name, "release", None) == tag(name)


@pytest.mark.parametrize("name", NO_DAYS)
def test_a_day_that_no_calendar_has_makes_no_weekly(name: str) -> None:
    """The form of a weekly with an impossible date is `other`, without a date."""
    assert Tag(name, "other", None) == tag(name)


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_name_is_other(name: str) -> None:
    """A name that is nearly a tag is not guessed at; `untagged` stands for the layouts that have none."""
    assert Tag(name, "other", None) == tag(name)


@given(st.text())
def test_any_text_is_a_tag(name: str) -> None:
    """No text fails, and the name is kept as it came."""
    row = tag(name)

    assert name == row.tag
    assert row.kind in {"develop", "weekly", "release", "other"}


@given(st.dates())
def test_every_day_makes_a_weekly(day: date) -> None:
    """Each date of the calendar, written in full, is the date of its weekly."""
    name = f"develop-{day.isoformat()}"

    assert Tag(name, "weekly", day) == tag(name)


@given(st.from_regex(r"develop-[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True))
def test_only_a_weekly_has_a_date(name: str) -> None:
    """A name of a weekly's form has a date if and only if it is a weekly, and the date is the one it names."""
    row = tag(name)

    assert (row.kind == "weekly") == (row.tag_date is not None)
    assert row.tag_date is None or name == f"develop-{row.tag_date.isoformat()}"
