"""How a warehouse stands, and what a run did, in words."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from etl.errors import StoreError
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

__all__ = ["Status", "checks_object", "checks_text", "read_status", "run_text", "status_text"]


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
    unequal_claims: int
    last_runs: list[RunRecord]


def read_status(warehouse: Path) -> Status:
    """How a warehouse stands. Raises StoreError where there is none."""
    store = Store(warehouse)
    manifest = store.manifest()
    if manifest is None:
        raise StoreError(f"{store.root} holds no warehouse yet: fill it with `spack-cache-etl run`, or name another with --warehouse")
    rows = {table: row_count(store.root, manifest.files, table) for table in TABLES}
    last = [one for source in manifest.inputs if (one := manifest.latest(source)) is not None]
    counts = {one.source: sum(other.source == one.source for other in manifest.snapshots) for one in last}
    rejects = ask(warehouse, "select rule, count(*) from rejects group by rule order by rule").rows
    unequal = ask(warehouse, "select count(*) from reconciliation where not is_equal").rows
    return Status(
        warehouse=str(store.root),
        release=manifest.release,
        sources=[SourceStatus(one.source, one.observed_at, counts[one.source], one.document_count, one.spec_count) for one in last],
        rows=rows,
        data_bytes=sum(file.bytes for file in manifest.files),
        warehouse_bytes=store.size_bytes(),
        rejects={str(rule): int(str(count)) for rule, count in rejects},
        unequal_claims=int(str(unequal[0][0])),
        last_runs=[one for one in read_runs(store.runs) if one.status != "running"][-5:],
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
    lines.append(f"rejects    {sum(status.rejects.values()):,}" + (f" ({refused})" if refused else ""))
    lines.append(f"claims     {status.unequal_claims:,} of the pages' own claims differ from what they hold")
    for run in reversed(status.last_runs):
        reason = f": {run.reason}" if run.reason else ""
        work = f"{run.seconds or 0:.1f} s, {run.documents_read:,} documents read"
        lines.append(f"run        {run.started_at:%Y-%m-%d %H:%M} {run.status}, {work}{reason}")
    return "\n".join(lines)


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
    lines.append(f"{report.status.replace('_', ' ')}: {release} in {options.warehouse}{reason}")
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
