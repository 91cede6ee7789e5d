"""The example query of every view, and the least that raw pages cost: `python -m bench.queries WAREHOUSE CACHE`.

Any question to the pages themselves begins with DuckDB reading them and taking their specs apart. That alone, for just
the columns hash, target and stacks, is what a view's answer is set beside: of `develop`'s pages where the example asks
for `develop` alone, else of all.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from etl.load.definitions import Definition, definitions
from etl.query import ask

# Line 6 of a page is `spec_details: [...]`. Neither stacks nor options are unfolded and nothing is grouped: a question costs more.
RAW = """
    select count(distinct spec.hash)
    from (
        select unnest(from_json(substr(str_split(content, chr(10))[6], 15),
                                '[{"hash": "VARCHAR", "target": "VARCHAR", "stacks": ["VARCHAR"]}]')) as spec
        from read_text('${cache}/_cache/${tag}/*/specs.md')
    )
"""
NOT_ON_PAGES = {"runs", "snapshots", "rejects"}


def main() -> None:
    warehouse, cache = map(Path, sys.argv[1:])
    print(json.dumps(sorted(_timed(warehouse, cache), key=lambda row: -float(str(row["ms"])))))


def _timed(warehouse: Path, cache: Path) -> Iterator[dict[str, object]]:
    raw = {tag: milliseconds(lambda tag=tag: _raw(cache, tag), times=1) for tag in ("develop", "*")}
    for one in definitions():
        ms = milliseconds(lambda one=one: ask(warehouse, one.example), times=5)
        yield {"view": one.name, "ms": ms, "raw_ms": None if one.name in NOT_ON_PAGES else raw[_pages_of(one)]}


def milliseconds(action: Callable[[], object], times: int) -> float:
    """The median of so many times."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return 1_000 * statistics.median(taken)


def _raw(cache: Path, tag: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(RAW.replace("${cache}", str(cache)).replace("${tag}", tag)).fetchall()


def _pages_of(one: Definition) -> str:
    return "develop" if "tag = 'develop'" in one.example else "*"


if __name__ == "__main__":
    main()
