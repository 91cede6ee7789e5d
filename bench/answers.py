"""How fast views answer, beside the same question to raw pages: `python -m bench.answers WAREHOUSE CACHE [--nights FOLDER] [--json]`.

Every view and macro is asked its own example. A connection is opened for each time that it is asked, and what is timed is the
first question of that connection: the catalog is open, as it is at a shell, the files are in the page cache, and DuckDB keeps
nothing of a question before. What opening takes is told apart. A question to the pages is timed in the same way.
`prepared` makes a cache and a warehouse that has seen three nights of it, the last of which is the cache as it lies there. The pages of
the others are kept beside it, in `nights/1` and so on, for the questions that several nights answer.
"""

import argparse
import dataclasses
import json
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb

from bench.figures import Answer, answer_tables
from bench.measure import process
from bench.raw import Night, Raw, all_pages, raw_question, raw_statement
from bench.universe import LAST_NIGHT
from etl.load.catalog import as_text
from etl.load.definitions import Definition, definitions, macros

__all__ = ["Asked", "answers", "asked", "kept_nights", "opening_ms", "prepared"]

SLOW = 2.0  # seconds, from which on a question is asked once
NIGHTS = ("2026-11-20T04:00:00Z", "2026-11-21T04:00:00Z", "2026-11-22T04:00:00Z")
# The examples of macros name times and tags of the public cache: these are of the made-up one.
_ARGUMENTS = {
    "compare_tags": "'develop', 'v0.18.0'",
    "compare_times": "timestamp '{first}', timestamp '{last}'",
    "memberships_as_of": "timestamp '{first}'",
    "tag_specs_as_of": "timestamp '{first}'",
}


@dataclasses.dataclass(frozen=True)
class Asked:
    """A view's example, and the question to the pages beside it."""

    view: str
    example: str
    raw: Raw | None  # None: pages have nothing to say of it


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description="Time every view's example beside raw pages.")
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("cache", type=Path, help="the folder that holds _cache/")
    parser.add_argument("--nights", type=Path, help="the folder of the nights before: 1, 2, ... [default: nights, beside the cache]")
    parser.add_argument("--times", type=int, default=5, help="how often a view is asked; figures are medians")
    parser.add_argument("--only", nargs="*", default=[], metavar="VIEW", help="these views alone")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    options = parser.parse_args()
    warehouse, cache = options.warehouse.resolve(), options.cache.resolve()
    nights = kept_nights(warehouse, cache, options.nights)
    found = list(answers(warehouse, nights, options.times, options.only))
    opening = opening_ms(warehouse, options.times)
    as_json = {"opening_ms": opening, "answers": [dataclasses.asdict(one) for one in found]}
    print(json.dumps(as_json) if options.json else answer_tables(found, opening))


def prepared(folder: Path, specs: int) -> tuple[Path, Path]:
    """A warehouse and its cache: of a night, of the next as the public cache changes, and of a last with 1 % of the pages changed.

    What the folder has of an earlier time is taken as it is, but with the views as they are now.
    """
    place = folder / f"answers-{specs}"
    warehouse, cache = place / "warehouse", place / "cache"
    if warehouse.exists() and not (place / "nights" / "1").is_dir():
        shutil.rmtree(place)  # what an earlier night was cannot be had from a later one
    told = (), ("--night", str(LAST_NIGHT + 1)), ("--night", str(LAST_NIGHT + 1), "--rebuilt", "0.01")
    for number, (observed_at, more) in enumerate(zip(NIGHTS, told, strict=True), 1):
        is_last = number == len(NIGHTS)
        done = warehouse / "manifests" / f"{number:06}.json"
        if is_last or not done.exists():
            process("bench.generate", cache, "--specs", str(specs), *more)
            process("etl", "run", f"public={cache}", "--warehouse", warehouse, "--observed-at", observed_at)
            if not is_last:
                _keep(cache, place / "nights" / str(len(list((warehouse / "manifests").glob("*.json")))))
    return warehouse, cache


def _keep(cache: Path, kept: Path) -> None:
    """Copy the pages of a night, unless it is kept: as a small cache's is that did not change."""
    if not kept.exists():
        begun = kept.with_name(f"{kept.name}.begun")
        shutil.rmtree(begun, ignore_errors=True)
        shutil.copytree(cache, begun)
        begun.rename(kept)


def kept_nights(warehouse: Path, cache: Path, folder: Path | None = None) -> list[Night]:
    """The pages of each night that the warehouse has seen, the last as the cache has them; those alone where no others were kept."""
    with _opened(warehouse) as connection:
        times = [str(row[0]) for row in connection.execute("select observed_at from snapshots order by observed_at").fetchall()]
    place = folder or cache.parent / "nights"
    kept = sorted((one for one in place.glob("[0-9]*") if one.name.isdigit()), key=lambda one: int(one.name))
    if not kept:
        return [Night(cache, times[-1])]
    if len(kept) != len(times) - 1:
        raise SystemExit(f"error: {place} has {len(kept)} nights, but {warehouse} has seen {len(times) - 1} before the last")
    return [Night(one.resolve(), at) for one, at in zip((*kept, cache), times, strict=True)]


def answers(warehouse: Path, nights: Sequence[Night], times: int, only: Sequence[str] = ()) -> Iterator[Answer]:
    """Every view and macro, or those named, as they are declared; a question to the pages that several share is asked once."""
    taken: dict[str, float] = {}

    def _raw_ms(raw: Raw) -> float:
        statement = raw_statement(nights, raw)
        if statement not in taken:
            taken[statement], _ = _timed(_plain, statement, times)
        return taken[statement]

    for one in asked(warehouse, has_nights=len(nights) > 1):
        if not only or one.view in only:
            ms, row_count = _timed(partial(_opened, warehouse), one.example, times)
            if one.raw is None:
                yield Answer(one.view, row_count, ms, None, None)
            else:
                yield Answer(one.view, row_count, ms, one.raw.kind, _raw_ms(one.raw), _raw_ms(all_pages(one.raw)))


def asked(warehouse: Path, has_nights: bool) -> Iterator[Asked]:
    """The questions of every view and macro, as they are declared; `has_nights`: pages of each night were kept."""
    with _opened(warehouse) as connection:
        first, last = _one(connection, "select min(observed_at), max(observed_at) from snapshots")
        (package,) = _one(connection, "select min(package) from documents where tag = 'develop'")
    for one in (*definitions(), *macros()):
        example = _example(one, str(package), first=str(first), last=str(last))
        yield Asked(one.name, example, raw_question(one, str(package), has_nights))


def opening_ms(warehouse: Path, times: int) -> float:
    """How long it takes to open the catalog in a DuckDB of its own."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        with _opened(warehouse):
            taken.append(time.perf_counter() - begin)
    return 1_000 * statistics.median(taken)


def _example(one: Definition, package: str, **times: str) -> str:
    """The example, with times, tags and a package that the made-up cache has: an example looks for some package, a person names one."""
    example = re.sub(r"\(select min\(package\) from \w+\)", as_text(package), one.example)
    arguments = _ARGUMENTS.get(one.name, "").format(**times)
    return re.sub(rf"{one.name}\([^)]*\)", f"{one.name}({arguments})", example) if arguments else example


def _timed(connect: Callable[[], duckdb.DuckDBPyConnection], question: str, times: int) -> tuple[float, int]:
    """The median of so many times in milliseconds, and how many rows the answer has. What takes long is asked once."""
    taken: list[float] = []
    found = 0
    while len(taken) < times and not (taken and taken[0] > SLOW):
        with connect() as connection:
            begin = time.perf_counter()
            found = len(connection.execute(question).fetchall())
            taken.append(time.perf_counter() - begin)
    return 1_000 * statistics.median(taken), found


def _plain() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return connection


def _opened(warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = _plain()
    connection.execute(f"ATTACH {as_text(str(warehouse / 'spack_cache.duckdb'))} AS spack_cache (READ_ONLY)")
    connection.execute("USE spack_cache")
    return connection


def _one(connection: duckdb.DuckDBPyConnection, question: str) -> tuple[object, ...]:
    row = connection.execute(question).fetchone()
    assert row is not None  # an aggregate always has one
    return tuple(row)


if __name__ == "__main__":
    main()
