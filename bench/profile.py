"""Where a cold run's time goes: `python -m bench.profile FOLDER`, FOLDER as `run` takes it.

The public steps of a run are called in order, in one process, and timed. The steps inside of them (`-`) are then taken
one by one, with the same input; being done for the second time they are a little faster, and they need not add up.
"""

import cProfile
import datetime as dt
import hashlib
import pstats
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from bench.figures import table
from bench.measure import process
from etl import __version__
from etl.extract import Batch, Listed, Source, Totals, layouts, open_source, read_batch
from etl.extract.page import front_matter
from etl.extract.specs import PAGES, Slices, columns
from etl.load import catalog
from etl.load.comparison import Comparison, Files
from etl.load.fingerprints import Fingerprints, input_digest
from etl.load.manifest import DataFile, Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.load.runs import RunRecord
from etl.load.store import Store
from etl.schema import SCHEMA_VERSION
from etl.shards import peak_rss_bytes, plan, settle
from etl.transform import build
from etl.transform.dimensions import dimensions

LEAST = 0.004  # of the time: what is less is not shown
SNAPSHOT = Snapshot("cache", 1, dt.datetime(2026, 11, 23), "", 0, 0, 0, "")


class Clock:
    """Seconds by step, and processor seconds of all threads; a step inside of another is named `outer: inner`."""

    def __init__(self) -> None:
        self.taken: dict[str, tuple[float, float]] = {}

    def add(self, name: str, seconds: float, cpu: float = 0) -> None:
        before = self.taken.get(name, (0, 0))
        self.taken[name] = before[0] + seconds, before[1] + cpu

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begin, cpu = time.perf_counter(), time.process_time()
        yield
        self.add(name, time.perf_counter() - begin, time.process_time() - cpu)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Each step, and below it the steps inside."""
        whole = {name: taken for name, taken in self.taken.items() if ": " not in name}
        total, total_cpu = (sum(column) for column in zip(*whole.values(), strict=True))
        for name, taken in whole.items():
            yield _row(name, *taken, total)
            inner = {inside: taken for inside, taken in self.taken.items() if inside.startswith(f"{name}: ")}
            for inside, parts in sorted(inner.items(), key=lambda pair: -pair[1][0]):
                if parts[0] >= LEAST * total:
                    yield _row(f"- {inside.partition(': ')[2]}", *parts, total)
        yield _row("all of it", total, total_cpu, total)


def _row(name: str, seconds: float, cpu: float, total: float) -> tuple[str, ...]:
    return name, f"{seconds:.3f}", f"{cpu:.3f}" if cpu else "", f"{100 * seconds / total:.1f} %"


def main() -> None:
    folder = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="spack-cache-profile-") as kept:
        whole = process("etl", "run", f"cache={folder}", "--warehouse", Path(kept) / "whole", "--workers", "1")
        clock = Clock()
        imported = process("timeit", "-n", "1", "-r", "1", "import etl.cli, etl.pipeline")
        clock.add("start Python, import", imported.seconds, imported.cpu_seconds)
        store = Store(Path(kept) / "steps")
        with store.writing(RunRecord("profile", dt.datetime.now(), __version__)):
            release(clock, folder, store)
    print(table(("step", "seconds", "processor", "share"), list(clock.rows())))
    print(f"\nthe same as one process, `run --workers 1`: {whole.seconds:.3f} s, processor {whole.cpu_seconds:.3f} s")
    print(f"start of a worker until it has imported what it needs: {_worker_start():.3f} s")


def release(clock: Clock, folder: str, store: Store) -> None:
    """The first release of a warehouse, step by step."""
    source = open_source("cache", folder)
    with clock.step("list the documents"):
        listed = source.list().documents
    with clock.step("plan shards"):
        shards = list(plan((source, one) for one in listed))
    staging = store.staging("profile")
    written: list[list[DataFile]] = []
    digests: dict[str, str] = {}
    names: dict[str, set[str]] = defaultdict(set)
    for shard in shards:
        with clock.step("read"):
            batch = read_batch(shard.documents)
        with clock.step("build tables"):
            built = build(batch, {"cache": 1})
        with clock.step("write Parquet"):
            written.append(write_tables(built.tables, staging))
        digests |= {path: digest for (_, path), digest in batch.digests.items()}
        for kind, found in built.names.items():
            names[kind].update(found)
        _inside_reading(clock, shard.documents)
        _inside_building(clock, batch)
        _inside_writing(clock, built.tables, staging)
    with clock.step("settle specs of two packages"):
        files = settle(staging, written)
    with clock.step("dimensions"):
        files = sorted(files + write_tables(dimensions(names), staging), key=lambda file: file.path)
    with clock.step("compare with the release before"):
        found = Comparison(Files(staging, ()), Files(staging, files))
        found.specs(), found.memberships()
    with clock.step("digest of all, fingerprints"):
        revision = input_digest(listed, digests, Totals())
        fingerprints = Fingerprints()
        fingerprints.keep("cache", listed, digests)
        store.remember(fingerprints)
    manifest = Manifest(
        release=1, schema_version=SCHEMA_VERSION, program_version=__version__, inputs={"cache": revision}, snapshots=[SNAPSHOT], files=files
    )
    with clock.step("publish"):
        store.publish(manifest, staging)
    with clock.step("publish: catalog"):
        catalog.build(store.root / "again.duckdb", manifest, store.root)


def _inside_reading(clock: Clock, documents: Sequence[tuple[Source, Listed]]) -> None:
    with clock.step("read: bytes"):
        raws = [source.read(one) for source, one in documents]
    with clock.step("read: sha256"):
        for raw in raws:
            hashlib.sha256(raw).hexdigest()
    with clock.step("read: split into lines"):
        pages = [front_matter(raw) for raw in raws]
    with clock.step("read: split into specs (msgspec)"):
        found = [layouts.document(page) for page in pages]
    slices = Slices(PAGES)
    with clock.step("read: gather specs"):
        for number, one in enumerate(found):
            slices.add(number, one.specs, one.specs_text)
    with clock.step("read: JSON to columns (Arrow)"):
        columns(slices)


def _inside_building(clock: Clock, batch: Batch) -> None:
    """The functions that `build` calls, by Python's own profiler: they are few calls of much work, so it costs next to nothing."""
    profiler = cProfile.Profile()
    profiler.runcall(build, batch, {"cache": 1})
    seconds: dict[str, float] = {}
    for (file, _, name), (*_, callers) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        for (_, _, caller), (_, _, _, taken) in callers.items():
            if caller == "build" and "/etl/transform/" in file:
                seconds[name] = seconds.get(name, 0) + taken
    for name, taken in seconds.items():
        clock.add(f"build tables: {name}", taken)


def _inside_writing(clock: Clock, tables: Mapping[str, pl.DataFrame], staging: Path) -> None:
    for name, frame in tables.items():
        with clock.step(f"write Parquet: {name}"):
            write_tables({name: frame}, staging / "again")


def _worker_start() -> float:
    begin = time.perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        executor.submit(peak_rss_bytes).result()
        return time.perf_counter() - begin


if __name__ == "__main__":
    main()
