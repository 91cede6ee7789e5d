"""docs/history.md: what it shows runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.pipeline import run
from etl.query import ask
from etl.run_report import RunReport

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "history.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """The embedded sample, loaded once."""
    folder = tmp_path_factory.mktemp("history") / "warehouse"
    run(RunOptions(folder, ()), RunReport(), lambda *_: None)
    return folder


def test_it_shows_queries_and_commands():
    """Else nothing below would be tested."""
    assert 3 <= len(QUERIES) and 4 <= len(COMMANDS)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_it_shows_is_answered(warehouse, query):
    """With columns; a warehouse of one night has no changes yet."""
    assert ask(warehouse, query).columns


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_it_shows_is_one(command):
    """Its name and options are those of the program."""
    program, name, *words = shlex.split(command.removeprefix("$ "))
    told = subprocess.run([sys.executable, "-m", "etl", name, "--help"], capture_output=True, text=True, check=True).stdout

    assert "spack-cache-etl" == program
    assert [] == [word for word in words if word.startswith("--") and word not in told]
