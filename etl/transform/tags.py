"""A tag's name -> its kind and date."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["develop", "weekly", "release", "other"]

_WEEKLY = re.compile(r"develop-([0-9]{4}-[0-9]{2}-[0-9]{2})")
# Two parts were usual until v0.20, and v0.18 and v0.18.0 both exist; the package repository's releases are
# dated, such as v2025.07.0.
_RELEASE = re.compile(r"v[0-9]+\.[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Tag:
    """A release line of the cache; only a weekly has a date."""

    tag: str
    kind: Kind
    tag_date: date | None = None


def tag(name: str) -> Tag:
    """The kind that a tag's name says, and a weekly's date; the name itself is kept.

    Kinds: `develop` changes nightly; `weekly` is a frozen `develop-YYYY-MM-DD`; `release` is `vN.N` or
    `vN.N.N`; `other` is the rest, also `untagged` (layouts without tags) and a day no calendar has.

    A release has no date of its own, not even `v2025.07.0`, whose name holds a month and no day.
    """
    if name == "develop":
        return Tag(name, "develop")
    if weekly := _WEEKLY.fullmatch(name):
        try:
            return Tag(name, "weekly", date.fromisoformat(weekly[1]))
        except ValueError:  # 2024-02-30 has the form and is no day
            return Tag(name, "other")
    return Tag(name, "release" if _RELEASE.fullmatch(name) else "other")
