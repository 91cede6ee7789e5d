"""How fast views answer, beside the same question to raw pages: `python -m bench.answers WAREHOUSE CACHE [--times N] [--json]`.

Every view and macro is asked its own example. A connection is opened for each time that it is asked, and what is timed is the
first question of that connection: the catalog is open, as it is at a shell, the files are in the page cache, and DuckDB keeps
nothing of a question before. What opening takes is told apart. A question to the pages is timed in the same way.
`prepared` makes a cache and a warehouse that has seen three nights of it, the last of which is the cache as it lies there.
"""

import argparse
import dataclasses
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb

from bench.figures import Answer, answer_tables
from bench.measure import process
from bench.raw import ALL_PAGES, Raw, raw_question
from bench.universe import LAST_NIGHT
from etl.load.catalog import as_text
from etl.load.definitions import Definition, definitions, macros

__all__ = ["answers", "opening_ms", "prepared", "raw_statement"]

SLOW = 2.0  # seconds, from which on a question is asked once
NIGHTS = ("2026-11-20T04:00:00Z", "2026-11-21T04:00:00Z", "2026-11-22T04:00:00Z")
# The examples of macros name times and tags of the public cache: these are of the made-up one.
_ARGUMENTS = {
    "compare_tags": "'develop', 'v0.18.0'",
    "compare_times": "timestamp '{first}', timestamp '{last}'",
    "memberships_as_of": "timestamp '{first}'",
    "tag_specs_as_of": "timestamp '{first}'",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description="Time every view's example beside raw pages.")
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("cache", type=Path, help="the folder that holds _cache/")
    parser.add_argument("--times", type=int, default=5, help="how often a view is asked; figures are medians")
    parser.add_argument("--only", nargs="*", default=[], metavar="VIEW", help="these views alone")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    options = parser.parse_args()
    warehouse, cache = options.warehouse.resolve(), options.cache.resolve()
    found = list(answers(warehouse, cache, options.times, options.only))
    opening = opening_ms(warehouse, options.times)
    as_json = {"opening_ms": opening, "answers": [dataclasses.asdict(one) for one in found]}
    print(json.dumps(as_json) if options.json else answer_tables(found, opening))


def prepared(folder: Path, specs: int) -> tuple[Path, Path]:
    """A warehouse and its cache: of a night, of the next as the public cache changes, and of a last with 1 % of the pages changed.

    What the folder has of an earlier time is taken as it is, but with the views as they are now.
    """
    place = folder / f"answers-{specs}"
    warehouse, cache = place / "warehouse", place / "cache"
    told = (), ("--night", str(LAST_NIGHT + 1)), ("--night", str(LAST_NIGHT + 1), "--rebuilt", "0.01")
    for number, (observed_at, more) in enumerate(zip(NIGHTS, told, strict=True), 1):
        is_last = number == len(NIGHTS)
        done = warehouse / "manifests" / f"{number:06}.json"
        if is_last or not done.exists():
            process("bench.generate", cache, "--specs", str(specs), *more)
            process("etl", "run", f"public={cache}", "--warehouse", warehouse, "--observed-at", observed_at)
    return warehouse, cache


def answers(warehouse: Path, cache: Path, times: int, only: Sequence[str] = ()) -> Iterator[Answer]:
    """Every view and macro, or those named, as they are declared; a question to the pages that several share is asked once."""
    with _opened(warehouse) as connection:
        first, last = _one(connection, "select min(observed_at), max(observed_at) from snapshots")
        (package,) = _one(connection, "select min(package) from documents where tag = 'develop'")
    least = raw_statement(cache, ALL_PAGES)
    asked = {least: _timed(_plain, least, times)[0]}
    for one in (*definitions(), *macros()):
        if only and one.name not in only:
            continue
        example = _example(one, str(package), first=str(first), last=str(last))
        ms, row_count = _timed(partial(_opened, warehouse), example, times)
        raw = raw_question(one, str(package))
        if raw is None:
            yield Answer(one.name, row_count, ms, None, None)
            continue
        statement = raw_statement(cache, raw)
        if statement not in asked:
            asked[statement], _ = _timed(_plain, statement, times)
        yield Answer(one.name, row_count, ms, raw.kind, asked[statement], asked[least])


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


def raw_statement(cache: Path, raw: Raw) -> str:
    """The question to the pages of a cache, for any DuckDB."""
    # A pattern without a page would be an error: a small cache may have no release.
    globs = [glob for glob in raw.globs if next(cache.glob(f"_cache/{glob}/specs.md"), None) is not None]
    return raw.statement.replace("${files}", ", ".join(as_text(f"{cache}/_cache/{glob}/specs.md") for glob in globs))


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
