"""Spack's version order, against a second reading of the rules: as a comparison of two versions, not as a key."""

from functools import cmp_to_key
from itertools import groupby
from string import ascii_letters, digits
from typing import Any

import duckdb
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.transform.version_order import version_sort_key

INFINITY = ["stable", "nightly", "trunk", "head", "master", "main", "develop"]
STAGES = ["alpha", "beta", "rc", "final"]


def sign(one: Any, other: Any) -> int:
    """-1, 0 or 1."""
    return int(one > other) - int(one < other)


def compare_components(one: int | str, other: int | str) -> int:
    """Words below numbers below infinity names; within a kind by text, by value, by rank."""

    def kind(component: int | str) -> int:
        return 1 if isinstance(component, int) else 2 if component in INFINITY else 0

    if kind(one) != kind(other):
        return sign(kind(one), kind(other))
    if kind(one) == 2:
        return sign(INFINITY.index(str(one)), INFINITY.index(str(other)))
    return sign(one, other)


def parse(version: str) -> tuple[list[int | str], list[int], bool]:
    """Its release's components, its pre-release's stage and number, and whether it is a git ref."""
    head, equals, tail = version.partition("=")
    is_commit = len(version) == 40 and set(version) <= set("0123456789abcdef")
    is_git = bool(head and equals) or version.startswith("git.") or is_commit
    if is_git:
        version = tail

    def kind(character: str) -> int:
        return 1 if character in digits else 2 if character in ascii_letters else 0

    runs = [(which, "".join(run)) for which, run in groupby(version, kind) if which]
    components = [int(run) if which == 1 else run for which, run in runs]
    for length in (2, 1):
        release, end = components[:-length], components[-length:]
        ends_in_number = length == 1 or (len(end) == 2 and isinstance(end[1], int))
        if release and end[0] in STAGES and ends_in_number:
            return release, [STAGES.index(str(end[0])), *(n for n in end[1:] if isinstance(n, int))], is_git
    return components, [STAGES.index("final")], is_git


def compare(one: str, other: str) -> int:
    """Spack's comparison, and the text's where Spack sees a tie."""
    release, stage, is_git = parse(one)
    other_release, other_stage, other_is_git = parse(other)
    for mine, theirs in zip(release, other_release, strict=False):
        if by_component := compare_components(mine, theirs):
            return by_component
    return (
        sign(len(release), len(other_release))
        or sign(stage, other_stage)
        or sign(is_git, other_is_git)
        or sign(one.encode(), other.encode())
    )


WORDS = [*INFINITY, *STAGES, "a", "b", "p", "v", "al", "alphabet", "post", "Alpha", "Z", "fortran", "git", "git."]
NUMBERS = st.one_of(
    st.integers(0, 12).map(str),
    st.sampled_from(["00", "01", "007", "09", "010"]),
    st.integers(30, 110).flatmap(lambda n: st.sampled_from(["1" + "0" * n, "9" * n])),
    st.integers(0, 10**45).map(str),
)
VERSIONS = st.one_of(
    st.lists(st.one_of(NUMBERS, st.sampled_from(WORDS), st.sampled_from([".", "-", "_", "=", ".", "", "²"])), max_size=8).map("".join),
    st.lists(st.one_of(NUMBERS, st.sampled_from(WORDS)), max_size=5).map(".".join),
    st.text(max_size=12),
    st.text(alphabet="019abrc.-_=", max_size=12),
)


@given(VERSIONS, VERSIONS)
@example("1.2", "1-2")
@example("rc1", "rc.1")
@example("1.rc.rc", "1.rc")
@example("1-final1", "1")
@example("1-final1", "1.a")
def test_the_key_agrees_with_the_rules(one: str, other: str) -> None:
    """Any two texts stand by key as they stand by the rules, and only the same text has the same key."""
    assert compare(one, other) == sign(version_sort_key(one).encode(), version_sort_key(other).encode())


PIECES = st.sampled_from([".", "-1", "2", "10", "rc", "beta", "a", "ab", "develop", "main"])


@given(st.lists(PIECES, max_size=5).map("".join))
def test_the_key_agrees_with_the_rules_on_close_relatives(version: str) -> None:
    """The same where it is hardest: a version, what it begins with, and what begins with it."""
    relatives = [version + tail for tail in ("", ".0", ".1", "a", "-alpha", "-rc", "rc0", "rc1", ".stable", ".develop")]

    assert sorted(relatives, key=cmp_to_key(compare)) == sorted(relatives, key=version_sort_key)


@given(st.integers(0, 10**60), st.integers(0, 10**60), st.integers(0, 3), st.sampled_from(["", "1.", "v", "develop."]))
def test_numbers_of_any_size_go_by_value(one: int, other: int, zeros: int, front: str) -> None:
    """Of two numbers in the same place the greater is the newer, with any zeros in front and anything behind."""
    left, right = (version_sort_key(f"{front}{number}.9").partition(" ")[0] for number in (f"{'0' * zeros}{one}", str(other)))

    assert sign(one, other) == sign(left, right)


@given(st.sampled_from(INFINITY), st.lists(st.integers(0, 10**30), min_size=1, max_size=4))
def test_no_number_reaches_an_infinity_name(name: str, numbers: list[int]) -> None:
    """An infinity name is above any number, and in its place above any that follows the same beginning."""
    version = ".".join(map(str, numbers))
    front = version.rpartition(".")[0]

    assert version_sort_key(version) < version_sort_key(name)
    assert version_sort_key(version) < version_sort_key(f"{front}.{name}")


@given(VERSIONS)
def test_a_key_is_short(version: str) -> None:
    """A key has at most four characters for each one of the version, and three more; mostly about two."""
    assert len(version_sort_key(version)) <= 4 * len(version) + 3


@settings(deadline=None)  # DuckDB's first query takes long
@given(st.lists(VERSIONS, min_size=2, max_size=20))
@example(["1.2", "1-2", "1_2", "é", "\0", "", "😀", "\uffff", "\U00010000"])
def test_polars_and_duckdb_sort_by_the_key_as_python_does(versions: list[str]) -> None:
    """The key orders alike in Python, in a polars sort and in DuckDB's `order by`."""
    keys = [version_sort_key(version) for version in versions]
    expected = sorted(keys)

    assert expected == pl.Series(keys).sort().to_list()
    rows = duckdb.execute("select key from (select unnest(?::varchar[]) as key) order by key", [keys]).fetchall()
    assert expected == [key for (key,) in rows]
