"""The example query of every view and macro, and the least that raw pages cost: `python -m bench.queries WAREHOUSE CACHE`.

Any question to the pages themselves begins with DuckDB reading them and taking their specs apart. That alone, for just
the columns hash, target and stacks, is what a view's answer is set beside: of `develop`'s pages where the example asks
for `develop` alone, else of all. What a view or macro tells of other nights is on no page, and has nothing beside it.
"""

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from etl.load.definitions import Definition, definitions, macros
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
# Neither these nor what is made of them stands on the pages of one night.
OFF_PAGES = {"runs", "snapshots", "rejects", "gaps", "history_steps", "tag_spec_history", "membership_history", "specs_at_risk"}
# The examples of macros name times and tags of the public cache: these are of the made-up one. Others are left out.
ARGUMENTS = {
    "compare_tags": "'develop', 'v0.18.0'",
    "compare_times": "timestamp '{first}', timestamp '{last}'",
    "memberships_as_of": "timestamp '{first}'",
    "tag_specs_as_of": "timestamp '{first}'",
}


def main() -> None:
    warehouse, cache = map(Path, sys.argv[1:])
    print(json.dumps(sorted(_timed(warehouse, cache), key=lambda row: -float(str(row["ms"])))))


def _timed(warehouse: Path, cache: Path) -> Iterator[dict[str, object]]:
    raw = {tag: milliseconds(lambda tag=tag: _raw(cache, tag), times=1) for tag in ("develop", "*")}
    for one, text in _examples(warehouse):
        ms = milliseconds(lambda text=text: ask(warehouse, text), times=5)
        yield {"view": one.name, "ms": ms, "raw_ms": raw[_pages_of(one)] if _is_on_pages(one.name) else None}


def _examples(warehouse: Path) -> Iterator[tuple[Definition, str]]:
    for one in definitions():
        yield one, one.example
    ((first, last),) = ask(warehouse, "select min(observed_at), max(observed_at) from snapshots").rows
    for one in macros():
        if one.name in ARGUMENTS:
            arguments = ARGUMENTS[one.name].format(first=first, last=last)
            yield one, re.sub(rf"{one.name}\([^)]*\)", f"{one.name}({arguments})", one.example)


def _is_on_pages(name: str) -> bool:
    reads = {one.name: one.reads for one in (*definitions(), *macros())}
    return name not in OFF_PAGES and all(_is_on_pages(read) for read in reads.get(name, ()))


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
