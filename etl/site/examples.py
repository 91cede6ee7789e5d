"""What examples and saved queries answer: asked of the embedded sample, loaded as a few nights of two sources."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from etl.config import RejectBudget, RunOptions
from etl.load.definitions import definitions, examples, macros
from etl.load.runs import read_runs, write_run
from etl.pipeline import SAMPLE_FOLDER, run
from etl.query import Answer
from etl.run_report import RunReport

__all__ = ["answers"]

NIGHTS = (dt.datetime(2026, 7, 26, 4), dt.datetime(2026, 11, 19, 4), dt.datetime(2026, 11, 23, 4))
MORNING = NIGHTS[-1] + dt.timedelta(hours=3)
_CLOCK = re.compile(r"\bnow\(\)")
_SPECS = re.compile(r"^spec_details: (.*)$", re.MULTILINE)
_CUT = ("develop", "quinfenel")  # the page that the last night has only half of
_OWN_TAG = "main"
_RUN_SECONDS, _RUN_BYTES = 2, 240_000_000  # of each run: what it really took would make every site another


def answers() -> Mapping[str, Answer]:
    """The answer to each example and each saved query, by its text. The same whenever and wherever it is asked."""
    views = (*definitions(), *macros())
    with _example_warehouse() as warehouse, duckdb.connect(str(warehouse / "spack_cache.duckdb")) as connection:
        for setting in ("threads = 1", "enable_progress_bar = false", "TimeZone = 'UTC'"):
            connection.execute(f"SET {setting}")
        for one in views:
            if _CLOCK.search(one.statement):
                connection.execute(_stopped(one.statement))
        return {query: _answer(connection, query) for query in (*(one.example for one in views), *(one.query for one in examples()))}


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> Answer:
    connection.execute(_stopped(query))
    return Answer([column[0] for column in connection.description or ()], connection.fetchall())


def _stopped(sql: str) -> str:
    """SQL that finds the clock where it stood on the morning after the last night."""
    return _CLOCK.sub(f"timestamptz '{MORNING}+00'", sql)


@contextmanager
def _example_warehouse() -> Iterator[Path]:
    """A warehouse that is gone afterwards: the sample as `public`, on three nights, and a part of it as `own`, under a tag of its own.

    On the first night some packages and some builds are not there yet, on the last some have gone, and a page is cut off:
    without that, no view of a history or of refusals would have anything to show.
    """
    with TemporaryDirectory(prefix="spack-cache-etl-") as folder:
        root = Path(folder)
        warehouse = root / "warehouse"
        for number, time in enumerate(NIGHTS):
            public, own = root / f"public-{number}", root / f"own-{number}"
            _copy(public, number)
            _copy_own(own, number)
            run(_options(warehouse, {"public": public, "own": own}, time), RunReport(f"{time:%Y%m%dT%H%M%S.000000Z}"), lambda *_: None)
        for record, time in zip(read_runs(warehouse / "runs"), NIGHTS, strict=True):
            record.started_at, record.finished_at = time, time + dt.timedelta(seconds=_RUN_SECONDS)
            record.seconds, record.peak_rss_bytes = float(_RUN_SECONDS), _RUN_BYTES
            write_run(warehouse / "runs", record)
        yield warehouse


def _options(warehouse: Path, sources: Mapping[str, Path], time: dt.datetime) -> RunOptions:
    places = tuple((name, str(place)) for name, place in sources.items())
    return RunOptions(warehouse, places, observed_at=time, accept_shrink=True, max_rejects=RejectBudget(share=1.0))


def _copy(folder: Path, night: int) -> None:
    """The pages of the sample as they were on a night."""
    for page in _pages(night):
        text = _SPECS.sub(lambda match: f"spec_details: {_without_some(match[1], night)}", page.read_text(encoding="utf-8"))
        is_cut = night == len(NIGHTS) - 1 and (page.parent.parent.name, page.parent.name) == _CUT
        _write(folder / page.relative_to(SAMPLE_FOLDER), text[: len(text) // 2] if is_cut else text)


def _copy_own(folder: Path, night: int) -> None:
    """Some packages of develop as a mirror of one's own; under another tag, so that a question about develop means one source."""
    for page in _pages(night):
        if page.parent.parent.name == "develop" and _number(page) % 2 == 0:
            text = page.read_text(encoding="utf-8").replace("[package, develop]", f"[package, {_OWN_TAG}]")
            _write(folder / "_cache" / _OWN_TAG / page.parent.name / page.name, text)


def _pages(night: int) -> list[Path]:
    """All on the second night; on the first and the last some packages are not there."""
    found = sorted(SAMPLE_FOLDER.glob("_cache/*/*/specs.md"))
    return [page for page in found if night == 1 or _number(page) % 7 != night]


def _number(page: Path) -> int:
    """A number made from the name of the package."""
    return sum(page.parent.name.encode())


def _write(page: Path, text: str) -> None:
    page.parent.mkdir(parents=True)
    page.write_text(text, encoding="utf-8")


def _without_some(specs: str, night: int) -> str:
    """The list of a page's specs without those that a night did not have."""
    return json.dumps([spec for number, spec in enumerate(json.loads(specs)) if night == 1 or number % 9 != 2 * night])
