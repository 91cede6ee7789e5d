"""The catalog: opens in every DuckDB, from anywhere, read-only, also when the folder was moved."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from etl.load.catalog import as_root
from etl.load.store import Store

OLD = Path(sys.prefix) / "duckdb-1.5.6"
_ASK = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
if sys.argv[2]:
    connection.execute("SET VARIABLE warehouse_root = ?", [sys.argv[2]])
print(connection.execute("select tag from data.tags").fetchall(), connection.execute("select count(*) from runs").fetchall())
"""


@pytest.fixture(params=["installed", "1.5.6"])
def read(request: pytest.FixtureRequest, tmp_path: Path):
    """Ask a catalog from another process, in another folder, with one DuckDB or the other."""
    if request.param != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")

    def ask(catalog: Path, root: str = "") -> str:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        path = str(OLD) if request.param != "installed" else ""
        command = [sys.executable, "-c", _ASK, str(catalog), root]
        done = subprocess.run(command, cwd=elsewhere, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    return ask


@pytest.fixture(params=["plain", "it's [odd] *"])
def store(request: pytest.FixtureRequest, tmp_path: Path, release, run) -> Store:
    """A warehouse in a folder of that name."""
    store = Store(tmp_path / request.param)
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
        run.status = "published"
        store.log(run)
    return store


ANSWER = "[('develop',)] [(1,)]"


def test_it_answers_from_any_folder(store, read):
    """Paths are absolute: they do not depend on where the reader stands."""
    assert read(store.catalog) == ANSWER


def test_a_copied_folder_answers_after_one_line(store, read, tmp_path):
    """`SET VARIABLE warehouse_root`, once the old place is gone."""
    copy = Path(shutil.copytree(store.root, tmp_path / "copy [1]"))
    shutil.rmtree(store.root)

    assert "No files found" in read(copy / "spack_cache.duckdb")
    assert read(copy / "spack_cache.duckdb", as_root(copy)) == ANSWER


def test_a_folder_that_cannot_be_written_answers(store, read):
    """As on a read-only mount: nothing is written beside the catalog."""
    for path in [store.root, *store.root.rglob("*")]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))

    assert read(store.catalog) == ANSWER
    assert not list(store.root.glob("*.wal"))


def test_its_storage_version_opens_in_duckdb_1_2_and_later(store):
    """The default of DuckDB 2.0 would open nowhere else."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{str(store.catalog).replace(chr(39), chr(39) * 2)}' AS w (READ_ONLY)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'w'").fetchone()

    assert tags is not None and "v1.2" in tags[0]["storage_version"]
