"""Spack's version order, by example and against a second reading of the rules.

The expected order comes from Spack, not from the key: the packaging guide's section "Version ordering", the docstrings
of the module `spack.version` and the cases of Spack's own lib/spack/spack/test/versions.py, as of 0.22 to 1.1.
The versions are those of the public cache where it has one for the case.
"""

from functools import cmp_to_key
from itertools import groupby, pairwise
from string import ascii_letters, digits
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.transform.version_order import version_sort_key

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def stands_below(older: str, newer: str) -> bool:
    """Whether the keys' bytes put `older` first."""
    return version_sort_key(older).encode() < version_sort_key(newer).encode()


def pairs(chains: str) -> list[tuple[str, str]]:
    """The neighbours in each line's `oldest < ... < newest`."""
    return [pair for chain in chains.strip().splitlines() for pair in pairwise(map(str.strip, chain.split("<")))]


def order_part(version: str) -> str:
    """The key up to the blank, behind which the text stands: the part that is Spack's order."""
    return version_sort_key(version).partition(" ")[0]


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        1.9 < 1.10 < 1.100
        9.0 < 10.0
        v9.0 < v10.0
        4.999.9 < 5.0
        1.7.0 < 1.07.1 < 1.7.2
        1.99.0 < 1.2108.1 < 1.2109
        10.0001 < 10.0039
        0 < 1 < 2312 < 20180129 < 20220522
        99999999999999999999 < 100000000000000000000
    """)
    + [("9" * length, "1" + "0" * length) for length in (9, 34, 35, 36, 99, 5000)],
)
def test_numbers_compare_by_value_and_have_no_longest(older: str, newer: str) -> None:
    """A number counts by its value, not by its text, be it longer than any integer type."""
    assert stands_below(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        1.2 < 1.2.0 < 1.2.3 < 1.2.3.4 < 1.3 < 1.10
        2.0 < 2.0.1
        11.0.20 < 11.0.20.1 < 11.0.20.1_1
        8.9.7.29 < 8.9.7.29-11 < 8.9.7.29-12
        1.48.0 < 1.48.0-2 < 1.48.1
        23-02-4-1 < 23-11-1 < 23-11-1-1 < 23.12
    """),
)
def test_a_version_stands_below_its_longer_self(older: str, newer: str) -> None:
    """Components compare one by one; where one version ends, the longer one is the newer: 1.2 < 1.2.0."""
    assert stands_below(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        2020-04-17 < 2020.9.30 < 2020-10-19 < 2021-04-13
        2023.7.22 < 2023.08.1 < 2025.08.20 < 2025.10.1
        3.1 < 3.1.3 < 3.1-20210216 < 3.1-20230828 < 3.2
        3.5.1 < 3.5.1_2020-12-22 < 3.5.2
    """),
)
def test_dates_are_numbers_like_any_other(older: str, newer: str) -> None:
    """A date has no rule of its own, with whatever separators and zeros it is written."""
    assert stands_below(older, newer)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        spack < system < 0
        xyz.4 < 2
        v1.1 < v3.0.0 < 0.1
        1.y.0 < 1.0
        1.mydevelopmentnightmare < 1.1
        1b.fc17 < 1.fc17
        1.2b < 1.2.0
        9.9p1 < 9.9.1
        3.3a < 3.3.0
        4.0.2-fortran < 4.0.2.1
        1.8.0_265-b01 < 1.8.0_265.1
    """),
)
def test_a_word_stands_below_a_number_in_its_place(older: str, newer: str) -> None:
    """Where one version has a word and the other a number, the word is the older, even in `v3.0.0`."""
    assert stands_below(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        1.1.1 < 1.1.1a < 1.1.1w < 3.0.0
        3.3 < 3.3a < 3.4
        5.5p2 < 5.5p10
        9.5p1 < 9.7p1 < 9.9 < 9.9p1 < 9.10
        4.0.2 < 4.0.2-fortran < 4.0.3
        2.26 < 2.26-t9_atlas < 2.26-t9b_atlas < 2.27
        1.8.0_265 < 1.8.0_265-b01 < 1.8.0_282-b08 < 1.8.1
        2.1.0 < 2.1.0.post1 < 2.1.1
        2023.11.001 < 2023.11.001-patched
        1.2 < 1.2-mysuffix
        v3.0.0 < v3.0.0a < v3.0.1
    """),
)
def test_a_word_behind_a_version_stands_above_it(older: str, newer: str) -> None:
    """A letter or suffix makes the version longer, thus newer than without and older than the next number."""
    assert stands_below(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        10a1 < 10a2 < 10b2
        1.0a < 1.0aa < 1.0b
        xsdk-0.2.0 < xsdk-0.3
        ab.z < abc.a
        al9 < alp1
        1.0A < 1.0Z < 1.0a
    """),
)
def test_words_compare_letter_by_letter(older: str, newer: str) -> None:
    """Words stand in the order of their ASCII letters, capitals first, a beginning before the whole."""
    assert stands_below(older, newer)


# --- infinity names ---------------------------------------------------------------------------------------------------


def test_the_infinity_names_have_their_own_order() -> None:
    """The names of moving branches stand above all numbers: develop > main > master > head > trunk > stable."""
    chain = ["system", "0", "9" * 60, "stable", "nightly", "trunk", "head", "master", "main", "develop"]

    assert all(stands_below(older, newer) for older, newer in pairwise(chain))


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        0.5 < 0.5.develop < 0.6
        1.1 < 1.99999 < 1.develop < 2.1
        1.2 < 1.2.99 < 1.2.develop < 1.3
        1.5.9 < 1.5-stable < 1.6
        2023.11 < 2023.develop < 2024.1
        1.develop < 1.develop.1 < 1.develop.2
        develop < develop.local < develop.1 < develop.2
        9999.12.31 < master < master-2024 < main < main-2023-2 < main-2023-11 < develop
    """),
)
def test_an_infinity_name_counts_in_its_place_only(older: str, newer: str) -> None:
    """1.2.develop is above every 1.2.x and below 1.3; main-2023-11 is a main, and above the plain one."""
    assert stands_below(older, newer)


@pytest.mark.parametrize("word", ["mydevelopmentnightmare", "Develop", "MAIN", "mainline", "heads", "dev", "release"])
def test_what_only_resembles_an_infinity_name_is_a_word(word: str) -> None:
    """The names count in full and in small letters, else they are words, below all numbers."""
    assert stands_below(word, "0")


# --- pre-releases -----------------------------------------------------------------------------------------------------


def test_pre_releases_stand_in_order_below_their_release() -> None:
    """Alpha, beta and rc come before the release, each with no number before 0, before 1."""
    chain = ["5.9.9", "6"]
    for word in ("alpha", "beta", "rc"):
        chain += [f"6.0{word}", f"6.0{word}0", f"6.0{word}1", f"6.0{word}2", f"6.0{word}10"]
    chain += ["6.0", "6.0-xyz", "6.0.0-rc1", "6.0.0"]

    assert all(stands_below(older, newer) for older, newer in pairwise(chain))


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        1.99 < 2.0 < 2.0.0-rc4 < 2.0.0-rc10 < 2.0.0
        3.0.9 < 3.1-rc3 < 3.1
        1.2.0-alpha < 1.2.0-alpha.1 < 1.2.0-beta.2 < 1.2.0-rc.3 < 1.2.0 < 1.2.0-xyz
        1.2.develop-rc1 < 1.2.develop
        develop-alpha < develop
        1.1.1 < 1.1.1a-rc1 < 1.1.1a
    """),
)
def test_a_pre_release_stands_right_below_its_release(older: str, newer: str) -> None:
    """2.0.0-rc4 is older than 2.0.0 and newer than all that is older than 2.0.0."""
    assert stands_below(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs("""
        1.2 < 1.2-rc1-foo
        1.2 < 1.2-rc.1.2
        1.2 < 1.2rc1a
        1.2 < 1.2a1 < 1.2b1
        1.2 < 1.2-RC1
        1.2 < 1.2-prealpha
        1.2 < 1.2-alpha-beta1
        rc < rc1 < rd
    """),
)
def test_other_words_make_no_pre_release(older: str, newer: str) -> None:
    """Only alpha, beta and rc, in full, in small letters, at the end and behind a release; all else are plain words."""
    assert order_part(older) != order_part(newer)
    assert stands_below(older, newer)


# --- ties -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.2", "1-2"),
        ("1.2", "1_2"),
        ("1.2", "1.2."),
        ("1.07.1", "1.7.1"),
        ("10.0001", "10.1"),
        ("0.0", "00.000"),
        ("2020-10-19", "2020.10.19"),
        ("1.2.3b", "1_2-3_b"),
        ("1y0", "1.y.0"),
        ("1.2.0-alpha.1", "1.2.0alpha1"),
        ("2.0.0-rc4", "2.0.0rc04"),
        ("main-2023-11", "main.2023.11"),
        ("1.2-final", "1.2"),
    ],
)
def test_what_spack_holds_equal_differs_by_its_text_alone(one: str, other: str) -> None:
    """Separators, leading zeros and the word final do not count: such versions are neighbours in the order."""
    assert order_part(one) == order_part(other)
    assert stands_below(one, other) == (one < other)


def test_ties_go_by_text() -> None:
    """Among equals the raw text decides, so that the order is the same in every run."""
    in_order = ["1-2", "1.02", "1.2", "1_2"]

    assert in_order == sorted(reversed(in_order), key=version_sort_key)


# --- git refs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("older", "newer"),
    pairs(f"""
        1.1 < git.abc=1.2-rc1 < 1.2 < git.abc=1.2 < 1.2.0
        1_2 < git.abc=1.2
        main < git.my/branch=main < develop
        git.a=1.2 < git.b=1.2 < git.a=1.10
        1.2 < {COMMIT}=1.2 < tag-9=1.2 < 1.3
    """),
)
def test_a_git_ref_stands_right_behind_the_version_it_names(older: str, newer: str) -> None:
    """`git.<ref>=<version>` is a little newer than its version, whatever the ref looks like."""
    assert stands_below(older, newer)


@pytest.mark.parametrize("ref", ["git.develop", "git.9.9.9", "git.abc", "git.", COMMIT, "9" * 40])
def test_a_git_ref_without_a_version_is_below_all_else(ref: str) -> None:
    """Only the repository knows such a ref's version; it stands above the empty text and below all versions."""
    assert stands_below("", ref)
    assert stands_below(ref, "a")
    assert stands_below(ref, "0")
    assert stands_below(ref, "0-alpha")


# --- text that is no version ------------------------------------------------------------------------------------------


def test_any_text_has_a_place_and_a_key_that_can_be_stored() -> None:
    """Nothing is refused, not even a lone surrogate, which no file can hold: each text has its own key in UTF-8."""
    odd = ["", " ", ".", "-_.", "=", "1.2=", "@1.2", "1:2", "1.2+a", "é", "²", "\0", "1\n2", "😀1", "\ud800", "\udfff"]

    assert len({version_sort_key(text).encode() for text in odd}) == len(odd)


@pytest.mark.parametrize("odd", ["1+2", "1.é2", " 1.2\n", "1.2²", "=1.2"])
def test_odd_characters_only_separate(odd: str) -> None:
    """What is neither an ASCII digit nor an ASCII letter does not count, so no script or locale matters."""
    assert order_part(odd) == order_part("1.2")


# --- the rules once more, read as a comparison ------------------------------------------------------------------------

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
    numbers = f"{front}{'0' * zeros}{one}.9", f"{front}{other}.9"

    assert sign(one, other) == sign(*map(order_part, numbers))


@given(st.sampled_from(INFINITY), st.lists(st.integers(0, 10**30), min_size=1, max_size=4))
def test_no_number_reaches_an_infinity_name(name: str, numbers: list[int]) -> None:
    """An infinity name is above any number, and in its place above any that follows the same beginning."""
    version = ".".join(map(str, numbers))
    front = version.rpartition(".")[0]

    assert stands_below(version, name)
    assert stands_below(version, f"{front}.{name}")


@given(VERSIONS)
def test_a_key_is_short(version: str) -> None:
    """A key has at most four characters for each one of the version, and three more; mostly about two."""
    assert len(version_sort_key(version)) <= 4 * len(version) + 3


# --- the same in every engine -----------------------------------------------------------------------------------------


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
