"""Turns a version's text into a key whose byte order is Spack's version order.

Python, polars and DuckDB all compare texts by their bytes, so one key column sorts alike in all three.

The rules are those of Spack's packaging guide, section "Version ordering", and of its module `spack.version`
(0.22 and later; before that pre-releases were words like any other). A version is a list of components, runs of
digits and runs of letters; what stands between them does not count. Lists compare component by component:

    end of the list  <  word  <  number  <  infinity name (`develop`, `main`, ...)

so 1.2 < 1.2b < 1.2.0 < 1.2.develop. An `alpha`, `beta` or `rc` at the end, with or without a number behind it, is no
component but makes a pre-release: compared last, when all else is equal, and below the release.

The key is the components, the pre-release, and the text itself behind a blank (behind `!` for a git ref):

    1.10.b    11 210 +b. & 1.10.b     each number behind the count of its digits, a word in + and ., & for a release
    2.0-rc4   12 10 %14 2.0-rc4       % for rc, and its number
    develop   g& develop              the highest infinity name

The blanks between components are for the eye, no key has them. Each mark has its place in ASCII:
blank ! # $ % & + . 0..9 A..Z a..z.
"""

import re
from typing import Final

# Runs of ASCII only: to Spack, any other digit or letter is none.
_COMPONENT: Final = re.compile(r"[0-9]+|[A-Za-z]+")
# Spack takes a bare commit hash for a git ref.
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")

# Source: `infinity_versions` in spack/version/common.py, oldest first. `nightly` (rust has one) was a word in 0.22 and
# is not in the guide's list.
_INFINITY_NAMES: Final = ("stable", "nightly", "trunk", "head", "master", "main", "develop")
_INFINITY_MARKS: Final = dict(zip(_INFINITY_NAMES, "abcdefg", strict=True))

# Source: `STRING_TO_PRERELEASE`, same file. `final` is not in the guide: 1.2-final is 1.2, 1.2-final1 just above.
_RELEASE_MARK: Final = "&"
_PRERELEASE_MARKS: Final = {"alpha": "#", "beta": "$", "rc": "%", "final": _RELEASE_MARK}

_WORD_MARK: Final = "+"
_WORD_END: Final = "."  # below every letter: `al` < `alpha`
_TEXT_MARK: Final = " "
_GIT_MARK: Final = "!"  # above the blank: a git ref follows the version it stands for

# One sign for each length of a number up to 34; `Z` and the length written as a number for a longer one.
_LENGTH_MARKS: Final = " 123456789ABCDEFGHIJKLMNOPQRSTUVWXY"
_LONG_MARK: Final = "Z"


def version_sort_key(version: str) -> str:
    """The text to sort `version` by: its byte order is Spack's order, and the raw text's where Spack sees a tie.

    A git ref `git.<ref>=<version>` stands right behind the version it names. One that names none is, with the empty
    text, below all else: Spack would ask the repository, we cannot, and an unknown must not pass for the newest.

    Text that Spack refuses has a place too: characters other than ASCII digits and letters only separate. Two texts
    have the same key only if they are the same (a lone surrogate, which no file can hold, is the same as its escape).

    Example: sorted(["1.10", "develop", "1.9", "1.9-rc1"], key=version_sort_key) is 1.9-rc1, 1.9, 1.10, develop.
    """
    numbered, is_git = _without_git_ref(version)
    components = _COMPONENT.findall(numbered)
    prerelease = _RELEASE_MARK
    # A pre-release needs a release before it: `rc1` alone is a word and a number.
    if len(components) > 2 and components[-2] in _PRERELEASE_MARKS and components[-1].isdigit():
        *components, word, number = components
        prerelease = _PRERELEASE_MARKS[word] + _number_key(number)
    elif len(components) > 1 and components[-1] in _PRERELEASE_MARKS:
        prerelease = _PRERELEASE_MARKS[components.pop()]
    release = "".join(map(_component_key, components))
    text = version if version.isascii() else version.encode("utf-8", "backslashreplace").decode()
    return f"{release}{prerelease}{_GIT_MARK if is_git else _TEXT_MARK}{text}"


def _without_git_ref(version: str) -> tuple[str, bool]:
    """The version a git ref stands for, empty if it names none, and whether it is a git ref at all."""
    ref, equals, numbered = version.partition("=")
    if ref and equals:
        return numbered, True
    if version.startswith("git.") or _COMMIT.fullmatch(version):
        return "", True
    return version, False


def _component_key(component: str) -> str:
    if component.isdigit():
        return _number_key(component)
    return _INFINITY_MARKS.get(component) or f"{_WORD_MARK}{component}{_WORD_END}"


def _number_key(digits: str) -> str:
    """The number behind the sign of its length; never made an int, which Python limits to 4300 digits."""
    digits = digits.lstrip("0") or "0"
    length = len(digits)
    if length < len(_LENGTH_MARKS):
        return _LENGTH_MARKS[length] + digits
    return f"{_LONG_MARK}{_number_key(str(length))}{digits}"
