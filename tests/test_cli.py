"""The command line, as real processes: what it prints, where, and how it exits."""

import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from etl import __version__
from etl.cli import app

COMMAND = [sys.executable, "-m", "etl"]


def call(
    *words: str | Path, stdin: str = "", cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command and wait for it."""
    return subprocess.run(
        [*COMMAND, *map(str, words)], input=stdin, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """The sample, loaded by the command itself."""
    folder = tmp_path_factory.mktemp("cli") / "warehouse"
    assert 0 == call("run", "--warehouse", folder).returncode
    return folder


def test_without_a_source_the_sample_is_loaded_and_said_to_be_made_up(tmp_path):
    """Into ./warehouse, without a config, saying what it did on stdout and nothing on stderr."""
    done = call("run", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "MADE UP" in done.stdout and "published: release 1 in warehouse" in done.stdout
    assert (tmp_path / "warehouse" / "spack_cache.duckdb").is_file()
    assert "sample" == call("sql", "select distinct source from documents", "--format", "csv", cwd=tmp_path).stdout.split()[1]


def test_the_json_object_has_what_scripts_read(tmp_path):
    """One object on stdout, and nothing else."""
    done = call("run", "--warehouse", tmp_path / "w", "--json")
    report = json.loads(done.stdout)

    expected = "run_id status release snapshots documents specs memberships seconds peak_rss_bytes warehouse_bytes reason"
    assert expected.split() == list(report)
    assert (report["status"], report["release"], report["reason"]) == ("published", 1, None)
    assert ["source", "snapshot_id", "observed_at", "revision"] == list(report["snapshots"][0])
    assert ["seen", "read", "unchanged", "rejected", "stale", "removed"] == list(report["documents"])
    assert ["current", "added", "removed"] == list(report["specs"]) == list(report["memberships"])
    assert report["peak_rss_bytes"] > 50_000_000 and report["warehouse_bytes"] > 0 and report["seconds"] > 0


def test_a_second_run_is_unchanged_and_says_so(warehouse):
    """Exit 0: nothing is wrong."""
    done = call("run", "--warehouse", warehouse)

    assert (done.returncode, "unchanged: release 1" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run", "/nowhere", "--warehouse", "{new}"], 3, "does not exist; name a folder that holds _cache/"),
        (["run", "{empty}", "--warehouse", "{new}"], 3, "neither is nor holds a folder _cache/"),
        (["run", "{text}", "--warehouse", "{new}"], 3, "is no cache document"),
        (["run", "sample={empty}", "--warehouse", "{new}"], 2, "sample is kept for the embedded"),
        (["run", "a={empty}", "a={empty}", "--warehouse", "{new}"], 2, "two sources are named a"),
        (["run", "{empty}", "{empty}", "--warehouse", "{new}"], 2, "name each"),
        (["run", "--max-rejects", "many", "--warehouse", "{new}"], 2, "no budget of rejects"),
        (["run", "--max-shrink", "150%", "--warehouse", "{new}"], 2, "between 0 and 100"),
        (["run", "--observed-at", "yesterday", "--warehouse", "{new}"], 2, "give an ISO time"),
        (["run", "--config", "/nowhere.yaml", "--warehouse", "{new}"], 2, "config /nowhere.yaml"),
        (["run", "--workers", "0"], 2, "workers"),
        (["sql", "select 1", "--warehouse", "{new}"], 4, "holds no warehouse yet"),
        (["status", "--warehouse", "{new}"], 4, "holds no warehouse yet"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why_and_writes_nothing(tmp_path, words, code, says):
    """One line on stderr, no traceback, nothing on stdout, no folder made."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.md").write_text("no page")
    places = {"empty": tmp_path / "empty", "text": tmp_path / "text.md", "new": tmp_path / "new"}
    done = call(*(word.format(**places) for word in words))

    assert (code, "") == (done.returncode, done.stdout)
    assert says in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()


def test_the_sample_and_real_sources_are_not_mixed(warehouse, tmp_path):
    """Refused either way, with what to do."""
    sample = Path(__file__).resolve().parent.parent / "etl" / "sample"
    real = tmp_path / "real"
    assert 0 == call("run", sample, "--warehouse", real).returncode  # by another name it is a source like any other

    for done in (call("run", sample, "--warehouse", warehouse), call("run", "--warehouse", real)):
        assert 2 == done.returncode
        assert "must not be mixed" in done.stderr and "--warehouse" in done.stderr


def test_the_warehouse_may_come_from_the_environment(warehouse):
    """SPACK_CACHE_WAREHOUSE, for all commands."""
    done = call("status", env={"SPACK_CACHE_WAREHOUSE": str(warehouse)})

    assert (done.returncode, str(warehouse) in done.stdout) == (0, True)


def test_a_config_file_names_sources_and_warehouse(tmp_path):
    """Its paths are relative to it; an option beats it."""
    sample = Path(__file__).resolve().parent.parent / "etl" / "sample"
    (tmp_path / "own").symlink_to(sample)
    (tmp_path / "night.yaml").write_text("sources: {own: own}\nwarehouse: w\nmax_rejects: 3\n")

    assert 0 == call("run", "--config", tmp_path / "night.yaml").returncode
    assert (tmp_path / "w" / "manifest.json").is_file()
    assert 0 == call("run", "--config", tmp_path / "night.yaml", "--warehouse", tmp_path / "v").returncode
    assert (tmp_path / "v" / "manifest.json").is_file()
    (tmp_path / "night.yaml").write_text("wharehouse: w\n")
    assert "wharehouse" in call("run", "--config", tmp_path / "night.yaml").stderr


def test_an_answer_is_written_in_each_form(warehouse, tmp_path):
    """table, csv, json (all rows, one array of objects), markdown, parquet; to stdout or a file."""
    query = "select 'a|b' as text, 1 as number, true as truth, null as nothing, timestamp '2026-11-23 04:00:00' as time"
    answers = {form: call("sql", query, "--warehouse", warehouse, "--format", form).stdout for form in ("table", "csv", "json", "markdown")}
    call("sql", query, "--warehouse", warehouse, "--format", "parquet", "--output", tmp_path / "x.parquet")

    assert [{"text": "a|b", "number": 1, "truth": True, "nothing": None, "time": "2026-11-23T04:00:00"}] == json.loads(answers["json"])
    assert [
        ["text", "number", "truth", "nothing", "time"],
        ["a|b", "1", "True", "", "2026-11-23 04:00:00"],
    ] == list(csv.reader(io.StringIO(answers["csv"])))
    assert "text   number   truth   nothing   time" == answers["table"].splitlines()[0].strip()
    assert "| a\\|b |      1 | true  |         | 2026-11-23 04:00:00 |" == answers["markdown"].splitlines()[-1]
    assert ("a|b", 1, True) == pl.read_parquet(tmp_path / "x.parquet").row(0)[:3]


def test_a_file_is_written_as_its_name_ends(warehouse, tmp_path):
    """Unless --format says otherwise; another ending asks for a table."""
    for name in ("x.csv", "x.JSON", "x.md", "x.parquet", "x.txt"):
        call("sql", "select 1 as n", "--warehouse", warehouse, "--output", tmp_path / name)
    call("sql", "select 1 as n", "--warehouse", warehouse, "--output", tmp_path / "y.json", "--format", "csv")
    first = {name: (tmp_path / name).read_text().split("\n")[0] for name in ("x.csv", "x.JSON", "x.md", "x.txt", "y.json")}

    assert {"x.csv": "n", "x.JSON": '[{"n":1}]', "x.md": "| n |", "y.json": "n"} == {name: first[name] for name in first if name != "x.txt"}
    assert "n" == (tmp_path / "x.txt").read_text().strip()[0]
    assert [(1,)] == pl.read_parquet(tmp_path / "x.parquet").rows()


def test_a_table_is_as_wide_as_its_content_also_in_a_pipe(warehouse):
    """Nothing is cut."""
    done = call("sql", "select repeat('x', 500) as x", "--warehouse", warehouse, env={"COLUMNS": "80"})

    assert "x" * 500 in done.stdout


def test_text_from_pages_cannot_move_the_cursor(warehouse):
    """Who wrote the pages is not known."""
    done = call("sql", "select chr(27) || '[31m[bold]red[/bold]' || chr(10) as x", "--warehouse", warehouse)

    assert r"\x1b[31m[bold]red[/bold]\n" == done.stdout.splitlines()[-1].strip()


@pytest.mark.parametrize(
    "query", ["select * from specs", "from tags", "describe specs", "show tables", "explain select 1", "with a as (select 1) from a"]
)
def test_questions_are_allowed(warehouse, query):
    """Whatever only reads."""
    assert 0 == call("sql", query, "--warehouse", warehouse).returncode


@pytest.mark.parametrize(
    "query",
    [
        "create table t (x int)",
        "drop view specs",
        "copy (select 1) to '{file}'",
        "attach '{file}'",
        "install httpfs",
        "set memory_limit = '1GB'",
        "export database '{file}'",
        "select 1; drop view specs",
        "",
        "selekt",
        "select * from no_such_view",
    ],
)
def test_what_fails_or_would_change_something_exits_2_in_words(warehouse, tmp_path, query):
    """DuckDB's message or ours, no traceback, and nothing is written."""
    done = call("sql", query.format(file=tmp_path / "file"), "--warehouse", warehouse)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr
    assert not (tmp_path / "file").exists()


def test_a_query_may_come_from_standard_input(warehouse):
    """`-` stands for it."""
    assert "n\n2\n" == call("sql", "-", "--warehouse", warehouse, "--format", "csv", stdin="select 1 + 1 as n").stdout


def test_status_says_how_fresh_large_and_healthy_it_is(warehouse):
    """In one screen, and as JSON."""
    text = call("status", "--warehouse", warehouse).stdout
    found = json.loads(call("status", "--warehouse", warehouse, "--json").stdout)

    assert "sample (made up): observed" in text and "rejects    0" in text
    assert len(text.splitlines()) < 25
    assert (found["release"], found["rejects"], found["unequal_claims"]) == (1, {}, 0)
    assert "published" == found["last_runs"][0]["status"]


def test_check_says_which_pages_contradict_themselves(warehouse, tmp_path):
    """Warnings leave the exit code at 0; every row is in the JSON object."""
    meta, details = '{"num_specs": 2}', "[]"
    (tmp_path / "page.md").write_text(
        f'---\ntitle: "zlib"\nlayout: cache\ncategories: [package, develop]\nmeta: {meta}\nspec_details: {details}\n---'
    )
    assert 0 == call("run", tmp_path / "page.md", "--warehouse", tmp_path / "w").returncode
    text, found = call("check", "--warehouse", tmp_path / "w"), call("check", "--warehouse", tmp_path / "w", "--json")

    assert (0, 0) == (text.returncode, found.returncode)
    assert "warning  pages_agree_with_themselves: 2 break it" in text.stdout and "ok       every_hash_is_one_spec" in text.stdout
    broken = json.loads(found.stdout)["pages_agree_with_themselves"]["broken"]
    assert ("zlib", "num_specs", "2", "0") == tuple(broken[0][key] for key in ("package", "claim", "published", "computed"))
    assert all(line.startswith("ok ") for line in call("check", "--warehouse", warehouse).stdout.splitlines())


def test_a_broken_claim_of_severity_error_exits_5(warehouse, tmp_path):
    """Nothing that this program wrote breaks one: here a data file was taken away by hand."""
    folder = tmp_path / "w"
    shutil.copytree(warehouse, folder)
    (specs,) = (folder / "data" / "specs").iterdir()
    pl.read_parquet(specs).head(1).write_parquet(specs)
    done = call("check", "--warehouse", folder)

    assert 5 == done.returncode
    assert "error    every_tag_spec_has_its_spec" in done.stdout


@pytest.fixture
def broken(tmp_path) -> Path:
    """A warehouse of one good page and one that was cut off, and the cache beside it."""
    for package, text in (("zlib", GOOD), ("zstd", GOOD[:60])):
        page = tmp_path / "cache" / "_cache" / "develop" / package / "specs.md"
        page.parent.mkdir(parents=True)
        page.write_text(text.replace("zlib", package))
    assert 0 == call("run", f"public={tmp_path / 'cache'}", "--warehouse", tmp_path / "w", "--max-rejects", "1").returncode
    return tmp_path


GOOD = """---
title: "zlib"
layout: cache
categories: [package, develop]
meta: {"num_specs": 0}
spec_details: []
---"""


def test_rejects_are_listed_with_rule_place_and_excerpt(broken):
    """As a table, or in a form that scripts read."""
    done = call("rejects", "--warehouse", broken / "w", "--format", "json")
    (row,) = json.loads(done.stdout)

    assert (0, "") == (done.returncode, done.stderr)
    assert ("public", "_cache/develop/zstd/specs.md", "document", "not_closed", 64) == (
        row["source"],
        row["path"],
        row["scope"],
        row["rule"],
        len(row["sha256"]),
    )
    assert "not_closed" in call("rejects", "--warehouse", broken / "w").stdout


def test_what_was_refused_is_tried_again_where_it_was_read(broken):
    """Still broken: nothing is published. Mended: the next release has it, without naming the source again."""
    still = call("rejects", "--replay", "--warehouse", broken / "w")
    page = broken / "cache" / "_cache" / "develop" / "zstd" / "specs.md"
    page.write_text(GOOD.replace("zlib", "zstd"))
    mended = call("rejects", "--replay", "--warehouse", broken / "w")

    assert (0, "") == (still.returncode, still.stderr)
    assert "refused still: not_closed" in still.stdout and "none of them loads" in still.stdout
    assert "zstd/specs.md: loads now" in mended.stdout and "published: release 2" in mended.stdout
    assert "[]" == call("rejects", "--warehouse", broken / "w", "--format", "json").stdout.strip()


def test_docs_writes_the_data_dictionary(tmp_path):
    """To stdout, or to a file."""
    call("docs", "--output", tmp_path / "d.md")

    assert call("docs").stdout == (tmp_path / "d.md").read_text()
    assert "# Data dictionary" == call("docs").stdout.splitlines()[0]


def test_a_terminal_sees_progress_and_a_pipe_does_not(tmp_path):
    """On stderr, gone when the work is done."""
    main, other = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "run", "--warehouse", str(tmp_path / "w")], stdout=subprocess.PIPE, stderr=other, text=True
    ) as process:
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(other)
    shown = b""
    try:
        while chunk := os.read(main, 4096):
            shown += chunk
    except OSError:  # the terminal's other side is closed: all was read
        pass
    os.close(main)

    assert 0 == process.returncode
    assert b"documents" in shown and "\x1b" not in out
    assert "" == call("run", "--warehouse", tmp_path / "v").stderr


@pytest.mark.parametrize("command", [command.name or command.callback.__name__ for command in app.registered_commands if command.callback])
def test_help_shows_an_example(command):
    """Of each command."""
    assert f"Example: spack-cache-etl {command}" in " ".join(call(command, "--help").stdout.split())


def test_the_version_is_the_packages():
    """As it was installed."""
    assert f"spack-cache-etl {__version__}\n" == call("--version").stdout
