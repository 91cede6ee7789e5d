"""Whole processes timed, and the size of an archive: what the figures are made of."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """A process that ended well."""

    seconds: float
    cpu_seconds: float  # of all processes of its tree
    peak_bytes: int  # of the largest of them
    output: str


class Failed(Exception):  # noqa: N818  (says what did not work, not that bench has a bug)
    """A process that was to be measured ended badly."""


def process(*arguments: str | Path) -> Measured:
    """Run a Python module to its end. Raises Failed."""
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None  # it was asked for
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"{' '.join(map(str, arguments))}: exit code {child.returncode}")
    seconds = time.perf_counter() - begin
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), output)


@dataclass(frozen=True)
class Spread:
    """Some measurements of one thing: the middle one, the fastest and slowest; and processor time, which other work disturbs less."""

    median: float
    fastest: float
    slowest: float
    cpu: float

    @classmethod
    def of(cls, found: Sequence[Measured]) -> "Spread":
        seconds = [one.seconds for one in found]
        return cls(statistics.median(seconds), min(seconds), max(seconds), statistics.median(one.cpu_seconds for one in found))

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({self.fastest:.2f} to {self.slowest:.2f}), processor {self.cpu:.2f} s"


def data_files(warehouse: Path) -> dict[str, int]:
    """The bytes of each data file of the release; none before the first."""
    manifest = warehouse / "manifest.json"
    return {file["path"]: file["bytes"] for file in json.loads(manifest.read_bytes())["files"]} if manifest.exists() else {}


def written(before: dict[str, int], after: dict[str, int]) -> int:
    """The bytes of the data files that a release has and the one before had not."""
    return sum(size for path, size in after.items() if path not in before)


def archive(folder: Path) -> tuple[int | None, str]:
    """The bytes that tar and zstd -19 --long=27 make of a cache, and how; None where the program zstd is missing."""
    program = shutil.which("zstd")
    if program is None:
        return None, "the program zstd is not installed"
    command = [program, "-19", "--long=27", "--threads=0", "--quiet", "--stdout"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None  # both were asked for
        counter = subprocess.Popen(["wc", "-c"], stdin=child.stdout, stdout=subprocess.PIPE)
        with tarfile.open(fileobj=child.stdin, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
            for page in sorted(folder.rglob("specs.md")):
                tar.add(page, page.relative_to(folder).as_posix(), filter=_plain)
        child.stdin.close()
        size = int(counter.communicate()[0])
    return size, "tar, zstd -19 --long=27"


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
