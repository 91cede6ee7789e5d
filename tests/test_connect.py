"""`connect`: settings for each tool, the same as docs/bi.md has; what tools do with them is tested in tests/bi/."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl.cli import app
from etl.connect import ALIASES, introduction, settings, tools
from etl.errors import UsageError
from etl.permitted import restrictions

DOC = (Path(__file__).resolve().parent.parent / "docs" / "bi.md").read_text(encoding="utf-8")
SERVER = Path("/srv/warehouse")
EACH = pytest.mark.parametrize("tool", tools())


@EACH
def test_a_section_of_the_document_is_what_connect_prints(tool):
    """For a warehouse at /srv/warehouse; `make docs` writes the document anew."""
    assert f"\n{settings(tool, SERVER)}" in DOC


def test_the_document_has_a_section_for_each_tool_and_no_other():
    """In the order of the list."""
    assert list(tools()) == re.findall(r"^## (\w+): ", DOC, re.MULTILINE)
    assert DOC.startswith(introduction(SERVER))


def test_the_document_is_what_connect_all_prints():
    """To the letter."""
    assert DOC == CliRunner().invoke(app, ["connect", "all", "--warehouse", str(SERVER)]).stdout


@EACH
def test_a_section_says_how_to_connect_read_only_what_to_run_first_and_what_to_ask(tool):
    """And which traps there are; none has a place left that was not filled."""
    text = settings(tool, SERVER)

    assert [] == [part for part in ("Connection", "ead-only", "nitial SQL", "First query", "Known traps:") if part not in text]
    assert [] == re.findall(r"<<\w+", text)


@EACH
def test_a_section_restricts_duckdb_or_warns(tool):
    """All of the statements, or a warning; a data loader asks through this program, which restricts itself."""
    text = settings(tool, SERVER)
    restricted = all(statement in text for statement in restrictions(SERVER))

    assert restricted or "**Warning:**" in text or tool == "observable"


def test_without_a_tool_all_are_listed():
    """A line each, on stdout."""
    listed = CliRunner().invoke(app, ["connect"]).stdout.splitlines()

    assert [f"{name} {what}" for name, what in tools().items()] == [" ".join(line.split()) for line in listed[: len(tools())]]


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_a_tool_may_go_by_another_name(alias, name):
    """In any case of letters."""
    assert settings(name, SERVER) == settings(alias.upper(), SERVER)


def test_a_tool_that_is_not_known_is_a_wrong_call():
    """The message names those that are."""
    with pytest.raises(UsageError, match="lotus is none of the tools known here: duckdb, python"):
        settings("lotus", SERVER)


def test_a_path_is_absolute_whatever_was_given(tmp_path, monkeypatch):
    """Tools are started in other folders."""
    monkeypatch.chdir(tmp_path)

    assert f"duckdb:///{tmp_path}/night/spack_cache.duckdb" in settings("superset", Path("night"))


def test_a_warehouse_that_is_not_there_yet_is_noted_apart():
    """On stderr, so that the settings can be piped."""
    result = CliRunner().invoke(app, ["connect", "r", "--warehouse", "/nowhere"])

    assert (0, "note: /nowhere holds no warehouse yet; these are the settings for one that will\n") == (result.exit_code, result.stderr)
    assert settings("r", Path("/nowhere")) == result.stdout


def test_a_warehouse_at_home_is_found(tmp_path, monkeypatch):
    """As it is by every other command."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "spack_cache.duckdb").touch()

    assert "" == CliRunner().invoke(app, ["connect", "r", "--warehouse", "~/w"]).stderr


def test_the_shell_reads_the_views_of_a_folder_with_a_blank():
    """Its commands end a word there, but for quotes."""
    assert '`.read "/srv/a b/views.sql"`' in settings("duckdb", Path("/srv/a b"))
