"""What a tag shows of a package from snapshot to snapshot: which version of which page speaks, and which is kept for want of a better."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Change", "Course", "Held", "Span", "course"]


class Change(NamedTuple):
    """From a snapshot on a page has another version; None: it is gone."""

    at: int
    path: str
    version: int | None


class Span(NamedTuple):
    """A version that speaks from one snapshot to before another. `is_stale`: its page could not be read, or was not observed."""

    version: int
    is_stale: bool
    begin: int
    end: int


class Held(NamedTuple):
    """The document that stands at last: since when without a break, and since when with these bytes."""

    path: str
    version: int
    is_stale: bool
    first: int
    changed: int


class Course(NamedTuple):
    """`renewed`: snapshots whose page was not the one held before. `refused`: how many pages were listed and refused, from and to when."""

    spans: list[Span]
    renewed: list[int]
    refused: list[tuple[int, int, int]]
    held: Held | None


def course(
    changes: Sequence[Change],
    digests: Mapping[int, str],
    gaps: Sequence[tuple[int, int]],
    begin: int,
    end: int,
    held: Held | None = None,
) -> Course:
    """The course of one package under one tag, from the snapshot `begin` to before `end`.

    `changes` are in order; `digests` has the sha256 of every version that can be read; `gaps` are the times in which the tag was
    not observed; `held` is what stood before. Of several pages that can be read, the first in path order speaks.
    """
    spans: list[Span] = []
    renewed: list[int] = []
    refused: list[tuple[int, int, int]] = []
    live: dict[str, int] = {}
    points = sorted({begin, *(one.at for one in changes), *(high for _, high in gaps if begin < high < end)})
    place = 0
    for at, until in zip(points, [*points[1:], end], strict=True):
        place = _apply(changes, place, at, live)
        path = min((path for path, version in live.items() if version in digests), default=None)
        if path is not None:
            version = live[path]
            is_same = held is not None and digests[held.version] == digests[version]
            # Another page may speak now though the one that spoke stands as it did: that one is refused, and not changed.
            if held is None or held.path not in live or digests.get(live[held.path]) != digests[held.version]:
                renewed.append(at)
            held = Held(path, version, False, held.first if held else at, held.changed if held and is_same else at)
        elif held is not None:
            is_kept = held.path in live or any(low <= at < high for low, high in gaps)
            held = held._replace(is_stale=True) if is_kept else None
        count = len(live) - (path is not None)
        if count:
            refused.append((at, until, count))
        if held is not None:
            spans.append(Span(held.version, held.is_stale, at, until))
    return Course(spans, renewed, refused, held)


def _apply(changes: Sequence[Change], place: int, at: int, live: dict[str, int]) -> int:
    """Bring the live pages up to a snapshot; the place of the first change after it."""
    while place < len(changes) and changes[place].at == at:
        one = changes[place]
        if one.version is None:
            live.pop(one.path, None)
        else:
            live[one.path] = one.version
        place += 1
    return place
