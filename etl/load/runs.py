"""The log of runs: one JSON record each in `runs/`, failed and refused ones included."""

import datetime as dt
from pathlib import Path
from typing import Literal

import msgspec

from etl.load import durable

__all__ = ["RunRecord", "finish_dead_runs", "read_runs", "write_run"]

Status = Literal["running", "published", "unchanged", "refused", "failed"]


class RunRecord(msgspec.Struct):
    """A row of the view `runs`, and what a refused run refused."""

    run_id: str
    started_at: dt.datetime
    version: str
    status: Status = "running"
    finished_at: dt.datetime | None = None
    release: int | None = None
    documents_seen: int = 0
    documents_read: int = 0
    documents_rejected: int = 0
    seconds: float | None = None
    peak_rss_bytes: int | None = None
    reason: str | None = None
    rejects: list[dict[str, object]] = []


def write_run(folder: Path, record: RunRecord) -> None:
    """Write a run's record, in place of what it said before."""
    folder.mkdir(parents=True, exist_ok=True)
    durable.write(folder / f"{record.run_id}.json", msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def read_runs(folder: Path) -> list[RunRecord]:
    """All records, oldest first."""
    return [msgspec.json.decode(path.read_bytes(), type=RunRecord) for path in sorted(folder.glob("*.json"))]


def finish_dead_runs(folder: Path, but: str) -> None:
    """Records that still say `running` are of runs that died: no other run can be under way while this one holds the lock."""
    for record in read_runs(folder):
        if record.status == "running" and record.run_id != but:
            record.status, record.reason = "failed", "the process ended without a word: killed, or the machine went down"
            write_run(folder, record)
