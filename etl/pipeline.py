"""One run: the steps in order, nothing else."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from etl import __version__
from etl.candidate import Candidate
from etl.company import check_company, next_observation
from etl.config import RunOptions
from etl.counting import write_counted
from etl.errors import EtlError
from etl.extract import Listing, Source, open_source
from etl.extract.sources import SAMPLE, without_password
from etl.load.comparison import Comparison, Files
from etl.load.damage import whole
from etl.load.fingerprints import Digests, Fingerprints, input_digest
from etl.load.manifest import DataFile, Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.load.released import read_table, row_count
from etl.load.runs import RunRecord, utc_now
from etl.load.store import Store
from etl.parts import merged
from etl.quality import audit, shrinkage, too_much_lost
from etl.reading import Reading, everything, reading
from etl.renewal import renewed
from etl.run_report import RunReport, Status
from etl.shards import SHARD_BYTES, Order, build_all, peak_rss_bytes, plan, settle
from etl.succession import Succession, continue_all, dimension_names
from etl.transform.dimensions import dimensions
from etl.transform.gaps import gaps
from etl.transform.totals import leftovers, published_totals
from etl.workers import Workers

__all__ = ["Progress", "Run", "run"]

SAMPLE_FOLDER = Path(__file__).resolve().parent / "sample"
REJECTS_KEPT = 1_000  # in the record of a run that published nothing

Progress = Callable[[str, int, int], None]  # what is being read; how many bytes of how many


def run(options: RunOptions, report: RunReport, progress: Progress, workers: Workers | None = None) -> None:
    """Bring the warehouse up to what the sources say now; `report` is filled in as it goes.

    `workers` may have been started ahead; else those that the options ask for are, once there is work for them.

    A run that the gates refuse ends with status `refused`. Raises SourceError, StoreError, BusyError or UsageError.
    """
    with workers or Workers(options.workers - 1) as beside:
        Run(options, report, progress, beside).execute()


class Run:
    """One run's state and steps; a backfill has most of them too."""

    def __init__(self, options: RunOptions, report: RunReport, progress: Progress, workers: Workers) -> None:
        self.options, self.report, self.progress, self.workers = options, report, progress, workers
        self.clock = time.perf_counter()
        self.record = RunRecord(report.run_id, utc_now(), __version__)
        self.store = Store(options.warehouse, options.caches)
        self.before: Manifest | None = None
        self.note: str | None = None  # what people must know of a run that published
        self.sources: list[Source] = []
        self.locations: dict[str, str] = {}
        self.listings: dict[str, Listing] = {}
        self.fingerprints = Fingerprints()
        self.unchanged: dict[str, int] = {}  # documents of each source that are as they were in the release before

    def execute(self) -> None:
        """All steps, to a decision. Raises what `run` raises."""
        named = self.options.sources or ((SAMPLE, str(SAMPLE_FOLDER)),)
        self._look([name for name, _ in named])
        with self._ended(is_logged=self.before is not None):  # where nothing was ever published, nothing is made
            self._list(named)
        if self.options.dry_run:
            with TemporaryDirectory(prefix="spack-cache-etl-") as folder, self._ended(is_logged=False):
                self._night(Path(folder))
            return
        with self.store.writing(self.record), self._ended(is_logged=True):
            self._look([name for name, _ in named])  # another run may have published since
            self._night(self.store.staging(self.report.run_id))

    def _look(self, names: Sequence[str]) -> None:
        """See what is published, and whether these sources may join it."""
        self.before = self.store.manifest()
        check_company(names, bool(self.options.sources), self.before)
        if self.before is not None:
            self.before, self.note = whole(self.store.root, self.before)

    def _list(self, named: Sequence[tuple[str, str]]) -> None:
        state = None if self.options.dry_run else self.store.state / "sources"
        self.locations = {name: without_password(location) for name, location in named}
        self.sources = [open_source(name, location, self.options.limits, state and state / name) for name, location in named]
        self.listings = {source.name: source.list() for source in self.sources}
        self.report.documents["seen"] = sum(len(listing.documents) for listing in self.listings.values())

    def _night(self, staging: Path) -> None:
        if not self.options.full:
            self.fingerprints = Fingerprints.read(self.store.fingerprints)
        known = {name: self.fingerprints.known(name, listing.documents) for name, listing in self.listings.items()}
        wanted = all_of_it = everything(self.sources, self.listings)
        if sum(map(len, known.values())) == len(all_of_it.documents) and self._is_release(self._inputs(known)):
            return self._unchanged()
        if self.before is not None and not self.options.full:
            if sum(one.whole_size_bytes for source, one in all_of_it.documents if one.path not in known[source.name]) > SHARD_BYTES:
                self.workers.warm_up("etl.shards")  # while it is worked out what else to read
            wanted = reading(self.sources, self.listings, known, self.store.root, self.before)
        candidate = self._build(staging, wanted)
        if self._is_release(candidate.inputs):
            self._remember(candidate)
            return self._unchanged()
        if not wanted.is_all and self._succession(candidate, wanted).moved().height:  # then packages depend on others
            wanted = all_of_it
            candidate = self._build(staging, wanted)
        self._complete(candidate, wanted)
        places = (staging, self.store.root)
        with ThreadPoolExecutor(2) as beside:  # while its files are read once more, as they were written
            counted = beside.submit(write_counted, places, candidate.files)
            broken = beside.submit(audit, candidate.files, places, self.before is None)
            self._compare(candidate, wanted)
            reason = self._refusal(candidate) or broken.result()
            candidate.files = sorted([*candidate.files, *counted.result()], key=lambda file: file.path)
        if self.options.dry_run:
            return self._decide("dry_run", reason)
        if reason is not None:
            return self._decide("refused", reason)
        self._publish(candidate)
        self._remember(candidate)
        return self._decide("published", self.note)

    def _is_release(self, inputs: Mapping[str, str]) -> bool:
        """Whether the current release was made from just this content, by the rules of today."""
        return self.before is not None and self.before.inputs == inputs

    def _inputs(self, digests: Mapping[str, Digests]) -> dict[str, str]:
        return {name: input_digest(listing.documents, digests[name], listing.totals) for name, listing in self.listings.items()}

    def _build(self, staging: Path, wanted: Reading) -> Candidate:
        """Read what is wanted and stage the tables of a snapshot."""
        shards = list(plan(wanted.documents, wanted.known))
        ids = {source.name: self._last_id(source.name) + 1 for source in self.sources}
        built_files: list[list[DataFile]] = []
        digests = {name: dict(wanted.digests.get(name, {})) for name in self.listings}
        self.report.rejects, self.report.documents["stale"], self.report.documents["read"] = [], 0, 0
        names: dict[str, set[str]] = {}
        spec_counts = dict.fromkeys(self.listings, 0)
        total, done = sum(shard.size_bytes for shard in shards), 0
        order = Order(staging, ids, self.options.limits, self.store.root, self.before.files if self.before else (), wanted.void)
        for built in build_all(shards, order, self.workers):
            built_files.append(built.files)
            for (source, path), digest in built.digests.items():
                digests[source][path] = digest
            self.report.documents["read"] += len(built.digests)
            for kind, found in built.names.items():
                names.setdefault(kind, set()).update(found)
            for source, count in built.spec_counts.items():
                spec_counts[source] += count
            self.report.rejects += built.rejects
            self.report.documents["stale"] += built.stale_count
            self.report.add_process(*built.process)
            done += built.size_bytes
            self.progress("documents", done, total)
        files = settle(staging, built_files)
        self.report.documents["rejected"] = len({(row["source"], row["path"]) for row in self.report.rejects})
        return Candidate(staging, files, dict(digests), self._inputs(digests), ids, spec_counts, names, shards)

    def _succession(self, candidate: Candidate, wanted: Reading) -> Succession:
        before = self.before.files if self.before else ()
        return Succession(candidate.staging, candidate.files, self.store.root, before, candidate.ids, wanted)

    def _complete(self, candidate: Candidate, wanted: Reading) -> None:
        """Make a release of the snapshot: with what the sources say as a whole, and on top of the release before."""
        staging, names, places = candidate.staging, candidate.names, (candidate.staging, self.store.root)
        said = {name: listing.totals for name, listing in self.listings.items()}
        succession = self._succession(candidate, wanted)
        documents, held, members = map(succession.alone, ("documents", "tag_specs", "memberships"))
        totals = published_totals(said)
        found = totals | {"leftovers": leftovers(held, members, totals), "gaps": gaps(documents, held, members, said, candidate.ids)}
        files = candidate.files
        if self.before is not None:
            rejects = [file for file in files if file.table == "rejects"]  # of this snapshot alone
            if wanted.is_all:
                files = continue_all(succession, found["gaps"], candidate.shards, self.workers)
            else:
                files, candidate.changes = renewed(succession, found["gaps"])
                files = merged(places, files, self.workers)
            files += rejects
            for kind, before in dimension_names(self.store.root, self.before.files).items():
                names.setdefault(kind, set()).update(before)
            stale = read_table(places, files, "documents").select(pl.col("is_stale").sum())
            self.report.documents["stale"] = int(stale.collect().item() or 0)
        self.workers.dismiss()  # their end takes a while, in which this process goes on
        files = [*files, *write_tables(dimensions(names) | found, staging)]
        candidate.files = files

    def _compare(self, candidate: Candidate, wanted: Reading) -> None:
        """Say what changed since the release before."""
        found = self._comparison(candidate)
        self.report.specs, self.report.memberships = found.specs()._asdict(), found.memberships()._asdict()
        if self.before is not None:
            candidate.spec_counts |= found.sources
        documents = candidate.changes.before["documents"] if candidate.changes else found.before.table("documents").collect()
        pages = {(source, path): digest for source, path, digest in documents.select("source", "path", "sha256").iter_rows()}
        for source, digests in candidate.digests.items():
            known = wanted.digests.get(source, {})
            same = sum(pages.get((source, path)) == digest for path, digest in digests.items() if path not in known)
            self.unchanged[source] = len(known) + same
        here = {(source.name, one.path) for source, one in wanted.documents}
        self.report.documents |= {"unchanged": sum(self.unchanged.values()), "removed": len(pages.keys() - here)}

    def _comparison(self, candidate: Candidate) -> Comparison:
        before = Files(self.store.root, self.before.files if self.before else ())
        return Comparison(before, Files((candidate.staging, self.store.root), candidate.files), candidate.changes)

    def _refusal(self, candidate: Candidate) -> str | None:
        """Why the candidate must not become current; None: it may."""
        rejected, seen = self.report.documents["rejected"], self.report.documents["seen"]
        if not self.options.max_rejects.allows(rejected, seen):
            return f"{rejected:,} of {seen:,} documents have rejects, more than --max-rejects {self.options.max_rejects} allows"
        if self.before is None or self.options.accept_shrink:
            return None
        return too_much_lost(shrinkage(*self._comparison(candidate).spec_counts(), self.options.max_shrink), self.options.max_shrink)

    def _publish(self, candidate: Candidate) -> None:
        snapshots = [self._snapshot(name, candidate) for name in self.listings]
        manifest = candidate.manifest(self.before, snapshots, self.locations)
        self.store.publish(manifest, candidate.staging)
        self.before = manifest
        self.report.snapshots = [
            {"source": one.source, "snapshot_id": one.snapshot_id, "observed_at": one.observed_at, "revision": one.revision}
            for one in snapshots
        ]

    def _snapshot(self, source: str, candidate: Candidate) -> Snapshot:
        last = self.before.latest(source) if self.before else None
        listing = self.listings[source]
        return Snapshot(
            source=source,
            snapshot_id=candidate.ids[source],
            observed_at=next_observation(last, self.options.observed_at, listing.observed_at or self.record.started_at),
            revision=listing.revision or candidate.inputs[source],
            document_count=len(listing.documents),
            changed_document_count=len(listing.documents) - self.unchanged[source],
            spec_count=candidate.spec_counts[source],
            run_id=self.report.run_id,
        )

    def _remember(self, candidate: Candidate) -> None:
        for name, listing in self.listings.items():
            self.fingerprints.keep(name, listing.documents, candidate.digests[name])
        self.store.remember(self.fingerprints)

    def _last_id(self, source: str) -> int:
        last = self.before.latest(source) if self.before else None
        return last.snapshot_id if last else 0

    def _unchanged(self) -> None:
        self.report.documents["unchanged"] = self.report.documents["seen"]
        self._decide("unchanged", "every document is as it was")

    def _decide(self, status: Status, reason: str | None) -> None:
        self.report.status, self.report.reason = status, reason

    @contextmanager
    def _ended(self, is_logged: bool) -> Iterator[None]:
        """Say in the report and in the log of runs how it ended: by a decision, or by whatever was raised."""
        try:
            yield
        except BaseException as error:
            self._decide("failed", str(error) if isinstance(error, EtlError) else f"{type(error).__name__}: {error}")
            raise
        finally:
            if self.report.status != "running":
                self._sum_up()
                if is_logged and not self.options.dry_run:
                    self.store.log(self.record)

    def _sum_up(self) -> None:
        report, record = self.report, self.record
        if report.status == "unchanged" and self.before is not None:
            specs = read_table(self.store.root, self.before.files, "tag_specs").select(pl.col("spec_hash").n_unique())
            report.specs["current"] = specs.collect().item()
            report.memberships["current"] = row_count(self.store.root, self.before.files, "memberships")
        report.release = self.before.release if self.before else None
        report.seconds = round(time.perf_counter() - self.clock, 3)
        report.add_process(os.getpid(), peak_rss_bytes())
        report.warehouse_bytes = self.store.size_bytes()
        if report.status == "dry_run":
            return  # no run, as far as the log knows
        record.status, record.reason, record.release, record.seconds = report.status, report.reason, report.release, report.seconds
        record.finished_at, record.peak_rss_bytes = utc_now(), report.peak_rss_bytes
        record.documents_seen, record.documents_read = report.documents["seen"], report.documents["read"]
        record.documents_rejected = report.documents["rejected"]
        record.rejects = [] if report.status == "published" else report.rejects[:REJECTS_KEPT]
