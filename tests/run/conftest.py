"""Makers for tests of whole runs: a small cache, and a run of it."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.pipeline import run
from etl.run_report import RunReport

NIGHT = dt.datetime(2026, 11, 22, 4)
_SECONDS = count(1_000_000_000)


def spec(word: str, **keys: object) -> dict[str, object]:
    """A spec as layout F has it; its hash is made from a word."""
    plain = {"compiler": "gcc@13.2.0", "os": "ubuntu24.04", "platform": "linux", "size": "-", "target": "zen4"}
    return {**plain, "hash": (word * 32)[:32], "stacks": ["e4s", "root"], "variants": ["+shared"], "versions": ["1.3"], **keys}


def page(package: str, tag: str, *specs: dict[str, object]) -> str:
    """A page of layout F that says how many specs it has."""
    meta = json.dumps({"num_specs": len(specs)})
    return f'---\ntitle: "{package}"\nlayout: cache\ncategories: [package, {tag}]\nmeta: {meta}\nspec_details: {json.dumps(specs)}\n---'


@pytest.fixture
def cache(tmp_path: Path) -> Callable[..., Path]:
    """Write pages into a cache: `cache({"develop/zlib": [spec("a")], "develop/zstd": "text of a page"})`; None removes one."""

    def make(pages: dict[str, list[dict[str, object]] | str | None], name: str = "cache") -> Path:
        for place, content in pages.items():
            tag, package = place.split("/")
            file = tmp_path / name / "_cache" / tag / package / "specs.md"
            if content is None:
                shutil.rmtree(file.parent)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else page(package, tag, *content))
        return tmp_path / name

    return make


@pytest.fixture
def night(cache: Callable[..., Path]) -> Callable[[dict[str, list[dict[str, object]] | str | None]], None]:
    """Write pages that bear a time of long ago, each another: by that they are known to be as they were."""

    def write(pages: dict[str, list[dict[str, object]] | str | None]) -> None:
        root = cache(pages)
        for place in pages:
            file = root / "_cache" / place / "specs.md"
            if file.exists():
                os.utime(file, (next(_SECONDS),) * 2)

    return write


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    """A run of the folder `cache` on a given night."""
    return RunOptions(tmp_path / "warehouse", (("public", str(tmp_path / "cache")),), observed_at=NIGHT)


def go(options: RunOptions, **changes: object) -> RunReport:
    """Run, and say what became of it."""
    report = RunReport()
    run(replace(options, **changes), report, lambda *_: None)
    return report


def later(nights: int = 1) -> dt.datetime:
    """Some nights after."""
    return NIGHT + dt.timedelta(days=nights)
