"""The history case of the benchmark: `python -m bench --history [--nights N] [--documents N]`.

A backfill of a made-up history is timed beside git alone, in turn; then the last nights one by one, as the nightly job has them.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import nights
from bench.measure import Failed, Measured, Spread, data_files, process, written
from bench.nights import git

NIGHTLY = 5  # nights that are run one by one


@dataclass(frozen=True)
class HistoryFacts:
    """What the history holds."""

    nights: int
    documents: int  # of the last night
    blobs: int
    bytes: int  # of the distinct blobs

    def __str__(self) -> str:
        return (
            f"made-up history: {self.nights} nights, {self.documents:,} documents in the last, "
            f"{self.blobs:,} distinct blobs, {self.bytes / 1e6:,.1f} MB"
        )


@dataclass(frozen=True)
class Night:
    """One run of the nightly job on a commit."""

    seconds: float
    cpu_seconds: float  # of all its processes
    changed: int  # documents
    documents: int
    written_bytes: int  # of data files that the release before had not
    release_bytes: int  # of all its data files


@dataclass(frozen=True)
class Backfill:
    """The history loaded at once."""

    seconds: Spread
    peak_bytes: int  # all its processes, each at its own peak, added up
    specs: int  # distinct ones that the history ever showed
    ended: int  # rows of tag_specs that ended
    release_bytes: int


@dataclass(frozen=True)
class HistoryMeasurements:
    """All that the history case measured."""

    git: Spread
    backfill: Backfill
    first: Night  # a cold run of the commit before the last nights
    nights: list[Night]
    unchanged: Night


class HistoryBench:
    """The history, made or kept in a folder, and what is timed over it."""

    def __init__(self, folder: Path, documents: int, count: int) -> None:
        self.folder = folder
        self.repository = nights.repository(folder, documents, count)
        self.blobs = folder / f"{self.repository.name}.blobs"
        self.blobs.write_text("".join(f"{blob}\n" for blob in nights.blobs(self.repository)))
        sizes = git(self.repository, "cat-file", "--batch-check=%(objectsize)", given=self.blobs.read_bytes()).split()
        documents = git(self.repository, "ls-tree", "-r", "-z", "--name-only", "main").count(b"\0")
        self.facts = HistoryFacts(count, documents, len(sizes), sum(map(int, sizes)))

    def run(self, runs: int) -> HistoryMeasurements:
        read, filled = [], []
        rows: dict[str, int] = {}
        release_bytes = 0
        for _ in range(runs):
            read.append(process("bench.baseline", "git", self.repository, self.blobs))
            with self._warehouse() as warehouse:
                filled.append(self._job("backfill", warehouse, self.repository, "--ref", "main"))
                rows, release_bytes = _rows(warehouse), sum(data_files(warehouse).values())
        peak = max(json.loads(told.output)["peak_rss_bytes"] for told in filled)
        backfill = Backfill(Spread.of(filled), peak, rows["specs"], rows.get("ended_tag_specs", 0), release_bytes)
        first, *following, unchanged = self._nights()
        return HistoryMeasurements(Spread.of(read), backfill, first, following, unchanged)

    def _nights(self) -> list[Night]:
        """A cold run, the nights after it, and once more the last. A branch moves on as that of a source does."""
        *_, last = commits = nights.commits(self.repository)[-NIGHTLY - 1 :]
        found = []
        with self._warehouse() as warehouse:
            for commit in (*commits, last):
                git(self.repository, "update-ref", "refs/heads/nightly", commit)
                before = data_files(warehouse)
                # Each week the oldest tag goes as a whole, on purpose.
                told = self._job("run", warehouse, f"git+{self.repository}@nightly", "--accept-shrink")
                after, seen = data_files(warehouse), json.loads(told.output)["documents"]
                changed = seen["seen"] - seen["unchanged"]
                found.append(Night(told.seconds, told.cpu_seconds, changed, seen["seen"], written(before, after), sum(after.values())))
        return found

    def _job(self, command: str, warehouse: Path, source: str | Path, *more: str) -> Measured:
        told = process("etl", command, f"public={source}", "--warehouse", warehouse, "--json", *more)
        report = json.loads(told.output)
        if report["status"] not in ("published", "unchanged") or report["documents"]["rejected"]:
            raise Failed(f"`{command}` should publish, without a reject: {told.output}")
        return told

    @contextmanager
    def _warehouse(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="warehouse-", dir=self.folder) as folder:
            yield Path(folder) / "warehouse"


def _rows(warehouse: Path) -> dict[str, int]:
    """How many rows each stored table has."""
    rows: dict[str, int] = {}
    for file in json.loads((warehouse / "manifest.json").read_bytes())["files"]:
        rows[file["table"]] = rows.get(file["table"], 0) + file["rows"]
    return rows
