"""The log of runs: one JSON record each in `runs/`, failed and refused ones included."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from etl.errors import StoreError
from etl.load import durable

__all__ = ["RunRecord", "add_to_run", "ended_runs", "finish_dead_runs", "read_runs", "write_run", "utc_now"]

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
    warnings: list[str] = []  # what went wrong beside the run, such as a hook
    traceback: str | None = None  # of a run that a bug ended


def write_run(folder: Path, record: RunRecord) -> None:
    """Write a run's record, in place of what it said before."""
    folder.mkdir(parents=True, exist_ok=True)
    durable.write(folder / f"{record.run_id}.json", msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def add_to_run(folder: Path, run_id: str, warnings: Sequence[str], traceback: str | None) -> None:
    """Put what is known only after a run into its record; nothing where the run has none. Raises OSError."""
    path = folder / f"{run_id}.json"
    if path.is_file():
        record = _read(path)
        record.warnings, record.traceback = [*record.warnings, *warnings], traceback or record.traceback
        write_run(folder, record)


def read_runs(folder: Path) -> list[RunRecord]:
    """All records, oldest first."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def ended_runs(folder: Path) -> list[RunRecord]:
    """Those that are not under way, oldest first."""
    return [one for one in read_runs(folder) if one.status != "running"]


def _read(path: Path) -> RunRecord:
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is damaged: {error}. Move it elsewhere: it is one run's record, and nothing else needs it") from error


def finish_dead_runs(folder: Path, but: str) -> None:
    """Records that still say `running` are of runs that died: no other run can be under way while this one holds the lock."""
    for record in read_runs(folder):
        if record.status == "running" and record.run_id != but:
            record.status, record.reason = "failed", "the process ended without a word: killed, or the machine went down"
            write_run(folder, record)


def utc_now() -> dt.datetime:
    """UTC, without a zone: as the tables hold times."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
