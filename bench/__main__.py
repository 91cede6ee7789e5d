"""The figures of docs/performance.md: `python -m bench [--specs N] [--runs N] [--keep FOLDER] [--memory] [--json]`.

Those of a history are a case of its own: `python -m bench --history [--nights N] [--documents N] [--runs N] [--keep FOLDER] [--json]`,
and so is how fast views answer after some nights: `python -m bench --answers [--specs N] [--runs N] [--keep FOLDER] [--json]`.

A made-up cache is written, then the job and what it is measured against are timed as whole processes, in turn, so that
what else the machine does falls on all alike. All files are in the page cache.
"""

import argparse
import compileall
import dataclasses
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import etl
from bench import answers, measure
from bench.figures import Answer, Figure, Measurements, answer_tables, figures, history_figures, table
from bench.history import NIGHTLY, HistoryBench, HistoryFacts, HistoryMeasurements
from bench.measure import Failed, Measured, Spread, data_files, process, written
from bench.universe import LAST_NIGHT

STEPS = ("orjson", "cold", "unchanged", "night", "changed", "all")
SHARE = 0.01  # of documents that change before the step `changed`
LEAST_NIGHTS = NIGHTLY + 1
SETTLED = 2.1  # seconds after which a page's time stamp is proof that it did not change


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Time the job beside plain readers of the same files.")
    parser.add_argument("--specs", type=int, default=100_000, help="about how many specs the made-up cache holds")
    parser.add_argument("--runs", type=int, default=3, help="how often everything is timed; figures are medians")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the cache is, or will be, kept for the next time")
    parser.add_argument("--memory", action="store_true", help="also a cache of twice the size, for the growth of memory")
    parser.add_argument("--history", action="store_true", help="time a backfill and the nights after it instead")
    parser.add_argument("--answers", action="store_true", help="time every view beside raw pages instead")
    parser.add_argument("--documents", type=int, default=20_000, help="about how many the made-up history's nights hold")
    parser.add_argument("--nights", type=int, default=60, help="how many the made-up history has")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    options = parser.parse_args()
    if min(options.specs, options.runs, options.documents) < 1 or not LEAST_NIGHTS <= options.nights <= LAST_NIGHT:
        parser.error(f"--specs, --runs, --documents: give 1 or more; --nights: {LEAST_NIGHTS} to {LAST_NIGHT}")
    # As an installed program is. In a checkout, each process of a Python that keeps no bytecode would compile it anew.
    compileall.compile_dir(Path(etl.__file__).parent, quiet=1)
    with _folder(options.keep) as folder:
        try:
            report = _report_history if options.history else _report_answers if options.answers else _report
            report(folder.resolve(), options)
        except Failed as error:
            raise SystemExit(f"error: {error}") from None


def _report(folder: Path, options: argparse.Namespace) -> None:
    bench = Bench(folder, options.specs)
    found = bench.run(options.runs, options.memory)
    _show(options, bench.facts, found, figures(found))
    if not options.json:
        print("\nEvery view's example query, beside DuckDB asking the raw pages:\n")
        print(answer_tables(found.answers, found.opening_ms))


def _report_answers(folder: Path, options: argparse.Namespace) -> None:
    _tell("making the cache and its nights")
    warehouse, cache = answers.prepared(folder, options.specs)
    arguments = ("--times", str(options.runs), *(["--json"] if options.json else []))
    print(process("bench.answers", warehouse, cache, *arguments).output, end="")


def _report_history(folder: Path, options: argparse.Namespace) -> None:
    _tell("making the history")
    bench = HistoryBench(folder, options.documents, options.nights)
    found = bench.run(options.runs)
    _show(options, bench.facts, found, history_figures(found))


def _show(
    options: argparse.Namespace, facts: "Facts | HistoryFacts", found: Measurements | HistoryMeasurements, rows: Iterator[Figure]
) -> None:
    if options.json:
        as_json = [{**dataclasses.asdict(row), "is_met": row.is_met} for row in rows]
        print(json.dumps({"cache": dataclasses.asdict(facts), "measured": dataclasses.asdict(found), "figures": as_json}))
        return
    print(f"{facts}; {os.cpu_count()} cores; medians of {options.runs} (fastest to slowest)\n")
    print(table(("what", "measured", "figure", "target", "met"), [row.cells() for row in rows]))


@dataclasses.dataclass
class Facts:
    """What the cache holds."""

    specs: int = 0
    documents: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"made-up cache: {self.specs:,} specs in {self.documents:,} documents, {self.bytes / 1e6:,.1f} MB"


class Bench:
    """The steps, in order; each leaves the folder as the next wants it."""

    def __init__(self, folder: Path, specs: int) -> None:
        self.folder, self.specs = folder, specs
        self.cache = folder / f"cache-{specs}"
        self.facts = Facts()
        self.timed: dict[str, list[Measured]] = {step: [] for step in STEPS}
        self.yaml: list[float] = []  # seconds for one byte
        self.yaml_bytes = 0
        self.changed: dict[str, int] = {}
        self.written: dict[str, int] = {}
        self.release: dict[str, int] = {}
        self.peaks: list[int] = []  # of all processes of a cold run

    def run(self, runs: int, with_memory: bool) -> Measurements:
        told: dict[str, Any] = {}
        for number in range(runs):
            _tell(f"run {number + 1} of {runs}")
            with self._warehouse() as warehouse:
                self._round(warehouse)
                if number == runs - 1:
                    self._generate(self.cache, self.specs)
                    told = json.loads(process("bench.answers", warehouse, self.cache, "--json").output)
        double = self._double() if with_memory else None
        _tell("archive")
        size, how = measure.archive(self.cache)
        pace = statistics.median(self.yaml)
        return Measurements(
            seconds={step: Spread.of(timed) for step, timed in self.timed.items()},
            yaml_seconds=pace * self.facts.bytes,
            yaml_note=f"scaled from {self.yaml_bytes / 1e6:.1f} MB at {1e-6 / pace:.1f} MB a second",
            peak_bytes=max(self.peaks),
            largest_bytes=max(told.peak_bytes for told in self.timed["cold"]),
            double_bytes=double,
            changed=self.changed,
            written=self.written,
            release=self.release,
            data_bytes=self.release["cold"],
            archive_bytes=size,
            archive_note=how,
            opening_ms=told["opening_ms"],
            answers=[Answer(**one) for one in told["answers"]],
        )

    def _round(self, warehouse: Path) -> None:
        self._generate(self.cache, self.specs)
        time.sleep(SETTLED)
        self._read()
        self._night("cold", warehouse)
        self._night("unchanged", warehouse)
        self._generate(self.cache, self.specs, "--night", LAST_NIGHT + 1)
        time.sleep(SETTLED)
        self._night("night", warehouse)
        self._generate(self.cache, self.specs, "--night", LAST_NIGHT + 1, "--rebuilt", SHARE)
        time.sleep(SETTLED)
        self._night("changed", warehouse)
        self._generate(self.cache, self.specs, "--night", LAST_NIGHT + 1, "--rebuilt", 1)
        time.sleep(SETTLED)
        self._night("all", warehouse)

    def _read(self) -> None:
        read = process("bench.baseline", "orjson", self.cache)
        self.timed["orjson"].append(read)
        seconds, sample, total = map(float, process("bench.baseline", "yaml", self.cache).output.split())
        self.yaml.append(seconds / sample)
        self.yaml_bytes = int(sample)
        self.facts.specs, self.facts.bytes = int(read.output), int(total)

    def _night(self, step: str, warehouse: Path) -> None:
        before = data_files(warehouse)
        told = process("etl", "run", f"public={self.cache}", "--warehouse", warehouse, "--json")
        after = data_files(warehouse)
        report = json.loads(told.output)
        # In a small cache a night may pass without a rebuild.
        expected = {"unchanged": ["unchanged"], "night": ["published", "unchanged"]}.get(step, ["published"])
        if report["status"] not in expected or report["documents"]["rejected"]:
            raise Failed(f"the run `{step}` should be {expected[0]}, without a reject: {told.output}")
        self.timed[step].append(told)
        self.changed[step] = report["documents"]["seen"] - report["documents"]["unchanged"]
        self.written[step], self.release[step] = written(before, after), sum(after.values())
        if step == "cold":
            self.facts.documents = report["documents"]["seen"]
            self.peaks.append(report["peak_rss_bytes"])

    def _double(self) -> int:
        """Peak memory of a cold run over twice the documents."""
        _tell("twice the documents")
        cache = self.folder / f"cache-{2 * self.specs}"
        self._generate(cache, 2 * self.specs)
        with self._warehouse() as warehouse:
            told = process("etl", "run", f"public={cache}", "--warehouse", warehouse, "--json")
        return int(json.loads(told.output)["peak_rss_bytes"])

    def _generate(self, cache: Path, specs: int, *more: str | float) -> None:
        process("bench.generate", cache, "--specs", str(specs), *map(str, more))
        os.sync()  # or what is timed next would wait for the disk to take the pages that were just made

    @contextmanager
    def _warehouse(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="warehouse-", dir=self.folder) as folder:
            yield Path(folder) / "warehouse"


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    folder = tempfile.mkdtemp(prefix="spack-cache-bench-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder)


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
