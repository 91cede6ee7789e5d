"""The README: every query it shows gives the answer it shows, every command it names is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from etl.cli import app
from etl.config import RunOptions
from etl.load.catalog import as_root
from etl.output import Format, rendered
from etl.pipeline import run
from etl.query import ask
from etl.run_report import RunReport

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"```sql\n(.*?)```\n```text\n(.*?)```", README, re.DOTALL)
FIRST_ANSWERS = re.findall(
    r'```console\n\$ spack-cache-etl sql (--format json )?"(.*?)"\n```\n```text\n(.*?)```',
    (ROOT / "docs" / "first-answer.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
OLD = Path(sys.prefix) / "duckdb-1.5.6"

_ASK = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
if sys.argv[2]:
    connection.execute(sys.argv[2])
print(json.dumps([connection.execute(query).fetchall() for query in sys.argv[3:]], default=str))
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """The sample, as `make run` loads it."""
    folder = tmp_path_factory.mktemp("readme") / "warehouse"
    run(RunOptions(folder, ()), RunReport(), lambda *_: None)
    return folder


def test_there_are_answers_to_check():
    """Ten lines of SQL at least, for a newcomer to paste."""
    assert len(ANSWERS) >= 5


@pytest.mark.parametrize(("query", "answer"), ANSWERS, ids=[query.split("FROM ")[1].split()[0] for query, _ in ANSWERS])
def test_a_query_gives_the_answer_that_stands_below_it(warehouse, query, answer):
    """To the letter."""
    assert answer == rendered(ask(warehouse, query), Format.table)


def test_the_way_to_a_first_answer_leads_there(warehouse):
    """To the letter, in the form that is asked for."""
    told = [rendered(ask(warehouse, query), Format.json if form else Format.table) for form, query, _ in FIRST_ANSWERS]

    assert 2 == len(FIRST_ANSWERS)
    assert [answer for *_, answer in FIRST_ANSWERS] == told


@pytest.mark.parametrize("version", ["installed", "1.5.6"])
def test_the_queries_answer_from_a_copy_of_the_folder(warehouse, tmp_path, version):
    """Moved, read-only, from another folder, in DuckDB 2.0 and 1.5.6, after the one line that the README gives."""
    if version != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")
    copy = Path(shutil.copytree(warehouse, tmp_path / "copy"))
    (line,) = re.findall(r"SET VARIABLE warehouse_root = '.*';", README)
    moved = line.replace("/where/it/is/now", as_root(copy))
    queries = [query for query, _ in ANSWERS]
    environment = {**os.environ, "PYTHONPATH": str(OLD) if version != "installed" else ""}

    def rows(catalog: Path, first: str) -> str:
        command = [sys.executable, "-c", _ASK, str(catalog / "spack_cache.duckdb"), first, *queries]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    expected = rows(warehouse, "")
    hidden = warehouse.rename(warehouse.with_name("hidden"))
    try:
        assert expected == rows(copy, moved)
    finally:
        hidden.rename(warehouse)


def test_the_commands_it_names_are_there():
    """Each `spack-cache-etl WORD` and each `make WORD`."""
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"spack-cache-etl ([a-z]+)", README)) <= commands
    assert set(re.findall(r"^ {4}make ([a-z]+)", README, re.MULTILINE)) == {"run", "test"} <= targets


def test_the_files_it_points_to_are_there():
    """No dead link."""
    assert [] == [link for link in re.findall(r"\]\(([^)#:]+)\)", README) if not (ROOT / link).exists()]


def test_the_config_file_it_shows_is_one(tmp_path):
    """It can be pasted."""
    from etl.config import read_config

    (shown,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "night.yaml").write_text(shown)

    assert {"public": "/srv/cache.spack.io", "own": "/srv/mirror-pages"} == read_config(tmp_path / "night.yaml").sources
