"""Saved queries and the examples in the headers, on the embedded sample: they answer there, on both DuckDB versions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from etl.load.definitions import definitions, examples, macros


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """The catalog of the embedded sample."""
    folder = tmp_path_factory.mktemp("examples") / "warehouse"
    subprocess.run([sys.executable, "-m", "etl", "run", "--warehouse", str(folder)], check=True, capture_output=True)
    return folder / "spack_cache.duckdb"


def counted(queries: dict[str, str]) -> str:
    """One query that counts the rows of many."""
    return "\nunion all\n".join(
        f"select '{name}' as name, (select count(*) from (\n{query.strip().removesuffix(';')}\n)) as row_count"
        for name, query in queries.items()
    )


def test_every_saved_query_finds_something(sample, ask):
    """A person who tries it sees what it is for."""
    rows = ask(sample, counted({one.name: one.query for one in examples()}))

    assert {one.name for one in examples()} == {name for name, row_count in rows if row_count}


def test_every_example_of_a_header_runs(sample, ask):
    """All in one go; most of them find something also in one night of made-up pages."""
    described = (*definitions(), *macros())
    rows = ask(sample, counted({one.name: one.example for one in described}))

    assert [one.name for one in described] == [name for name, _ in rows]
    assert len(described) / 2 < sum(row_count > 0 for _, row_count in rows)


@pytest.mark.parametrize("one", examples(), ids=lambda one: one.name)
def test_a_saved_query_is_one_statement_that_answers_a_question(one):
    """Columns are named, and their order is said: the same question gives the same answer."""
    assert one.query.count(";") == 1 and one.query.endswith(";")
    assert re.search(r"\?( \(.+\))?$", one.question)
    assert "*" not in re.sub(r"count\(\*\)|\d \* ", "", one.query) and "order by" in one.query
