"""Readers that open the catalog again and again while releases are published: `python -m bench.torture_readers CATALOG STOP`.

A reader ends when the file STOP is there, and prints one JSON object: its DuckDB, how often it asked, each distinct answer, each error.
"""

import json
import sys
from pathlib import Path

import duckdb

__all__ = ["ANSWER"]

# What belongs to one release only: its number, and counts and a sum that every row has a part in.
ANSWER = """
select
    (select release from files.release),
    (select count(*) from data.tag_specs),
    (select coalesce(sum(stack_count + length(stacks_text) + first_snapshot_id * 1000), 0)::bigint from data.tag_specs),
    (select count(*) from data.memberships)
"""


def main() -> None:
    catalog, stop = map(Path, sys.argv[1:])
    asked, again, errors, answers = 0, 0, [], set()
    while not stop.exists():
        asked += 1
        try:
            with duckdb.connect(str(catalog), read_only=True) as connection:
                connection.execute("set threads = 1")
                answers |= {connection.execute(ANSWER).fetchone() for _ in range(2)}  # the catalog may be another's by then
        except duckdb.Error as error:
            # DuckDB 2.0.0 opens a file twice, for its header and for its content; the catalog may be replaced in between.
            if "MetadataReader" in str(error):
                again += 1
                continue
            errors.append(f"{type(error).__name__}: {str(error)[:300]}")
    print(json.dumps({"duckdb": duckdb.__version__, "asked": asked, "again": again, "answers": sorted(answers), "errors": errors}))


if __name__ == "__main__":
    main()
