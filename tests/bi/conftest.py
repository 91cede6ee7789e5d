"""Environments of other tools, which `make test` sets up beside the tests' own, and warehouses for them to read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.pipeline import run
from etl.run_report import RunReport

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = Path(sys.prefix)


@pytest.fixture(scope="session")
def environment() -> Callable[[str], Path]:
    """`environment("bi")` is the folder of an environment; a test that needs one which is not there is skipped."""

    def find(name: str) -> Path:
        folder = ENVIRONMENTS / name
        if not folder.is_dir():
            pytest.skip(f"{folder} is not there: `make test` makes it where the tool can be installed")
        return folder

    return find


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded sample, in a folder whose name must be quoted wherever it is written."""
    folder = tmp_path_factory.mktemp("bi") / "Ann's [own] warehouse"
    run(RunOptions(folder, ()), RunReport(), lambda *_: None)
    return folder


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., str]:
    """`told(python, "-c", "print(1)")` is what a program prints; one that fails shows what it said."""

    def call(*command: str | Path, **more: object) -> str:
        done = subprocess.run(list(map(str, command)), cwd=more.pop("cwd", tmp_path), capture_output=True, text=True, check=False, **more)
        assert 0 == done.returncode, done.stderr[-2000:]
        return done.stdout

    return call
