"""Measurements to figures: each beside what it is to be compared with, and the target."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.history import HistoryMeasurements, Night
from bench.measure import Spread

# What a run is called whose step changed documents, and the most that it may take of the cold run.
RUNS = {
    "unchanged": ("nothing changed", 1 / 5),
    "changed": ("1 % of documents changed", 1 / 3),
    "night": ("the next night", None),
    "all": ("all documents changed", None),
}


TIMES_FASTER = 50  # than raw pages: what an answer should be
# What raw pages were made to do beside a view's example.
KINDS = {"same": "asked the same", "least": "only read", "history": "do not tell: only read", None: ""}


@dataclass(frozen=True)
class Answer:
    """A view's example, and what it is set beside."""

    view: str
    row_count: int
    ms: float  # median
    kind: str | None  # see KINDS; None: pages have nothing to say of it
    raw_ms: float | None  # of the pages that it is about, of one or several nights, which their paths tell
    all_ms: float | None = None  # of reading all pages of the same nights once, which is the least without their paths

    @property
    def gain(self) -> float | None:
        return None if self.raw_ms is None else self.raw_ms / self.ms

    @property
    def gain_over_all(self) -> float | None:
        return None if self.all_ms is None else max(self.all_ms, self.raw_ms or 0) / self.ms


@dataclass(frozen=True)
class Figure:
    """A row of the table. `ratio` is the number to be judged, `relation` says of what."""

    what: str
    measured: str
    ratio: float | None = None
    relation: str = ""
    target: float | None = None
    is_limit: bool = True  # the target is the most that is allowed; false: the least

    @property
    def is_met(self) -> bool | None:
        if self.ratio is None or self.target is None:
            return None
        return self.ratio <= self.target if self.is_limit else self.ratio >= self.target

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{_number(self.ratio)} {self.relation}"
        target = "" if self.target is None else f"{'<=' if self.is_limit else '>='} {_number(self.target)}"
        return self.what, self.measured, ratio, target, {None: "", True: "yes", False: "no"}[self.is_met]


@dataclass(frozen=True)
class Measurements:
    """All that one call of the benchmark measured; a dictionary's keys are names of steps."""

    seconds: dict[str, Spread]
    yaml_seconds: float
    yaml_note: str
    peak_bytes: int  # all processes of the cold run, each at its own peak, added up
    largest_bytes: int  # the largest of them
    double_bytes: int | None  # `peak_bytes` of twice as many documents
    changed: dict[str, int]  # documents that changed before a step
    written: dict[str, int]  # bytes of data files that the release before had not
    release: dict[str, int]  # bytes of all data files after a step
    data_bytes: int
    archive_bytes: int | None
    archive_note: str
    opening_ms: float  # of the catalog
    answers: list[Answer]


def figures(found: Measurements) -> Iterator[Figure]:
    seconds = found.seconds
    cold = seconds["cold"].median
    read = seconds["orjson"].median
    yield Figure("read the files, orjson.loads", str(seconds["orjson"]))
    yield Figure("yaml CSafeLoader", f"{found.yaml_seconds:.1f} s, {found.yaml_note}")
    yield Figure("cold run", str(seconds["cold"]), cold / read, "x read and orjson", 2.5)
    yield Figure("", "", found.yaml_seconds / cold, "x faster than yaml", 25, is_limit=False)
    for step, (name, target) in RUNS.items():
        yield Figure(f"run, {name} ({found.changed[step]:,})", str(seconds[step]), seconds[step].median / cold, "x the cold run", target)
        yield _of_release("", found.written[step], found.release[step])
    yield Figure("peak memory of the cold run", "all processes, each at its own peak", found.peak_bytes / 1e9, "GB", 1.5)
    yield Figure("", "the largest process", found.largest_bytes / 1e9, "GB")
    if found.double_bytes is not None:
        yield Figure("peak memory, twice the documents", _mb(found.double_bytes), found.double_bytes / found.peak_bytes, "x that", 1.1)
    if found.archive_bytes is None:
        yield Figure("size of the data files", f"{_mb(found.data_bytes)}; not compared: {found.archive_note}")
    else:
        archive = f"x {found.archive_note} ({_mb(found.archive_bytes)})"
        yield Figure("size of the data files", _mb(found.data_bytes), found.data_bytes / found.archive_bytes, archive, 1)
    slowest = max(found.answers, key=lambda one: one.ms)
    yield Figure("slowest example query", f"{slowest.ms:.0f} ms, {slowest.view}")
    least, gain = min(((one, one.gain) for one in found.answers if one.gain is not None), key=lambda pair: pair[1])
    yield Figure("least gain over raw pages", least.view, gain, "x at least", TIMES_FASTER, is_limit=False)


def history_figures(found: HistoryMeasurements) -> Iterator[Figure]:
    yield Figure("git log, git cat-file", str(found.git))
    filled = found.backfill
    yield Figure("backfill", str(filled.seconds), filled.seconds.median / found.git.median, "x git alone", 2)
    yield Figure("peak memory of the backfill", "all processes, each at its own peak", filled.peak_bytes / 1e9, "GB")
    rows = f"{filled.specs:,} specs, {filled.ended:,} rows of tag_specs that ended"
    yield Figure("size of the data files", f"{_mb(filled.release_bytes)}; {rows}")
    cold = found.first.seconds
    yield Figure("cold run of one commit", _once(found.first))
    for number, night in enumerate((*found.nights, found.unchanged), 1):
        is_last = night is found.unchanged
        name = "nothing changed" if is_last else f"night {number} ({night.changed:,})"
        target = 1 / 15 if is_last else 1 / 8 if night.changed <= night.documents / 100 else None
        yield Figure(f"run, {name}", _once(night), night.seconds / cold, "x the cold run", target)
        yield _of_release("", night.written_bytes, night.release_bytes)


def answer_tables(found: Sequence[Answer], opening_ms: float) -> str:
    """The answers, those with the least gain first, those that pages have nothing to say of last; and how many meet the target."""
    head = ("view", "rows", "answer", "the raw pages", "raw", "gain", "gain over all pages")
    gains = [one.gain for one in found if one.gain is not None]
    over_all = [one.gain_over_all for one in found if one.gain_over_all is not None]
    return (
        f"{table(head, list(_answer_rows(found)))}\n\n"
        f"{_met(gains)} than the raw pages that they are about; {_met(over_all)} than reading all pages once.\n"
        f"Opening the catalog takes {opening_ms:.0f} ms, which is in none of them."
    )


def _met(gains: Sequence[float]) -> str:
    met = sum(gain >= TIMES_FASTER for gain in gains)
    middle = f", the middle one {_number(statistics.median(gains))} times" if gains else ""
    return f"{met} of {len(gains)} answers are at least {TIMES_FASTER} times faster{middle},"


def _answer_rows(found: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    for one in sorted(found, key=lambda one: (one.gain is None, one.gain or 0)):
        raw = ("", "", "")
        if one.gain is not None:
            raw = (f"{one.raw_ms:,.0f} ms", _number(one.gain), "" if one.gain_over_all is None else _number(one.gain_over_all))
        yield one.view, f"{one.row_count:,}", f"{one.ms:.1f} ms", KINDS[one.kind], *raw


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown whose columns also line up on a terminal."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines)


def _of_release(what: str, written: int, release: int) -> Figure:
    return Figure(what, f"{_mb(written)} of data files written", written / release, f"x the release ({_mb(release)})")


def _once(night: Night) -> str:
    return f"{night.seconds:.2f} s, processor {night.cpu_seconds:.2f} s"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
