"""What changed between two releases, times or tags: the command `diff`."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from etl.errors import UsageError
from etl.load.catalog import as_text
from etl.load.kept import release_manifest
from etl.query import Answer, ask

__all__ = ["Wanted", "difference"]

LONGEST = 12  # digits: more are no release's number


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the changes are asked for; None: all."""

    tag: str | None = None
    stack: str | None = None
    package: str | None = None


def difference(warehouse: Path, before: str, after: str, wanted: Wanted) -> Answer:
    """The rows of `compare_times` or, where both are tags, of `compare_tags`.

    Each of the two is the number of a release, a time (ISO, UTC; a day is its beginning) or the name of a tag.
    Raises UsageError where they are neither, or a tag and a time.
    """
    moments = [_moment(warehouse, text) for text in (before, after)]
    if all(moment is not None for moment in moments):
        times = ", ".join(f"TIMESTAMP '{moment}'" for moment in moments)
        return _rows(warehouse, f"compare_times({times})", wanted)
    if any(moment is not None for moment in moments):
        raise UsageError(f"{before} and {after} are no two of a kind: give two releases or times, or two tags")
    known = {str(row[0]) for row in ask(warehouse, "select distinct tag from tags").rows}
    for text in (before, after):
        if text not in known:
            raise UsageError(f'{text!r} is no release, no time and no tag of the warehouse; `sql "select tag from tags"` lists the tags')
    return _rows(warehouse, f"compare_tags({as_text(before)}, {as_text(after)})", wanted)


def _rows(warehouse: Path, source: str, wanted: Wanted) -> Answer:
    columns = {str(row[0]) for row in ask(warehouse, f"describe select * from {source}").rows}
    filters = []
    for column in ("tag", "stack", "package"):
        value = getattr(wanted, column)
        if value is None:
            continue
        if column not in columns:
            raise UsageError(f"--{column} has no meaning between two tags; leave it out")
        filters.append(f"{column} = {as_text(value)}")
    where = f" where {' and '.join(filters)}" if filters else ""
    return ask(warehouse, f"select * from {source}{where} order by all")


def _moment(warehouse: Path, text: str) -> dt.datetime | None:
    """The time that a release or a time means; None: neither."""
    if text.isdecimal() and len(text) < LONGEST:
        try:
            return max(one.observed_at for one in release_manifest(warehouse, int(text)).snapshots)
        except UsageError as error:
            hint = 'The history is kept all the same: compare times, as `sql "from snapshots"` lists them'
            raise UsageError(f"{error}. {hint}") from error
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
