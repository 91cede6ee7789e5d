"""Spack's version order, by example.

The expected order comes from Spack, not from the key: the packaging guide's section "Version ordering", the docstrings
of the module `spack.version` and the cases of Spack's own lib/spack/spack/test/versions.py, as of 0.22 to 1.1.
The versions are those of the public cache where it has one for the case.
"""

from itertools import pairwise

import pytest

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
