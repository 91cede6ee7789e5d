"""Makers for tests of views: rows of the stored tables in, rows of a view out, on both DuckDB versions."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from etl.load.catalog import build, build_template
from etl.load.manifest import Manifest, Snapshot
from etl.load.parquet import write_tables
from etl.schema import SCHEMA_VERSION, STORED

OLD = "1.5.6"
OLD_FOLDER = Path(sys.prefix) / f"duckdb-{OLD}"

NIGHT = dt.datetime(2026, 11, 22, 4)
NEXT_NIGHT = dt.datetime(2026, 11, 23, 4)


def night(number: int) -> dt.datetime:
    """The time of a snapshot, of which there is one each night: NIGHT is the first."""
    return NIGHT + dt.timedelta(days=number - 1)


# What a row holds where a test does not care.
PLAIN = {
    "source": "public",
    "tag": "develop",
    "package": "zlib",
    "spec_hash": "a" * 32,
    "version": "1.3",
    "is_hashed": True,
    "compiler_name": "gcc",
    "compiler_version": "13.2.0",
    "platform": "linux",
    "os": "ubuntu24.04",
    "target": "x86_64_v3",
    "variants_text": "",
    "stack": "e4s",
    "stacks_text": "",
    "stack_count": 0,
    "is_in_root": True,
    "is_root_only": False,
    "first_snapshot_id": 1,
    "from_snapshot_id": 1,
    "to_snapshot_id": 2,
    "changed_snapshot_id": 1,
    "snapshot_id": 1,
    "path": "_cache/develop/zlib/specs.md",
    "layout": "F",
    "sha256": "0" * 64,
    "is_stale": False,
    "spec_count": 0,
    "published_spec_count": None,
    "size_bytes": None,
    "scope": "document",
    "rule": "empty",
    "detail": "nothing there",
    "line": None,
    "excerpt": "",
    "kind": "develop",
    "is_newest": False,
}

# What can be seen of a spec but for its hash.
SEEN = {"package", "version", "compiler_name", "compiler_version", "platform", "os", "target", "variants_text"}

# The reader, of whichever DuckDB: a process of its own, that opens a catalog for each question.
_ASK = """
import json, sys, duckdb
for line in sys.stdin:
    catalog, query = json.loads(line)
    try:
        with duckdb.connect(catalog, read_only=True) as connection:
            told = [connection.execute(query).fetchall(), None]
    except duckdb.Error as error:
        told = [None, str(error)]
    print(json.dumps(told, default=str), flush=True)
"""

Rows = list[tuple[object, ...]]


def snapshot(source: str = "public", number: int = 1, at: dt.datetime = NIGHT) -> Snapshot:
    """A snapshot of which only its place in time matters."""
    return Snapshot(source, number, at, "r", 1, 1, 1, f"run-{number}")


def nights(count: int, source: str = "public") -> tuple[Snapshot, ...]:
    """The snapshots of a source, one each night."""
    return tuple(snapshot(source, number, night(number)) for number in range(1, count + 1))


def frames(rows: Mapping[str, list[dict[str, object]]]) -> dict[str, pl.DataFrame]:
    """Rows as the tables hold them; what a row leaves out is plain, but for the stacks of a spec, which its memberships tell."""
    rows = {
        **rows,
        "tag_specs": [_stacks(row, rows.get("memberships", ())) | row for row in rows.get("tag_specs", ())],
        "specs": [{"configuration_id": _configuration_id(row)} | row for row in rows.get("specs", ())],
    }
    found = {}
    for name, table in STORED.items():
        known = [{column: row[column] if column in row else PLAIN.get(column) for column in table.columns} for row in rows.get(name, [])]
        found[name] = pl.DataFrame(known, schema=table.polars_schema)
    return found


def _configuration_id(spec: dict[str, object]) -> str:
    """Equal for specs that look the same; of those that look as plain as can be, zeros."""
    seen = {name: value for name, value in spec.items() if name in SEEN and value != PLAIN[name]}
    return hashlib.sha256(repr(sorted(seen.items())).encode()).hexdigest()[:16] if seen else "0" * 16


def _stacks(row: dict[str, object], memberships: Sequence[dict[str, object]]) -> dict[str, object]:
    key = ("source", "tag", "package", "spec_hash")
    stacks = {str((PLAIN | one)["stack"]) for one in memberships if all((PLAIN | one)[name] == (PLAIN | row)[name] for name in key)}
    return {"stacks_text": ",".join(sorted(stacks)), "stack_count": len(stacks)}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all catalogs have in common, made once: hundreds of views and comments."""
    path = tmp_path_factory.mktemp("template") / "catalog.duckdb"
    build_template(path)
    return path


@pytest.fixture
def warehouse(tmp_path: Path, template: Path) -> Callable[..., Path]:
    """Make a warehouse out of rows: `warehouse(specs=[{...}], ...)`; what a row leaves out is plain."""

    def make(snapshots: tuple[Snapshot, ...] = (snapshot(),), **rows: list[dict[str, object]]) -> Path:
        files = write_tables(frames(rows), tmp_path)
        (tmp_path / "runs").mkdir()
        (tmp_path / "runs" / "r.json").write_text('{"run_id": "r", "status": "published", "started_at": "2026-11-22T04:00:00"}')
        manifest = Manifest(1, SCHEMA_VERSION, "0", {}, list(snapshots), files)
        build(tmp_path / "spack_cache.duckdb", manifest, tmp_path, template)
        return tmp_path / "spack_cache.duckdb"

    return make


@pytest.fixture(scope="session")
def readers() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """A process for each version of DuckDB, started when it is first needed."""
    started: dict[str, subprocess.Popen[str]] = {}

    def reader(version: str) -> subprocess.Popen[str]:
        if version not in started:
            env = {**os.environ, "PYTHONPATH": str(OLD_FOLDER) if version == OLD else ""}
            command = [sys.executable, "-c", _ASK]
            started[version] = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return started[version]

    yield reader
    for process in started.values():
        process.communicate()


@pytest.fixture(params=["installed", OLD])
def ask(request: pytest.FixtureRequest, readers: Callable[[str], subprocess.Popen[str]]) -> Callable[[Path, str], Rows]:
    """Ask a catalog, with the installed DuckDB and with the one before; times and dates come as text."""
    if request.param == OLD and not OLD_FOLDER.is_dir():
        pytest.skip(f"DuckDB {OLD} is not there: `make test` installs it")
    process = readers(request.param)
    assert process.stdin is not None and process.stdout is not None
    say, hear = process.stdin, process.stdout

    def rows(catalog: Path, query: str) -> Rows:
        say.write(json.dumps([str(catalog), query]) + "\n")
        say.flush()
        found, problem = json.loads(hear.readline())
        assert problem is None
        return [tuple(row) for row in found]

    return rows
