"""Whether the promises on publishing hold: `python -m bench.torture [--kills N] [--publishes N] [--seconds N] [--seed N] [--short]`.

The job is killed at every named step and at random moments, is refused the disk, meets another run and a clock that goes
back, and publishes night after night under readers. After each case the warehouse must answer, agree with its manifest, hold
nothing of the run that died, and come to the same rows as one that was never hurt. See docs/reliability.md.
"""

import argparse
import datetime as dt
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import table
from bench.measure import ROOT, Failed
from bench.torture_cases import Case, Skipped, all_cases, missing_steps
from bench.torture_checks import Answer, answer, faults
from bench.torture_lanes import KINDS, Lane, nights
from etl.load.steps import STEPS

__all__ = ["Tally", "carried_out", "readers"]

OLD_DUCKDB = Path(sys.prefix) / "duckdb-1.5.6"
SPECS = 300
READERS = 4  # half of them with the older DuckDB


@dataclass
class Tally:
    """A row of the table."""

    count: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # how many for which reason
    errors: list[str] = field(default_factory=list)
    notes: str = ""

    def cells(self, group: str) -> tuple[str, str, str, str]:
        notes = self.notes + "; ".join(f"{count:,} left out: {why}" for why, count in self.left_out.items())
        return group, f"{self.count:,}", f"{len(self.errors):,}", notes

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.torture", description="Hurt the job in every way, and look at what is left.")
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--publishes", type=int, default=100, help="under readers")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no case after so long")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="warehouses that are hurt at the same time")
    parser.add_argument("--short", action="store_true", help="a few cases of each, in less than a minute")
    options = parser.parse_args()
    if options.short:
        options.kills, options.publishes = min(options.kills, 2), min(options.publishes, 3)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spack-cache-torture-") as folder:
        found = _all(Path(folder), options, begin + options.seconds)
    print(table(("what", "cases", "errors", "note"), [tally.cells(group) for group, tally in found.items()]))
    print(f"\n{time.monotonic() - begin:,.0f} seconds")
    errors = [f"{group}: {error}" for group, tally in found.items() for error in tally.errors]
    print("".join(f"{error}\n" for error in errors), end="", file=sys.stderr)
    sys.exit(1 if errors else 0)


def _all(folder: Path, options: argparse.Namespace, end: float) -> dict[str, Tally]:
    caches = nights(folder, 4 if options.short else 12, SPECS)
    with ThreadPoolExecutor(options.jobs) as threads:
        lanes = list(threads.map(lambda number: Lane(folder / f"lane-{number}", caches), range(options.jobs)))
    traces = {kind: lanes[0].trace(kind) for kind in KINDS}
    seen = readers(lanes[0], options.publishes, end)
    found = carried_out(lanes, list(all_cases(traces, options.kills, options.seed, options.short)), end)
    return found | {"steps, each reached by some run": Tally(len(STEPS), errors=missing_steps(traces))} | seen


def carried_out(lanes: list[Lane], cases: list[Case], end: float) -> dict[str, Tally]:
    """Do to warehouses what the cases say, in all lanes at once."""
    free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
    for lane in lanes:
        free.put(lane)
    found = {case.group: Tally() for case in cases}

    def one(case: Case) -> None:
        if time.monotonic() > end:
            found[case.group].leave_out("there was no time")
            return
        lane = free.get()
        try:
            errors = list(case.carried_out(lane))
        except Skipped as why:
            found[case.group].leave_out(str(why))
            return
        except Failed as why:
            errors = [str(why)]
        finally:
            free.put(lane)
        found[case.group].count += 1
        found[case.group].errors += [f"{case.name}: {error}" for error in errors]
        _tell(f"{case.group}: {case.name}: {'; '.join(errors) or 'well'}")

    with ThreadPoolExecutor(len(lanes)) as threads:
        list(threads.map(one, cases))
    return found


def readers(lane: Lane, publishes: int, end: float) -> dict[str, Tally]:
    """Publish under readers, who each time must see one release as a whole."""
    lane.empty()
    lane.expect(0, lane.run(1))
    stop = lane.folder / "stop"
    folders = [None, OLD_DUCKDB if OLD_DUCKDB.is_dir() else None] * (READERS // 2)
    asking = [_reader(lane.root / "spack_cache.duckdb", stop, folder) for folder in folders]
    expected: dict[int, Answer] = {1: answer(lane.root)}
    published, vacuumed = Tally(), Tally()
    try:
        for number in range(publishes):
            if time.monotonic() > end:
                break
            # Night after night, and in the end back to the first: names of files, made of their content, come again.
            night, hour = number % len(lane.caches) + 1, dt.datetime(2027, 1, 1) + dt.timedelta(hours=number)
            outcome = lane.run(night, more=("--observed-at", hour.isoformat()))
            if outcome.code != 0:
                published.errors.append(f"publish {number + 1}: exit code {outcome.code}: {outcome.errors.strip()[-300:]}")
            published.count += 1
            if number % 3 == 2:
                swept = lane.vacuum()
                vacuumed.count += 1
                if swept.code != 0:
                    vacuumed.errors.append(f"exit code {swept.code}: {swept.errors.strip()[-300:]}")
            now = answer(lane.root)
            expected[now[0]] = now
    finally:
        stop.touch()
        told = [json.loads(child.communicate()[0]) for child in asking]
    published.errors += faults(lane.root)
    found = {"published under readers": published, "vacuumed under readers": vacuumed}
    for one in told:
        tally = found.setdefault(f"answers to readers with DuckDB {one['duckdb']}", Tally())
        tally.count += one["asked"]
        tally.errors += one["errors"]
        tally.notes += f"{one['again']:,} opened again; "
        tally.errors += [f"an answer of no release: {said}" for said in one["answers"] if tuple(said) != expected.get(said[0])]
        if one["asked"] == 0:
            tally.errors.append("a reader never asked")
    seen = {said[0] for one in told for said in one["answers"]}
    found["releases that readers saw"] = Tally(len(seen), errors=[] if seen else ["none"])
    return found


def _reader(catalog: Path, stop: Path, duckdb: Path | None) -> subprocess.Popen[str]:
    environment = os.environ | ({"PYTHONPATH": str(duckdb)} if duckdb else {})
    command = [sys.executable, "-m", "bench.torture_readers", str(catalog), str(stop)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
