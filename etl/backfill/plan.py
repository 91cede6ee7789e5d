"""Which commits become snapshots, and where they stand among those that the warehouse has."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from etl.extract import Listed
from etl.extract.git_history import Commit
from etl.load.manifest import Snapshot

__all__ = ["Additions", "additions"]

_SECOND = dt.timedelta(seconds=1)


class Additions(NamedTuple):
    """Commits before and after the snapshots that are there, the first of each showing all of its documents.

    `between` counts commits that lie between those snapshots: they are left out. `last` has all documents of the last commit after.
    """

    before: Sequence[Commit]
    after: Sequence[Commit]
    between: int
    last: Sequence[Listed]


def additions(commits: Sequence[Commit], there: Sequence[Snapshot]) -> Additions:
    """What a history adds to the snapshots of a source; where there are none, all of it comes after."""
    if not there:
        return Additions([], commits, 0, _documents(commits))
    places = {commit.id: place for place, commit in enumerate(commits)}
    first, last = there[0], there[-1]
    low = places.get(first.revision, sum(commit.time < first.observed_at for commit in commits))
    high = places.get(last.revision, sum(commit.time <= last.observed_at for commit in commits) - 1) + 1
    known = {one.revision for one in there}
    before = [one for one in commits[:low] if one.id not in known]
    between = sum(one.id not in known for one in commits[low:high])
    after = [one for one in commits[max(low, high) :] if one.id not in known]
    if after:
        start = places[after[0].id]
        shown = _documents(commits[: start + 1])
        after[0] = after[0]._replace(changes={one.path: one for one in shown})
    return Additions(_earlier(before, first.observed_at), _later(after, last.observed_at), between, _documents(commits) if after else [])


def _documents(commits: Sequence[Commit]) -> list[Listed]:
    """All documents of the last commit, in path order."""
    found: dict[str, Listed] = {}
    for commit in commits:
        for path, document in commit.changes.items():
            if document is None:
                del found[path]
            else:
                found[path] = document
    return [found[path] for path in sorted(found)]


def _earlier(commits: Sequence[Commit], bound: dt.datetime) -> list[Commit]:
    """The commits at times in order before another: where one is not, one second before the next."""
    found = []
    for commit in reversed(commits):
        bound = min(commit.time, bound - _SECOND)
        found.append(commit._replace(time=bound))
    return found[::-1]


def _later(commits: Sequence[Commit], bound: dt.datetime) -> list[Commit]:
    found = []
    for commit in commits:
        bound = max(commit.time, bound + _SECOND)
        found.append(commit._replace(time=bound))
    return found
