"""Damaged pages by the thousand: `python -m bench.fuzz [--documents N] [--seed N] [--seconds N] [--keep FOLDER]`.

Real-shaped pages of all layouts are damaged by seeded dice and put beside good ones, some hundred at a time, and the job is
run on them as a process of its own, every other time after a night on which they were whole. It must end well and in time; each
listed page must be loaded or refused, one of the two; and of the good pages every row must be as in a run without the others.
What breaks that is cut down to the fewest pages, and kept.
"""

import argparse
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from bench.figures import table
from bench.forms import page
from bench.measure import ROOT
from bench.mutate import Case, Odd, mutated
from etl.query import ask

ROUND = 300  # damaged pages in a run
NEIGHBOURS = 50
LIMIT = 120  # seconds for a run that needs three
MOST_FAILURES = 3  # after which the rest would hardly tell more: each is cut down by some thirty runs

_TAGS = ("develop", "develop-2025-07-13", "develop-2023-07-16", "v0.18", "v0.23.1", "v2025.07.0", "untagged")
_PACKAGES = ("zlib", "gcc", "hdf5", "py-numpy", "r-rcpp", "perl", "X", *(f"made-up-{number}" for number in range(150)))
_OF_PAGES = {  # views that say something of a page, and which rows do
    "documents": "true",
    "tag_specs": "true",
    "memberships": "true",
    "published_counts": "true",
    "reconciliation": "package is not null",
}
_OF_SPECS = ("specs", "spec_variants", "spec_dependencies", "spec_flags", "spec_patches")  # each begins with `spec_hash`


def write(root: Path, cases: Sequence[Case]) -> None:
    """Write cases below a new folder, as files that have lain there for years: of younger ones the job keeps no fingerprint."""
    root.mkdir(parents=True)
    outside = root.parent / "outside.md"
    outside.write_bytes(b"---\n")
    for case in cases:
        for path, content in case.files.items():
            place = f"{root}/{path}"
            os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120  (a Path would mend the names)
            if isinstance(content, bytes):
                with open(place, "wb") as file:
                    file.write(content)
                os.utime(place, (1_600_000_000, 1_600_000_000))
            elif content is Odd.FOLDER:
                os.makedirs(f"{place}/inside")  # noqa: PTH103
            elif content is Odd.PIPE:
                os.mkfifo(place)
            else:
                Path(place).symlink_to({Odd.DEAD_LINK: "nowhere", Odd.RING: place.rpartition("/")[2]}.get(content, outside.absolute()))


@dataclass(frozen=True)
class Verdict:
    """What a run did with its pages. `failure`: `crash`, `hang`, `unaccounted` or `neighbour`; None: all is well."""

    failure: str | None = None
    words: str = ""
    loaded: int = 0  # of the damaged pages
    rules: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, Sequence[tuple[object, ...]]] = field(default_factory=dict)  # of the neighbours, by view


class Job:
    """Runs of the job, each on the neighbours and some cases, in folders of their own."""

    def __init__(self, folder: Path, neighbours: Sequence[Case], limit: float = LIMIT) -> None:
        self.folder, self.neighbours, self.limit = folder, neighbours, limit
        self.own = {case.page for case in neighbours}
        self.alone: Mapping[str, Sequence[tuple[object, ...]]] = {}
        alone = self.verdict([])
        if alone.failure or alone.rules or alone.rows["rejects"]:
            raise RuntimeError(f"the good pages by themselves: {alone.words or alone.rows['rejects']}")
        self.alone = alone.rows

    def verdict(self, cases: Sequence[Case], is_second_night: bool = False) -> Verdict:
        """Run the job, and look at what it did; on a second night the pages were whole on the first."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            warehouse = Path(folder) / "warehouse"
            for number, night in enumerate(nights(cases, is_second_night)):
                write(Path(folder) / f"cache-{number}", [*self.neighbours, *night])
                ended = run(Path(folder) / f"cache-{number}", warehouse, number, self.limit)
                if ended is not None:
                    return ended
            return self._judged(warehouse, cases)

    def _judged(self, warehouse: Path, cases: Sequence[Case]) -> Verdict:
        listed = Counter(listed_pages([*self.neighbours, *cases]))
        loaded = [str(path) for (path,) in ask(warehouse, "select path from documents where not is_stale").rows]
        refused = ask(warehouse, "select path, rule from rejects where scope = 'document'").rows
        told = Counter([*loaded, *(str(path) for path, _ in refused)])
        if told != listed:
            return Verdict(
                "unaccounted", f"listed, neither loaded nor refused: {[*(listed - told)][:5]}; too often: {[*(told - listed)][:5]}"
            )
        rows, shared = self._rows(warehouse)
        for view, before in self.alone.items():
            expected = [row for row in before if view not in _OF_SPECS or row[0] not in shared]
            if rows[view] != expected:
                changed = [row for row in (*expected, *rows[view]) if (row in expected) != (row in rows[view])]
                return Verdict("neighbour", f"rows of good pages differ in {view}: {changed[:3]}")
        return Verdict(None, "", len(set(loaded) - self.own), Counter(str(rule) for _, rule in refused), rows)

    def _rows(self, warehouse: Path) -> tuple[dict[str, Sequence[tuple[object, ...]]], set[object]]:
        """Of each view the neighbours' rows; and hashes of theirs that another page claims too: what is known of such a spec may differ."""
        keys = {tuple(key) for *key, path in ask(warehouse, "select tag, package, path from documents").rows if path in self.own}
        found: dict[str, Sequence[tuple[object, ...]]] = {}
        for view, condition in _OF_PAGES.items():
            columns, rows = _said(warehouse, f"select * from {view} where {condition} order by all")
            tag, package = columns.index("tag"), columns.index("package")
            found[view] = [row for row in rows if (row[tag], row[package]) in keys]
        claims = [
            (spec_hash, tuple(key) in keys) for spec_hash, *key in ask(warehouse, "select spec_hash, tag, package from tag_specs").rows
        ]
        own, others = ({spec_hash for spec_hash, is_own in claims if is_own is wanted} for wanted in (True, False))
        for view in _OF_SPECS:
            found[view] = [row for row in _said(warehouse, f"select * from {view} order by all")[1] if row[0] in own - others]
        found["rejects"] = [
            row for row in ask(warehouse, "select path, scope, rule, detail from rejects order by all").rows if row[0] in self.own
        ]
        return found, own & others


def _said(warehouse: Path, query: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Columns and rows of a query, without times: they are of the night, not of the page."""
    answer = ask(warehouse, query)
    kept = [at for at, name in enumerate(answer.columns) if not name.endswith("_at")]
    return [answer.columns[at] for at in kept], [tuple(row[at] for at in kept) for row in answer.rows]


def nights(cases: Sequence[Case], is_second_night: bool) -> Sequence[Sequence[Case]]:
    """What the pages are on each night."""
    return [[case.was for case in cases if case.was], cases] if is_second_night else [cases]


def run(cache: Path, warehouse: Path, night: int, limit: float) -> Verdict | None:
    """Run the job as a process; None: it ended well."""
    process = subprocess.Popen(
        [sys.executable, *_command(cache, warehouse, night)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, told = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its workers too
        process.communicate()
        return Verdict("hang", f"still at work after {limit:g} seconds")
    if process.returncode or b"Traceback" in told:
        return Verdict("crash", f"exit code {process.returncode}: {told.decode(errors='replace').strip()[-600:]}")
    return None


def _command(cache: Path, warehouse: Path, night: int) -> list[str]:
    """What runs the job, on the first or the second night."""
    options = ("--observed-at", f"2025-07-{14 + night}T04:00:00Z", "--max-rejects", "100%", "--accept-shrink", "--json")
    return ["-m", "etl", "run", f"fuzz={cache}", "--warehouse", str(warehouse), *options]


def listed_pages(cases: Sequence[Case]) -> list[str]:
    """The paths that the job has to list, as its tables show them: files of a page's name, whatever they are."""
    paths = [path for case in cases for path in case.files if path.rpartition("/")[2] in ("specs.md", "index.md")]
    return [path.encode(errors="surrogateescape").decode(errors="backslashreplace") for path in paths]


def good_pages(count: int, dice: Random, seed: str, taken: set[tuple[str, str]]) -> list[Case]:
    """So many good pages of all layouts, each of a tag and package that is not `taken` yet, and then is."""
    found = []
    while len(found) < count:
        layout = dice.choice("ABCDEFG")
        key = "untagged" if layout in "AB" else dice.choice(_TAGS), dice.choice(_PACKAGES)
        if key not in taken:
            taken.add(key)
            found.append(page(layout, *key, seed))
    return found


def rounds(documents: int, seed: int, neighbours: Sequence[Case], taken: set[tuple[str, str]]) -> Iterator[list[Case]]:
    """Damaged pages, some hundred at a time; the same seed gives the same."""
    stolen = [found.decode() for case in neighbours for found in re.findall(rb'"hash": "([a-z2-7]{32})"', case.text)]
    most = min(ROUND, math.ceil(documents / 2))
    for number in range(math.ceil(documents / most)):
        dice = Random(f"{seed}/{number}")
        count = min(most, documents - number * most)
        yield [mutated(case, dice, stolen) for case in good_pages(count, dice, f"{seed}/{number}", set(taken))]


def smallest(cases: Sequence[Case], fails: Callable[[Sequence[Case]], bool]) -> Sequence[Case]:
    """A part of the cases that still fails and of which no piece can be spared, by halves, quarters and so on."""
    pieces = 2
    while len(cases) > 1:
        size = math.ceil(len(cases) / pieces)
        starts = range(0, len(cases), size)
        parts = [cases[start : start + size] for start in starts]
        rests = [[*cases[:start], *cases[start + size :]] for start in starts] if len(parts) > 2 else []
        fewer = next((part for part in (*parts, *rests) if fails(part)), None)
        if fewer is not None:
            pieces = 2 if len(fewer) <= size else pieces - 1
            cases = fewer
        elif size == 1:
            break
        else:
            pieces = min(len(cases), 2 * pieces)
    return cases


@dataclass
class Tally:
    """What all rounds came to."""

    documents: int = 0
    loaded: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def rows(self) -> Iterator[tuple[str, str]]:
        yield "documents", f"{self.documents:,}"
        yield "loaded", f"{self.loaded:,}"
        yield "rejected", f"{self.rules.total():,}"
        yield from ((f"  {rule}", f"{count:,}") for rule, count in self.rules.most_common())
        for words, failure in (
            ("crashes", "crash"),
            ("hangs", "hang"),
            ("pages unaccounted for", "unaccounted"),
            ("neighbours lost", "neighbour"),
        ):
            yield words, f"{self.failures[failure]:,}"
        yield "seconds", f"{self.seconds:,.0f}"


def fuzz(documents: int, seed: int, seconds: float, keep: Path | None, folder: Path) -> Tally:
    """Run all rounds; what fails is cut down, kept and left out, and the rest of its round tried again."""
    begin, tally, taken = time.monotonic(), Tally(), set()
    neighbours = good_pages(NEIGHBOURS, Random(f"{seed}/neighbours"), f"{seed}/neighbours", taken)
    job = Job(folder, neighbours)

    def is_late() -> bool:
        return time.monotonic() - begin > seconds

    for number, cases in enumerate(rounds(documents, seed, neighbours, taken)):
        left: Sequence[Case] = cases
        judged = partial(job.verdict, is_second_night=number % 2 == 1)
        while failure := (verdict := judged(left)).failure:
            tally.failures[failure] += 1
            least = smallest(left, lambda part, failure=failure, judged=judged: not is_late() and judged(part).failure == failure)
            keep = keep or Path(tempfile.mkdtemp(prefix="spack-cache-fuzz-"))
            again = [[*neighbours, *night] for night in nights(least, number % 2 == 1)]
            _keep(keep / f"{failure}-{seed}-{tally.failures.total()}", again, least, judged(least).words)
            if is_late() or tally.failures.total() >= MOST_FAILURES:
                break
            left = [case for case in left if case not in least]
        tally.documents += len(cases)
        tally.loaded += verdict.loaded
        tally.rules.update(verdict.rules)
        tally.seconds = time.monotonic() - begin
        if sys.stderr.isatty():
            print(f"{tally.documents:,} documents in {tally.seconds:,.0f} s", file=sys.stderr)
        if is_late() or tally.failures.total() >= MOST_FAILURES:
            break
    return tally


def _keep(folder: Path, again: Sequence[Sequence[Case]], cases: Sequence[Case], words: str) -> None:
    """Keep a failure: what the job is to be run on, night by night, and say how."""
    shutil.rmtree(folder, ignore_errors=True)
    told = [words, *(f"  {case.page!r}, layout {case.layout}: {', '.join(case.how)}" for case in cases[:9]), f"  pages: {len(cases)}"]
    for number, night in enumerate(again):
        cache = folder.absolute() / f"cache-{number}"
        write(cache, night)
        told.append(f"  {' '.join(['python', *_command(cache, folder.absolute() / 'warehouse', number)])}")
    text = "\n".join(told).encode(errors="backslashreplace").decode() + "\n"
    (folder / "failure.txt").write_text(text, encoding="utf-8")
    print(f"{folder.name}: {text}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Run the job on damaged pages by the thousand.")
    parser.add_argument("--documents", type=int, default=10_000, help="how many pages are damaged")
    parser.add_argument("--seed", type=int, default=1, help="the same seed damages the same pages in the same way")
    parser.add_argument("--seconds", type=float, default=900, help="begin no round after so many, and cut no failure further down")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where pages are kept that the job fails on")
    options = parser.parse_args()
    if options.documents < 1:
        parser.error("--documents: give 1 or more")
    with tempfile.TemporaryDirectory(prefix="spack-cache-fuzz-") as folder:
        tally = fuzz(options.documents, options.seed, options.seconds, options.keep, Path(folder))
    print(table(("what", "count"), list(tally.rows())))
    if tally.failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
