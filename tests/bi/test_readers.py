"""Real tools read the catalog while runs publish: each answer is that of one release, and none is an error."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO

import pytest

from etl.load.definitions import definitions, macros

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = Path(sys.prefix)
NODE = ENVIRONMENTS / "node"
NIGHTS = 3
PATIENCE = 180  # seconds, on a machine that is busy with other things

# Of one release: each night adds a spec, which stands in one stack.
QUESTION = """select (select release from files.release) as release, (select count(*) from specs where is_current) as specs,
(select count(*) from memberships) as memberships"""

# Each is started in the folder of its environment.
READERS = {
    "superset": (ENVIRONMENTS / "bi-superset", ["bin/python", HERE / "sqlalchemy_reader.py"]),
    "sqlalchemy": (ENVIRONMENTS / "bi", ["bin/python", HERE / "sqlalchemy_reader.py"]),
    "adbc": (ENVIRONMENTS / "bi", ["bin/python", HERE / "adbc_reader.py"]),
    "harlequin": (ENVIRONMENTS / "bi", ["bin/python", HERE / "harlequin_reader.py"]),
    "shell": (ENVIRONMENTS / "bi", ["sh", HERE / "shell_reader.sh"]),
    "node": (NODE, ["node", HERE / "node_reader.mjs"]),
    "wasm": (NODE, ["node", HERE / "wasm_reader.cjs"]),
}


@dataclass
class Reader:
    """A tool at work: its process, and the files that hold what it printed."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: IO[bytes]

    def lines(self) -> list[object]:
        """What it found, then its answers; a line that is being written is not one yet."""
        return [json.loads(line) for line in self.output.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def has_read(self, release: int) -> bool:
        """Whether its last answer is that of a release, or it has ended."""
        return self.process.poll() is not None or any(line[0] == release for line in self.lines()[1:][-1:])


@pytest.fixture(scope="module")
def readers(tmp_path_factory, page, spec) -> Iterator[dict[str, Reader]]:
    """Every tool that is installed, started on the first release, and stopped when all have read the last."""
    folder = tmp_path_factory.mktemp("readers")
    stop = folder / "stop"

    def publish(release: int) -> None:
        place = folder / "cache" / "_cache" / "develop" / "zlib" / "specs.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(page("zlib", specs=[spec(f"night {number}") for number in range(release)]))
        words = ["run", f"public={folder / 'cache'}", "--warehouse", folder / "warehouse", "--observed-at", f"2026-11-2{release}T04:00"]
        subprocess.run([sys.executable, "-m", "etl", *map(str, words)], check=True, capture_output=True)

    publish(1)
    started = {}
    for name, (environment, (program, *words)) in READERS.items():
        if environment.is_dir():
            command = [str(environment / program) if program.startswith("bin/") else program, *map(str, words)]
            output, errors = folder / f"{name}.out", (folder / f"{name}.err").open("w+b")
            arguments = [str(folder / "warehouse" / "spack_cache.duckdb"), QUESTION, str(stop)]
            variables = {**os.environ, "DUCKDB": str(environment / "bin" / "duckdb")}
            with output.open("wb") as out:
                process = subprocess.Popen([*command, *arguments], cwd=environment, env=variables, stdout=out, stderr=errors)
            started[name] = Reader(process, output, errors)
    deadline = time.monotonic() + PATIENCE
    for release in range(1, NIGHTS + 1):
        if release > 1:
            publish(release)
        while not all(one.has_read(release) for one in started.values()) and time.monotonic() < deadline:
            time.sleep(0.1)
    stop.touch()
    for one in started.values():
        one.process.wait(PATIENCE)
    yield started
    for one in started.values():
        one.errors.close()


def test_each_tool_reads_whole_releases_while_runs_publish(readers, subtests):
    """One test for all of them, because they read at the same time; a tool that is not installed is skipped."""
    for name, (environment, _) in READERS.items():
        with subtests.test(tool=name):
            if name not in readers:
                pytest.skip(f"{environment} is not there: `make test` makes it where the tool can be installed")
            _check(readers[name])


def _check(reader: Reader) -> None:
    reader.errors.seek(0)

    assert 0 == reader.process.returncode, reader.errors.read().decode()[-2000:]
    found, *answers = reader.lines()
    _check_found(found)

    # DuckDB-WASM asks for the release alone.
    assert [[release] * len(answers[0]) for release in range(1, NIGHTS + 1)] == [answer for answer, _ in groupby(answers)]


def _check_found(found: dict[str, object]) -> None:
    """The views as the tool itself lists them; not every tool tells types, comments and macros."""
    stack_contents = next(one for one in definitions() if one.name == "stack_contents")
    types = {column.name: column.type for column in stack_contents.columns}

    assert {one.name for one in definitions()} == set(found["views"])
    assert types == {name: told or types.get(name) for name, told in found["columns"].items()}
    assert found.get("comment") in (None, "What each stack holds. Grain: source, tag, stack.")
    assert found.get("stacks") in (None, ["e4s"])
    assert "macros" not in found or {one.name for one in macros()} == set(found["macros"])
