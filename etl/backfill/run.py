"""One backfill: the steps in order, nothing else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import msgspec
import polars as pl

from etl import __version__
from etl.backfill.plan import Additions, additions
from etl.backfill.survey import Missed, gap_intervals, missed
from etl.backfill.tables import build_range
from etl.backfill.tasks import Sums, single, surveyed, tasks_of
from etl.backfill.versions import Stretch, Versions
from etl.backfill.work import Task, Work
from etl.candidate import Candidate
from etl.config import RunOptions
from etl.counting import write_counted
from etl.extract import open_source
from etl.extract.git_history import Commit, Every, GitHistory, History
from etl.extract.sources import without_password
from etl.extract.sources.git import GitSource
from etl.load.fingerprints import Fingerprints, input_digest
from etl.load.manifest import Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.load.progress import Progress as Kept
from etl.load.released import read_table
from etl.pipeline import Progress, Run
from etl.quality import audit
from etl.run_report import RunReport
from etl.schema import SCHEMA_VERSION, TABLES
from etl.shards import plan, settle, shared
from etl.succession import LASTING, dimension_names
from etl.transform.dimensions import dimensions
from etl.transform.totals import leftovers, published_totals
from etl.workers import Workers

__all__ = ["Bounds", "backfill"]

_OF_SOURCES = ("rejects", "published_tag_counts", "published_tag_stacks", "leftovers")  # tables that no package bounds


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which commits of a history are wanted: from one time to another, each, or the last of each UTC day."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    every: Every = "commit"


def backfill(options: RunOptions, bounds: Bounds, report: RunReport, progress: Progress, workers: Workers | None = None) -> list[str]:
    """Add the history of the one source of the options, a git repository, to the warehouse; `report` is filled in as it goes.

    Returns what was left out, in words. Raises SourceError, StoreError, BusyError or UsageError.
    """
    with workers or Workers(options.workers - 1) as beside:
        one = _Backfill(options, bounds, report, progress, beside)
        one.execute()
        return one.notes


class _Backfill(Run):
    """One backfill's state and steps."""

    def __init__(self, options: RunOptions, bounds: Bounds, report: RunReport, progress: Progress, workers: Workers) -> None:
        super().__init__(options, report, progress, workers)
        ((self.name, self.location),) = options.sources
        self.bounds = bounds
        self.notes: list[str] = []

    def execute(self) -> None:
        self._look_beside()
        with self._ended(is_logged=self.before is not None):
            source = self._source()
            history = source.history(self.bounds.since, self.bounds.until, self.bounds.every)
        with self.store.writing(self.record), self._ended(is_logged=True):
            self._look_beside()
            self._fill(source, history, self.store.staging(self.report.run_id))

    def _look_beside(self) -> None:
        """See what is published; other sources of the warehouse stay as they are."""
        before = self.store.manifest()
        self._look([self.name, *sorted((set(before.inputs) if before else set()) - {self.name})])

    def _source(self) -> GitHistory:
        state = self.store.state / "sources" / self.name / "history"
        near = open_source(self.name, self.location, self.options.limits, state)
        assert isinstance(near, GitSource)  # the location begins with git+
        self.locations = {self.name: without_password(self.location)}
        return GitHistory(near.name, near.repository, near.ref, near.limits, near.state)

    def _fill(self, source: GitHistory, history: History, staging: Path) -> None:
        there = sorted((one for one in self._snapshots() if one.source == self.name), key=lambda one: one.snapshot_id)
        added = additions(history.commits, there)
        if history.unreadable:
            self.notes.append(f"{history.unreadable:,} commits hold no cache, several, or a list of tags that cannot be read: left out")
        if added.between:
            self.notes.append(f"{added.between:,} commits lie between snapshots that are there: left out")
        if not added.before and not added.after:
            return self._decide("unchanged", "every commit is a snapshot already")
        versions = Versions()
        stretches = []
        if added.before:
            stretches.append(versions.stretch(1, added.before, False))
        if added.after:
            last_id = there[-1].snapshot_id if there else 0
            stretches.append(versions.stretch(last_id + len(added.before) + 1, added.after, bool(there)))
        shift = len(added.before) if there else 0
        last_id = (there[-1].snapshot_id if there else 0) + len(added.before) + len(added.after)
        kept = Kept(self.store.state / "backfill" / versions.digest(self.options.limits))
        kept.begin()
        before = self.before.files if self.before else ()
        work = Work(source, self.options.limits, kept, staging, self.store.root, before, shift, last_id)
        tasks = tasks_of(list(plan(versions.listed(source))), stretches, added)
        gaps = self._survey(tasks, work, added, stretches)
        work = replace(work, gaps=[gap_intervals(found) for found in gaps])
        sums = self._build_all(tasks, work)
        self._judge(self._candidate(source, sums, work, added, gaps), sums, work, added, stretches, there)
        if self.report.status == "published":  # else another try, with other budgets, need not read again
            kept.end()
        return None

    def _snapshots(self) -> Sequence[Snapshot]:
        return self.before.snapshots if self.before else ()

    def _survey(self, tasks: Sequence[Task], work: Work, added: Additions, stretches: Sequence[Stretch]) -> list[list[Missed]]:
        """Read every version, and find what each snapshot did not observe."""
        total, done = sum(task.size_bytes for task in tasks), 0
        named: list[list[pl.DataFrame]] = [[] for _ in stretches]
        for size, found in shared(surveyed, [(task, work) for task in tasks], self.workers):
            for frames, frame in zip(named, found, strict=True):
                frames.append(frame)
            done += size
            self.progress("history", done, total)
        commits = [part for part in (added.before, added.after) if part]
        return [
            missed(frames, [commit.listed for commit in part], stretch.begin)
            for frames, part, stretch in zip(named, commits, stretches, strict=True)
        ]

    def _build_all(self, tasks: Sequence[Task], work: Work) -> Sums:
        sums = Sums()
        total, done = sum(task.size_bytes for task in tasks), 0
        for built in shared(build_range, [(task, work) for task in tasks], self.workers):
            sums.add(built)
            self.report.rejects += built.rejects
            self.report.documents["stale"] += built.stale_count
            self.report.add_process(*built.process)
            done += built.size_bytes
            self.progress("tables", done, total)
        self.report.documents["read"] = sum(len(task.documents) for task in tasks)
        return sums

    def _candidate(self, source: GitHistory, sums: Sums, work: Work, added: Additions, gaps: Sequence[Sequence[Missed]]) -> Candidate:
        """The files of the release."""
        staging, files = work.staging, single(work.staging, settle(work.staging, sums.files))
        found: dict[str, pl.DataFrame] = {}
        if added.after:
            totals = published_totals({self.name: source.totals(added.after[-1].tags, added.after[-1].meta)})
            held, members = (read_table(staging / "alone", sums.alone, name) for name in ("tag_specs", "memberships"))
            found = totals | {"leftovers": leftovers(held, members, totals)}
            found["rejects"] = TABLES["rejects"].schema.create_empty()  # the shards have written this source's
        tables = {name: self._with_stored(name, found.get(name), work) for name in _OF_SOURCES}
        rows = [(self.name, *one) for stretch in gaps for one in stretch]
        new = pl.DataFrame(rows, schema=TABLES["gaps"].polars_schema, orient="row")
        if work.shift:
            new = pl.concat([self._with_stored("gaps", None, work), new])
        else:
            files += [file for file in work.before if file.table in LASTING]
        tables["gaps"] = new.sort(TABLES["gaps"].sort_by)
        for kind, before in (dimension_names(work.root, work.before) if work.before else {}).items():
            sums.names.setdefault(kind, set()).update(before)
        self.workers.dismiss()
        files += write_tables(dimensions(sums.names) | tables, staging)
        return Candidate(staging, sorted(files, key=lambda file: file.path), {self.name: sums.digests}, {}, {}, {}, sums.names)

    def _with_stored(self, name: str, new: pl.DataFrame | None, work: Work) -> pl.DataFrame:
        """A table's rows: of other sources as they are stored; of this one the new ones, or (None) the stored by their new numbers."""
        table = TABLES[name]
        stored = read_table(work.root, work.before, name).collect()
        is_own = pl.col("source") == self.name
        if new is not None:
            rows = pl.concat([stored.filter(~is_own), new.select(stored.columns)])
        elif "snapshot_id" in stored.columns:
            shifted = pl.col("snapshot_id") + pl.when(is_own).then(work.shift).otherwise(0)
            rows = stored.with_columns(shifted)
        else:
            rows = stored
        return rows.sort(table.sort_by)

    def _judge(
        self,
        candidate: Candidate,
        sums: Sums,
        work: Work,
        added: Additions,
        stretches: Sequence[Stretch],
        there: Sequence[Snapshot],
    ) -> None:
        """Let the gates see the last state, then publish."""
        found = self._comparison(candidate)
        self.report.specs, self.report.memberships = found.specs()._asdict(), found.memberships()._asdict()
        self.report.documents["seen"] = len(added.last)
        self.report.documents["rejected"] = len({row["path"] for row in self.report.rejects})
        reason = self._refusal(candidate) or audit(candidate.files, (candidate.staging, self.store.root), is_first=False)
        if reason is not None:
            return self._decide("refused", reason)
        counted = write_counted((candidate.staging, self.store.root), candidate.files)
        snapshots = self._snapshots_of(added, stretches, sums)
        raised = [_raised(one, work.shift) if one.source == self.name else one for one in self._snapshots()]
        inputs = dict(self.before.inputs) if self.before else {}
        if added.after:
            totals = work.source.totals(added.after[-1].tags, added.after[-1].meta)
            inputs[self.name] = input_digest(added.last, sums.digests, totals)
        place = next((place for place, one in enumerate(raised) if one.source == self.name), len(raised))
        early, late = snapshots[: len(added.before)], snapshots[len(added.before) :]
        manifest = Manifest(
            release=self.before.release + 1 if self.before else 1,
            schema_version=SCHEMA_VERSION,
            program_version=__version__,
            inputs=inputs,
            snapshots=[*raised[:place], *early, *raised[place:], *late],
            files=sorted([*candidate.files, *counted], key=lambda file: file.path),
            locations=(dict(self.before.locations) if self.before else {}) | ({} if there else self.locations),
        )
        self.store.publish(manifest, candidate.staging)
        self.before = manifest
        self.report.snapshots = [
            {"source": one.source, "snapshot_id": one.snapshot_id, "observed_at": one.observed_at, "revision": one.revision}
            for one in snapshots
        ]
        if added.after:
            fingerprints = Fingerprints.read(self.store.fingerprints)
            fingerprints.keep(self.name, added.last, sums.digests)
            self.store.remember(fingerprints)
        return self._decide("published", self.note)

    def _snapshots_of(self, added: Additions, stretches: Sequence[Stretch], sums: Sums) -> list[Snapshot]:
        parts: Sequence[Sequence[Commit]] = [part for part in (added.before, added.after) if part]
        found = []
        for stretch, commits in zip(stretches, parts, strict=True):
            numbers = range(stretch.begin, stretch.end)
            refused = accumulate(sums.refused[at] for at in numbers)
            specs = accumulate(sums.specs[at] for at in numbers)
            for at, commit, refused_count, spec_count in zip(numbers, commits, refused, specs, strict=True):
                found.append(
                    Snapshot(
                        source=self.name,
                        snapshot_id=at,
                        observed_at=commit.time,
                        revision=commit.id,
                        document_count=commit.document_count,
                        changed_document_count=sums.renewed[at] + refused_count,
                        spec_count=spec_count,
                        run_id=self.report.run_id,
                    )
                )
        return found


def _raised(snapshot: Snapshot, shift: int) -> Snapshot:
    """The snapshot, counted up."""
    return msgspec.structs.replace(snapshot, snapshot_id=snapshot.snapshot_id + shift)
