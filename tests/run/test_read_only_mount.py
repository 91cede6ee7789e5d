"""A warehouse on a file system that nobody may write to: every view and every command that only reads answers."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.load.definitions import definitions, macros

from .conftest import go, spec

OLD = Path(sys.prefix) / "duckdb-1.5.6"

_ASK = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("SET TimeZone = 'UTC'")
for query in json.load(sys.stdin):
    connection.execute(query).fetchall()
print(json.dumps(connection.execute("select count(*) from tag_specs").fetchall()))
"""

# The whole of each view, then the example in its header; macros have only that.
QUERIES = [f"from {one.name}" for one in definitions()] + [one.example for one in (*definitions(), *macros())]


@pytest.fixture
def mounted(tmp_path: Path, cache: Callable[..., Path], options: RunOptions) -> Iterator[Path]:
    """A warehouse of one build, mounted where nothing can be written."""
    cache({"develop/zlib": [spec("a")]})
    go(options)
    place = tmp_path / "mounted"
    place.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount")
    done = subprocess.run(["mount", "--bind", tmp_path / "warehouse", place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize("version", ["installed", "1.5.6"])
def test_every_view_and_macro_answers_from_a_read_only_mount(mounted, version):
    """In a DuckDB that opened the catalog there, with nothing to find but the mount: where the warehouse was made is gone."""
    if version != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")
    with pytest.raises(OSError, match="Read-only file system"):
        (mounted / "mine").touch()
    made = mounted.parent / "warehouse"
    made.rename(mounted.parent / "elsewhere")
    done = subprocess.run(
        [sys.executable, "-c", _ASK, mounted / "spack_cache.duckdb"],
        input=json.dumps([f"SET VARIABLE warehouse_root = '{mounted}'", *QUERIES]),
        env={**os.environ, "PYTHONPATH": str(OLD) if version != "installed" else ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stderr
    assert [[1]] == json.loads(done.stdout)


@pytest.mark.parametrize(
    "command",
    [
        ["sql", "from stack_contents"],
        ["status"],
        ["check"],
        ["rejects"],
        ["verify"],
        ["diff", "1", "1"],
        ["vacuum", "--keep-days", "0"],
        ["compact"],
    ],
    ids=lambda command: command[0],
)
def test_commands_that_only_read_work_on_a_read_only_mount(mounted, command):
    """They neither lock nor leave anything; at most they note that the folder is not where it was made."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", *command, "--warehouse", mounted], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )

    assert (0, True) == (done.returncode, done.stderr.startswith("note: the catalog was made for ") or not done.stderr)


def test_a_run_on_a_read_only_mount_says_so(mounted):
    """With the exit code of a store that failed, and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "etl", "run", f"public={mounted.parent / 'cache'}", "--warehouse", mounted],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.cwd(),
    )

    assert (4, True, False) == (done.returncode, "Read-only file system" in done.stderr, "Traceback" in done.stderr)
