"""`doctor`: what stands in a tool's way, and what to do about it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from etl.cli import app
from etl.config import RunOptions
from etl.connect import Finding, Level, examine
from etl.connect.installed import alchemy
from etl.pipeline import run
from etl.run_report import RunReport


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """The sample, loaded once."""
    folder = tmp_path_factory.mktemp("doctor") / "warehouse"
    run(RunOptions(folder, ()), RunReport(), lambda *_: None)
    return folder


@pytest.fixture
def warehouse(published, tmp_path) -> Path:
    """A copy to spoil, whose catalog says that it is where it is."""
    copy = Path(shutil.copytree(published, tmp_path / "warehouse"))
    run(RunOptions(copy, ()), RunReport(), lambda *_: None)  # mends the catalog
    return copy


def found(warehouse: Path, subject: str, shell: Path | None = None) -> Finding:
    """What an examination says of one thing."""
    return next(one for one in examine(warehouse, shell) if one.subject == subject)


def test_a_sound_warehouse_has_no_problem(published):
    """Exit 0; a line for each thing that was looked at."""
    result = CliRunner().invoke(app, ["doctor", "--warehouse", str(published)])
    lines = result.stdout.splitlines()

    assert 0 == result.exit_code, result.stdout
    assert ["manifest", "storage version", "catalog", "release", "place", "data files", "initial SQL"] == [
        line[9:].split(":")[0] for line in lines if line.startswith("ok")
    ][:7]


def test_where_there_is_no_warehouse_it_says_so(tmp_path):
    """Exit 4, as for every other command."""
    result = CliRunner().invoke(app, ["doctor", "--warehouse", str(tmp_path / "none")])

    assert 4 == result.exit_code
    assert f"problem  manifest: {tmp_path / 'none'} holds no warehouse yet" in result.stdout


def test_a_catalog_that_is_gone_is_a_problem(warehouse):
    """The next run builds it."""
    (warehouse / "spack_cache.duckdb").unlink()

    assert (Level.problem, "run `spack-cache-etl run`: it builds the catalog anew") == (
        found(warehouse, "catalog").level,
        found(warehouse, "catalog").next,
    )


def test_a_catalog_in_a_newer_format_is_a_problem(warehouse):
    """Someone wrote it anew: older DuckDBs say that they cannot read it."""
    catalog = warehouse / "spack_cache.duckdb"
    catalog.unlink()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{catalog}' (STORAGE_VERSION 'v1.4.0')")

    assert (Level.problem, True) == (
        found(warehouse, "storage version").level,
        "its format is 67" in found(warehouse, "storage version").what,
    )


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000], ids=["empty", "short", "foreign"])
def test_a_catalog_that_is_no_database_is_a_problem(warehouse, content):
    """Cut off, or something else."""
    (warehouse / "spack_cache.duckdb").write_bytes(content)

    assert Level.problem == found(warehouse, "storage version").level


def test_a_program_that_holds_the_catalog_for_writing_is_named(warehouse):
    """By its process, which is to be ended."""
    code = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(warehouse / "spack_cache.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        one = found(warehouse, "catalog")

    assert Level.problem == one.level
    assert f"process {holder.pid} (" in one.what and "open for writing" in one.what


def test_a_moved_folder_is_a_warning_with_the_line_that_helps(warehouse):
    """Tools that do not run the line find no files."""
    moved = warehouse.rename(warehouse.with_name("moved"))
    one = found(moved, "place")

    assert (Level.warning, True) == (one.level, f"SET VARIABLE warehouse_root = '{moved}'" in one.next)
    assert (Level.ok, Level.ok) == (found(moved, "data files").level, found(moved, "initial SQL").level)


def test_the_same_folder_under_another_path_has_not_moved(warehouse):
    """A mount or a link leads to the same files."""
    (warehouse.parent / "link").symlink_to(warehouse)

    assert Level.ok == found(warehouse.parent / "link", "place").level


def test_a_data_file_that_is_gone_is_a_problem(warehouse):
    """Named with its path."""
    file = next((warehouse / "data" / "specs").glob("*.parquet"))
    file.unlink()
    one = found(warehouse, "data files")

    assert (Level.problem, True) == (one.level, f"{file}: No such file or directory" in one.what)


def test_data_that_cannot_be_read_as_such_is_a_problem(warehouse):
    """The file is there, and no Parquet."""
    next((warehouse / "data" / "tags").glob("*.parquet")).write_bytes(b"rubbish, and enough of it")

    assert Level.problem == found(warehouse, "initial SQL").level


def test_a_catalog_behind_its_manifest_is_a_warning(warehouse):
    """A run died between the two; readers see the release before."""
    manifest = json.loads((warehouse / "manifest.json").read_text())
    (warehouse / "manifest.json").write_text(json.dumps({**manifest, "release": 2}))

    assert (Level.warning, "the catalog is of release 1, the manifest of 2: readers see the former") == (
        found(warehouse, "release").level,
        found(warehouse, "release").what,
    )


def test_what_everybody_may_write_is_a_warning(warehouse):
    """COPY could put files there."""
    (warehouse / "data" / "specs").chmod(0o777)
    one = found(warehouse, "permissions")

    assert (Level.warning, f"everybody may write {warehouse / 'data' / 'specs'}") == (one.level, one.what)


def test_what_only_the_owner_may_read_is_a_warning(warehouse):
    """Most often that of a job with umask 077."""
    (warehouse / "data").chmod(0o700)
    one = found(warehouse, "permissions")  # it names the first folder on the way, which may be one of the tests' own

    assert (Level.warning, True) == (one.level, one.what.startswith("nobody but the owner may read /"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs the processes of Linux")
def test_a_program_that_reads_an_earlier_release_is_named(warehouse):
    """It has the catalog open that was replaced."""
    catalog = warehouse / "spack_cache.duckdb"
    with catalog.open("rb"):
        shutil.copy(catalog, warehouse / "new")
        (warehouse / "new").replace(catalog)
        one = found(warehouse, "readers")

    assert (Level.warning, True) == (one.level, f"process {os.getpid()} (" in one.what)


def test_a_run_that_is_under_way_is_told_and_is_no_problem(warehouse):
    """Readers need not wait for it."""
    (warehouse / ".lock").write_text('{"pid": 12, "host": "night", "since": "2026-11-22 04:00:00 UTC"}')

    assert (Level.ok, True) == (found(warehouse, "run").level, "process 12 on night" in found(warehouse, "run").what)


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"[1]", b"{}", b"[" * 100_000], ids=["empty", "no text", "list", "other", "deep"])
def test_a_lock_that_says_nothing_is_no_run(warehouse, text):
    """It was emptied, or is read while it is being written."""
    (warehouse / ".lock").write_bytes(text)

    assert "run" not in [one.subject for one in examine(warehouse, None)]


def test_a_manifest_that_cannot_be_read_is_a_problem(warehouse):
    """And the rest is looked at all the same."""
    (warehouse / "manifest.json").unlink()
    (warehouse / "manifest.json").mkdir()
    one = found(warehouse, "manifest")

    assert (Level.problem, True) == (one.level, "manifest.json cannot be read: Is a directory" in one.what)
    assert Level.ok == found(warehouse, "catalog").level


@pytest.mark.parametrize(("method", "subject"), [("is_file", "catalog"), ("is_dir", "permissions"), ("stat", "permissions")])
def test_what_may_not_be_looked_at_is_a_problem(warehouse, monkeypatch, method, subject):
    """Folders above may keep this user out; the rest is looked at all the same."""
    real = getattr(Path, method)
    closed = warehouse / "spack_cache.duckdb" if method == "is_file" else warehouse

    def refuses(path, *rest, **more):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest, **more)

    monkeypatch.setattr(Path, method, refuses)
    ones = list(examine(warehouse, None))

    assert (Level.problem, f"{closed}: Permission denied: it cannot even be looked at") in [(one.level, one.what) for one in ones]
    assert subject in [one.subject for one in ones if one.level == Level.problem]
    assert "SQLAlchemy" in [one.subject for one in ones]


def test_a_file_that_is_gone_before_it_was_looked_at_is_no_problem(warehouse, monkeypatch):
    """A run removes what no release needs."""
    (warehouse / "data" / "specs" / "gone.parquet").symlink_to("nothing")

    assert "permissions" in [one.subject for one in examine(warehouse, None) if one.level != Level.problem]


@pytest.mark.parametrize(
    ("script", "level", "says"),
    [
        ("echo v1.5.6 Variegata", Level.ok, "is v1.5.6, and opens the catalog"),
        ("printf 'v1.5.6 \\377\\n'", Level.ok, "is v1.5.6"),
        ('case "$*" in "-init /dev/null "*) echo v1.5.6;; esac', Level.ok, "is v1.5.6"),
        ("echo v1.1.3 abc", Level.warning, "cannot read the catalog"),
        ('case "$*" in *--version) echo v1.5.6;; *) echo "Error: broken" >&2; exit 1;; esac', Level.warning, "Error: broken"),
    ],
    ids=["fits", "no text", "no settings of the user", "old", "fails"],
)
def test_the_shell_is_tried_on_the_catalog(published, tmp_path, script, level, says):
    """Its version first: before 1.2 it cannot read the file."""
    shell = tmp_path / "duckdb"
    shell.write_text(f"#!/bin/sh\n{script}\n")
    shell.chmod(0o755)
    one = found(published, "duckdb shell", shell)

    assert (level, True) == (one.level, says in one.what)


def test_a_tool_that_is_not_installed_is_no_problem(published):
    """It is said, and nothing more."""
    assert Finding(Level.absent, "duckdb shell", "neither on the PATH nor beside this Python") == found(published, "duckdb shell")


@pytest.mark.parametrize(
    ("versions", "level"),
    [
        (("1.4.54", "0.17.0", ""), Level.ok),
        (("2.1.9", "", "1.5.6.4"), Level.ok),
        (("2.1.9", "0.17.0", ""), Level.warning),
        (("2.0.58", "0.17.0", ""), Level.warning),
        (("2.0.58", "", "1.5.1"), Level.warning),
        (("1.4.54", "", "1.5.6.4"), Level.warning),
        (("2.1.9", "0.17.0", "1.5.6.4"), Level.warning),
        (("2.1.9", "", ""), Level.absent),
        (("", "", ""), Level.absent),
    ],
)
def test_pairs_of_sqlalchemy_and_driver_are_judged(versions, level):
    """By what was tried: SQLAlchemy, duckdb-engine, duckdb-sqlalchemy."""
    assert level == alchemy(*versions).level
