"""What the snapshots of a history name, and so what they did not observe: known only once all packages are read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from etl.backfill.versions import Stretch, read_versions
from etl.backfill.work import Task, Work
from etl.transform.courses import Course, course
from etl.transform.intervals import Gaps, merged, named

__all__ = ["Missed", "gap_intervals", "missed", "spans_of", "survey"]

Missed = tuple[int, str, str | None]  # a snapshot, and the tag (None) or the stack under it that it did not observe

_SPANS = {"tag": pl.String, "package": pl.String, "version": pl.Int64, "is_stale": pl.Boolean, "begin": pl.Int64, "end": pl.Int64}


def survey(task: Task, work: Work) -> list[pl.DataFrame]:
    """Read the versions of a task and keep them; for each stretch, what its documents begin and cease to name (`named`)."""
    read_versions(task.documents, work.limits, work.progress, task.name)
    documents, rows = (work.progress.read(task.name, table) for table in ("documents", "rows"))
    digests = dict(documents.select("version", "sha256").iter_rows())
    return [named(spans_of(_fresh(stretch, digests)).filter(~pl.col("is_stale")), rows) for stretch in task.stretches]


def _fresh(stretch: Stretch, digests: Mapping[int, str]) -> Iterator[tuple[tuple[str | None, str | None], Course]]:
    for place, changes in stretch.changes.items():
        yield place, course(changes, digests, (), stretch.begin, stretch.end)


def spans_of(courses: Iterable[tuple[tuple[str | None, str | None], Course]]) -> pl.DataFrame:
    """The spans of courses: tag, package, version, is_stale, begin, end."""
    rows = [(*place, *span) for place, one in courses for span in one.spans]
    return pl.DataFrame(rows, schema=_SPANS, orient="row")


def missed(found: Sequence[pl.DataFrame], listed: Sequence[Mapping[str, Sequence[str]]], begin: int) -> list[Missed]:
    """What each snapshot from `begin` on did not observe, though `listed`, the source's own list at that snapshot, names it."""
    steps: dict[int, list[tuple[str, str | None, int]]] = defaultdict(list)
    for tag, stack, at, count in (row for frame in found for row in frame.select("tag", "stack", "at", "count").iter_rows()):
        steps[at].append((tag, stack, count))
    counts: dict[tuple[str, str | None], int] = defaultdict(int)
    gaps: list[Missed] = []
    for at, tags in enumerate(listed, begin):
        for tag, stack, count in steps.get(at, ()):
            counts[tag, stack] += count
        for tag, stacks in tags.items():
            if not counts.get((tag, None)):
                gaps.append((at, tag, None))
            else:
                gaps += [(at, tag, stack) for stack in dict.fromkeys(stacks) if not counts.get((tag, stack))]
    return gaps


def gap_intervals(gaps: Sequence[Missed]) -> Gaps:
    """The same as intervals."""
    rows = pl.DataFrame(gaps, schema={"begin": pl.Int64, "tag": pl.String, "stack": pl.String}, orient="row")
    rows = rows.with_columns(end=pl.col("begin") + 1)
    tags, stacks = (rows.filter(is_tag) for is_tag in (pl.col("stack").is_null(), pl.col("stack").is_not_null()))
    return Gaps(merged(tags, ["tag"]), merged(stacks, ["tag", "stack"]))
