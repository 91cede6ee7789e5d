"""A warehouse that may be hurt: made anew for each case, run, and looked at."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.generate import cache, write
from bench.measure import ROOT, Failed
from bench.torture_checks import Rows, faults, rows, seen_release
from bench.torture_child import Plan
from bench.universe import LAST_NIGHT

__all__ = ["KINDS", "Kind", "Lane", "Outcome", "Trace", "nights"]

PATIENCE = 5  # seconds in which the workers of a dead run must end
LIMIT = 60  # seconds for a run that needs one
OLD = 1_600_000_000  # when the pages were written, as far as anybody can tell: of younger ones no fingerprint is kept


@dataclass(frozen=True)
class Kind:
    """A run to be hurt: of which night, on top of what, and how much of the tables may be recent."""

    name: str
    night: int
    recent: float
    is_stopped: bool = False  # the run before it died, after it had published and before anybody could see it

    @property
    def before(self) -> int:
        """The release that is there already."""
        return self.night - 1


KINDS = (
    Kind("first", 1, 1.0),
    Kind("changed", 2, 1.0),
    Kind("compacting", 2, 0.0),
    Kind("recovering", 3, 1.0, is_stopped=True),
)


@dataclass(frozen=True)
class Outcome:
    """How a process ended: by a signal, if negative."""

    code: int
    errors: str


@dataclass(frozen=True)
class Trace:
    """The steps that a run reached and the changes it made to the disk, in order; and how long it took."""

    lines: list[str]
    seconds: float


def nights(folder: Path, count: int, specs: int) -> list[Path]:
    """A made-up cache as it was in so many nights; a page that did not change is the same file in all of them."""
    found: list[Path] = []
    for number in range(count):
        night = folder / f"night-{number + 1}"
        write(night, *cache(specs, night=LAST_NIGHT + number), 0.02 + 0.01 * (number % 3))
        for page in night.rglob("specs.md"):
            same = found[-1] / page.relative_to(night) if found else page
            if found and same.exists() and same.read_bytes() == page.read_bytes():
                page.unlink()
                page.hardlink_to(same)
            else:
                os.utime(page, (OLD + number, OLD + number))
        found.append(night)
    return found


class Lane:
    """A place for one warehouse at a time, and copies of it as it stood after each night that nothing disturbed."""

    def __init__(self, folder: Path, caches: list[Path]) -> None:
        self.folder, self.caches = folder, caches
        self.root = folder / "warehouse"
        self.good: dict[int, Rows] = {}
        folder.mkdir(parents=True)
        for night in (1, 2, 3):
            self.expect(0, self.run(night, Plan(recent=1.0)))
            self.good[night] = rows(self.root)
            shutil.copytree(self.root, self._base(night))
        self._make_stopped()

    def start(self, night: int, plan: Plan | None = None, workers: int = 1, more: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Begin a run of a night's pages; as the plan says, or as anybody would run it."""
        options = [f"public={self.caches[night - 1]}", "--warehouse", str(self.root)]
        if plan is None or plan.clock is None:
            options += ["--observed-at", f"2026-11-{night:02}T04:00:00"]  # so that the same nights are the same rows
        job = ["etl"] if plan is None else ["bench.torture_child", replace(plan, root=str(self.root)).encoded()]
        command = [sys.executable, "-m", *job, "run", *options, "--workers", str(workers), "--accept-shrink", *more]
        environment = os.environ | {"XDG_CACHE_HOME": str(self.folder / "caches")}
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, night: int, plan: Plan | None = None, workers: int = 1, more: tuple[str, ...] = ()) -> Outcome:
        return self.wait(self.start(night, plan, workers, more))

    def vacuum(self) -> Outcome:
        """Remove what no release but the last three names."""
        limits = ["--keep-days", "0", "--keep-releases", "3", "--grace-minutes", "0"]
        command = [sys.executable, "-m", "etl", "vacuum", "--warehouse", str(self.root), *limits, "--apply"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stderr)

    @staticmethod
    def wait(child: subprocess.Popen[str]) -> Outcome:
        """The end of a run."""
        try:
            _, errors = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return Outcome(1, f"it did not end within {LIMIT} seconds")
        return Outcome(child.returncode, errors)

    @staticmethod
    def outlived(child: subprocess.Popen[str]) -> Iterator[str]:
        """What is wrong where workers are still there, some seconds after the run that started them was killed; they are ended here."""
        end = time.monotonic() + PATIENCE
        while _is_group(child.pid):
            if time.monotonic() > end:
                os.killpg(child.pid, signal.SIGKILL)
                yield f"its workers are still there after {PATIENCE} seconds"
                return
            time.sleep(0.02)

    @staticmethod
    def expect(code: int, outcome: Outcome) -> None:
        """Raise Failed unless a run ended so."""
        if outcome.code != code:
            raise Failed(f"exit code {outcome.code}, not {code}: {outcome.errors.strip()[-600:]}")

    def restore(self, kind: Kind) -> None:
        """Put the warehouse back to where a kind of run begins."""
        self.empty()
        base = self.folder / "stopped" if kind.is_stopped else self._base(kind.before)
        if base.exists():
            shutil.copytree(base, self.root)

    def empty(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.folder / "caches", ignore_errors=True)  # so that the catalog's template is built in each case

    def trace(self, kind: Kind) -> Trace:
        """What a run of this kind does that nothing disturbs."""
        told = self.folder / "trace"
        told.unlink(missing_ok=True)
        self.restore(kind)
        begin = time.perf_counter()
        self.expect(0, self.run(kind.night, Plan(recent=kind.recent, trace=str(told))))
        return Trace(told.read_text().splitlines(), time.perf_counter() - begin)

    def hurt(self, kind: Kind) -> Iterator[str]:
        """What is wrong for readers, right after a run was stopped."""
        first = kind.before - 1 if kind.is_stopped else kind.before
        release = seen_release(self.root)
        if release is None:
            if first > 0:
                yield "the catalog is gone"
        elif not max(first, 1) <= release <= kind.night:
            yield f"readers see release {release}"
        elif rows(self.root) != self.good[release]:
            yield f"readers see rows that release {release} never had"

    def mended(self, night: int) -> Iterator[str]:
        """What is wrong after the next run, which is begun here."""
        outcome = self.run(night)
        if outcome.code != 0:
            yield f"the next run: exit code {outcome.code}: {outcome.errors.strip()[-300:]}"
            return
        yield from faults(self.root)
        found = rows(self.root)
        for name, expected in self.good[night].items():
            if found[name] != expected:
                yield f"other rows in {name} than in a warehouse that was never hurt"

    def _base(self, night: int) -> Path:
        return self.folder / f"after-{night}"

    def _make_stopped(self) -> None:
        """A warehouse of release 2 whose readers still see release 1, with all that dead runs can leave behind."""
        self.restore(KINDS[1])
        self.expect(-9, self.run(2, Plan(recent=1.0, kill=("manifest replaced", 1))))
        kept = self.root / "manifests" / "000002.json"
        (kept.parent / "000003.json").write_text(kept.read_text().replace('"release": 2', '"release": 3'))
        (self.root / "data" / "tags" / "tags-0123456789abcdef.parquet").write_bytes(b"adopted, and never published")
        (self.root / "manifest.json.part").write_bytes(b"half")
        shutil.copytree(self.root, self.folder / "stopped")


def _is_group(group: int) -> bool:
    """Whether any process of a group is at work; one that has ended may wait for its name to be taken off the list."""
    told = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(int(one) == group and state[0] != "Z" for one, state in map(str.split, told.splitlines()))
