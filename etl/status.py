"""How a warehouse stands, and what a run did, in words."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from etl.load.released import row_count
from etl.load.runs import RunRecord, read_runs
from etl.load.store import Store
from etl.output import Format, rendered
from etl.quality import CheckResult
from etl.query import Answer, ask
from etl.schema import TABLES

if TYPE_CHECKING:
    from etl.config import RunOptions
    from etl.run_report import RunReport

ROWS_SHOWN = 20  # of what breaks a check

_WAS = {"refused": "was refused", "failed": "failed"}
_COUNTS = """
select
    (select count(*) from documents where is_stale),
    (
        select count(*) from gaps
        join (select source, max(snapshot_id) as newest_id from snapshots group by source) as newest
            on newest.source = gaps.source and newest.newest_id = gaps.snapshot_id
    ),
    (select count(*) from tags where is_partial),
    (select count(*) from reconciliation where not is_equal)
"""

__all__ = ["Status", "checks_object", "checks_text", "problems", "read_status", "run_text", "status_text"]


class SourceStatus(msgspec.Struct):
    """A source's last snapshot."""

    source: str
    observed_at: dt.datetime
    snapshot_count: int
    document_count: int
    spec_count: int


class Status(msgspec.Struct):
    """The object of `status --json`."""

    warehouse: str
    release: int
    sources: list[SourceStatus]
    rows: dict[str, int]
    data_bytes: int
    warehouse_bytes: int
    rejects: dict[str, int]  # by rule
    stale_documents: int  # keep what they said before
    unobserved: int  # tags and stacks that the newest snapshots could not see
    partial_tags: int  # hold fewer specs or stacks than the source says
    unequal_claims: int
    last_runs: list[RunRecord]  # that have ended
    running_since: dt.datetime | None = None  # of a run that is under way, or died without a word
    problems: list[str] = []  # what --max-age found


def read_status(warehouse: Path) -> Status:
    """How a warehouse stands. Raises StoreError where there is none."""
    store = Store(warehouse)
    manifest = store.published()
    rows = {table: row_count(store.root, manifest.files, table) for table in TABLES}
    last = [one for source in manifest.inputs if (one := manifest.latest(source)) is not None]
    counts = {one.source: sum(other.source == one.source for other in manifest.snapshots) for one in last}
    rejects = ask(warehouse, "select rule, count(*) from rejects group by rule order by rule").rows
    counts_row = ask(warehouse, _COUNTS).rows[0]
    stale, unobserved, partial, unequal = (int(str(count)) for count in counts_row)
    runs = read_runs(store.runs)
    return Status(
        warehouse=str(store.root),
        release=manifest.release,
        sources=[SourceStatus(one.source, one.observed_at, counts[one.source], one.document_count, one.spec_count) for one in last],
        rows=rows,
        data_bytes=sum(file.bytes for file in manifest.files),
        warehouse_bytes=store.size_bytes(),
        rejects={str(rule): int(str(count)) for rule, count in rejects},
        stale_documents=stale,
        unobserved=unobserved,
        partial_tags=partial,
        unequal_claims=unequal,
        last_runs=[one for one in runs if one.status != "running"][-5:],
        running_since=runs[-1].started_at if runs and runs[-1].status == "running" else None,
    )


def status_text(status: Status, now: dt.datetime) -> str:
    """One screen."""
    lines = [
        f"warehouse  {status.warehouse}",
        f"release    {status.release}, {_size(status.data_bytes)} of data, {_size(status.warehouse_bytes)} in all",
    ]
    for one in status.sources:
        made_up = " (made up)" if one.source == "sample" else ""
        lines.append(
            f"source     {one.source}{made_up}: observed {one.observed_at:%Y-%m-%d %H:%M} UTC, {_age(now - one.observed_at)} ago; "
            f"{one.document_count:,} documents, {one.spec_count:,} specs, snapshot {one.snapshot_count}"
        )
    lines.append(
        "rows       " + ", ".join(f"{name} {status.rows[name]:,}" for name in ("specs", "tag_specs", "memberships", "spec_variants"))
    )
    refused = ", ".join(f"{rule} {count:,}" for rule, count in status.rejects.items())
    lines.append(f"rejects    {sum(status.rejects.values()):,} in this release" + (f" ({refused})" if refused else ""))
    last = status.last_runs[-1] if status.last_runs else None
    if last is not None and last.status == "refused" and last.documents_rejected:
        lines[-1] += f"; the last run, which was refused, had {last.documents_rejected:,}: `rejects` lists them"
    lines.append(
        f"stale      {status.stale_documents:,} documents keep what they said before, because they cannot be read or left their tag"
    )
    lines.append(
        f"partial    {status.partial_tags:,} tags hold less than the source says; "
        f"{status.unobserved:,} tags or stacks were not seen by the newest snapshots"
    )
    lines.append(f"claims     {status.unequal_claims:,} of the pages' own claims differ from what they hold")
    if status.running_since is not None:
        lines.append(f"run        {status.running_since:%Y-%m-%d %H:%M} has not ended: it is under way, or was killed")
    for run in reversed(status.last_runs):
        reason = f": {run.reason}" if run.reason else ""
        work = f"{run.seconds or 0:.1f} s, {run.documents_read:,} documents read"
        warnings = f"; {len(run.warnings)} warnings" if run.warnings else ""
        lines.append(f"run        {run.started_at:%Y-%m-%d %H:%M} {run.status}, {work}{warnings}{reason}")
    return "\n".join(lines)


def problems(status: Status, now: dt.datetime, oldest: dt.timedelta) -> list[str]:
    """What is not well: sources without a snapshot for so long, a last run that failed or was refused, a run that never ended."""
    found = []
    last = status.last_runs[-1] if status.last_runs else None
    for one in status.sources:
        age = now - one.observed_at
        if age > oldest:
            nothing_new = ""
            if last is not None and last.status == "unchanged" and last.started_at > one.observed_at:
                nothing_new = (
                    f"; the run of {last.started_at:%Y-%m-%d %H:%M} found nothing new there: see whether it is still brought up to date"
                )
            found.append(
                f"the newest snapshot of source {one.source} is of {one.observed_at:%Y-%m-%d %H:%M} UTC, "
                f"{_age(age)} ago; {_age(oldest)} are allowed{nothing_new}"
            )
    if last is not None and last.status in ("refused", "failed"):
        found.append(f"the last run, of {last.started_at:%Y-%m-%d %H:%M} UTC, {_WAS[last.status]}: {last.reason}")
    if status.running_since is not None and now - status.running_since > oldest:
        found.append(f"the run of {status.running_since:%Y-%m-%d %H:%M} UTC has not ended: it hangs, or was killed")
    return found


def checks_object(found: Sequence[CheckResult]) -> dict[str, object]:
    """The object of `check --json`."""
    return {
        one.name: {
            "severity": one.severity,
            "claim": one.claim,
            "broken": [dict(zip(one.broken.columns, row, strict=True)) for row in one.broken.rows],
        }
        for one in found
    }


def checks_text(found: Sequence[CheckResult]) -> str:
    """A line a check, and below it the first rows that break its claim."""
    lines = []
    for one in found:
        count = len(one.broken.rows)
        lines.append(f"{'ok' if not count else one.severity:<8} {one.name}: {one.claim if not count else f'{count:,} break it'}")
        if count:
            first = Answer(one.broken.columns, one.broken.rows[:ROWS_SHOWN])
            lines += [f"         {line}" for line in rendered(first, Format.table).splitlines()]
        if count > ROWS_SHOWN:
            lines.append(f"         ... and {count - ROWS_SHOWN:,} more")
    return "\n".join(lines)


def run_text(report: "RunReport", options: "RunOptions") -> str:
    """What a run did, in a few lines."""
    documents, specs, memberships = report.documents, report.specs, report.memberships
    lines = []
    if not options.sources:
        lines.append(
            "source: the embedded sample. Its packages, versions and builds are MADE UP; name your own source to load a real cache."
        )
    release = f"release {report.release}" if report.release else "no release yet"
    reason = f" ({report.reason})" if report.reason else ""
    what = f"nothing published, {release} stands" if report.status == "refused" and report.release else release
    lines.append(f"{report.status.replace('_', ' ')}: {what} in {options.warehouse}{reason}")
    lines.append(
        f"documents: {documents['seen']:,} seen, {documents['read']:,} read, {documents['unchanged']:,} unchanged, "
        f"{documents['rejected']:,} rejected, {documents['removed']:,} removed"
    )
    lines += [
        f"{name}: {counts['current']:,} ({counts['added']:,} added, {counts['removed']:,} removed)"
        for name, counts in (("specs", specs), ("memberships", memberships))
    ]
    lines.append(f"{report.seconds:.1f} s, {_size(report.peak_rss_bytes)} of memory at the peak")
    return "\n".join(lines) + "\n"


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _age(age: dt.timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(0, hours * 60):.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
