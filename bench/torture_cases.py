"""What is done to a warehouse: processes that die, disks that fill up, clocks that go back, two runs at once.

Each case gives what went wrong in it, in words; nothing where all promises were kept.
"""

import errno
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.torture_checks import seen_release
from bench.torture_child import Plan
from bench.torture_lanes import KINDS, Kind, Lane, Trace
from etl.load.steps import STEPS

__all__ = ["Case", "Skipped", "all_cases", "missing_steps"]

WRITES = (errno.ENOSPC, errno.EIO)


class Skipped(Exception):  # noqa: N818  (no error: the machine cannot do it)
    """A case that cannot be carried out here, and why."""


@dataclass(frozen=True)
class Case:
    """One thing to do: what the table calls its like, what it is itself, and how."""

    group: str
    name: str
    carried_out: Callable[[Lane], Iterator[str]]


def all_cases(traces: dict[Kind, Trace], kills: int, seed: int, is_short: bool) -> Iterator[Case]:
    """Everything but the readers."""
    for kind in KINDS:
        for step, number in _moments(traces[kind].lines, most=1 if is_short else 3):
            if not is_short or _in_short(kind, step):
                yield Case("killed at a named step", f"{kind.name}: {step} {number}", _killed(kind, step, number))
    dice = random.Random(seed)
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        moment = traces[kind].seconds * dice.uniform(0.3, 1.05)
        workers = 2 if number % 8 >= 4 else 1
        yield Case("killed at a random moment", f"{kind.name}: {moment:.3f} s, {workers} workers", _killed_after(kind, moment, workers))
    for kind in KINDS:
        for code in WRITES:
            count = sum(line.startswith("change") for line in traces[kind].lines)
            chosen = (count // 2,) if is_short else range(1, count + 1)
            for number in chosen if not is_short or kind.name == "changed" else ():
                yield Case(f"{errno.errorcode[code]} at a call", f"{kind.name}: call {number}", _refused(kind, code, number))
    for size in (20_000,) if is_short else (1, 100, 1_000, 4_096, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000):
        yield Case("files limited in size", f"{size:,} bytes", _limited(size))
    for room in (40_000,) if is_short else (*range(0, 400_000, 20_000), *range(400_000, 2_000_000, 100_000)):
        yield Case("disk that is full", f"room for {room:,} bytes", _full(room))
    yield Case("read-only file system", "tmpfs", _read_only)
    yield Case("folder without permission to write", "chmod", _forbidden)
    yield Case("clock that went back", "--observed-at", _observed_before)
    yield Case("clock that went back", "the machine's", _run_before)
    yield Case("clock that went back", "time stamps of pages", _stamped_before)
    yield Case("two runs at once", "run", _two_at_once)


def missing_steps(traces: dict[Kind, Trace]) -> list[str]:
    """Steps that no run reaches: then nothing is known of what happens there."""
    reached = {line.removeprefix("step ") for trace in traces.values() for line in trace.lines}
    return [step for step in STEPS if step not in reached]


def _moments(trace: Sequence[str], most: int) -> Iterator[tuple[str, int]]:
    """Each step with how often it was reached by then; of many times the first, the last and some between."""
    for step in STEPS:
        count = trace.count(f"step {step}")
        chosen = range(1, count + 1) if count <= most else {1 + (count - 1) * part // max(1, most - 1) for part in range(most)}
        for number in sorted(chosen):
            yield step, number


def _in_short(kind: Kind, step: str) -> bool:
    return step in {"changed": ("data safe", "manifest replaced"), "recovering": ("stray file removed",)}.get(kind.name, ())


def _after(lane: Lane, kind: Kind) -> Iterator[str]:
    yield from lane.hurt(kind)
    yield from lane.mended(kind.night)


def _killed(kind: Kind, step: str, number: int) -> Callable[[Lane], Iterator[str]]:
    def case(lane: Lane) -> Iterator[str]:
        lane.restore(kind)
        lane.expect(-9, lane.run(kind.night, Plan(recent=kind.recent, kill=(step, number))))
        yield from _after(lane, kind)

    return case


def _killed_after(kind: Kind, moment: float, workers: int) -> Callable[[Lane], Iterator[str]]:
    def case(lane: Lane) -> Iterator[str]:
        lane.restore(kind)
        child = lane.start(kind.night, Plan(recent=kind.recent), workers)
        try:
            child.wait(moment)
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        if child.returncode not in (0, -9):
            yield f"exit code {child.returncode} before it was killed"
        yield from lane.outlived(child)
        if child.stderr is not None:
            child.stderr.close()
        yield from _after(lane, kind)

    return case


def _failed_well(lane: Lane, kind: Kind, plan: Plan) -> Iterator[str]:
    """A run that the disk refused something: it says so, or could do without."""
    outcome = lane.run(kind.night, plan)
    if outcome.code not in (0, 4) or "Traceback" in outcome.errors:
        yield f"exit code {outcome.code}: {outcome.errors.strip()[-600:]}"
    elif outcome.code == 0 and seen_release(lane.root) != kind.night:
        yield "exit code 0, and nothing was published"
    yield from lane.hurt(kind)


def _refused(kind: Kind, code: int, number: int) -> Callable[[Lane], Iterator[str]]:
    def case(lane: Lane) -> Iterator[str]:
        lane.restore(kind)
        yield from _failed_well(lane, kind, Plan(recent=kind.recent, fail=(code, number)))
        yield from lane.mended(kind.night)

    return case


def _limited(size: int) -> Callable[[Lane], Iterator[str]]:
    def case(lane: Lane) -> Iterator[str]:
        kind = KINDS[1]
        lane.restore(kind)
        yield from _failed_well(lane, kind, Plan(recent=kind.recent, largest=size))
        yield from lane.mended(kind.night)

    return case


class _Disk:
    """The lane's warehouse on a file system of its own, in memory. Raises Skipped where nobody may mount one."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    def __enter__(self) -> "_Disk":
        self.lane.empty()
        self.lane.root.mkdir()
        self._call("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(self.lane.root))
        shutil.copytree(self.lane.folder / "after-1", self.lane.root, dirs_exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", str(self.lane.root)], check=True)

    def become(self, options: str) -> None:
        self._call("mount", "-o", f"remount,{options}", str(self.lane.root))

    def used(self) -> int:
        state = os.statvfs(self.lane.root)
        return (state.f_blocks - state.f_bfree) * state.f_frsize

    @staticmethod
    def _call(*command: str) -> None:
        if shutil.which(command[0]) is None or os.geteuid() != 0:
            raise Skipped("only root may mount a file system")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Skipped(f"a file system cannot be mounted here: {done.stderr.strip()[:100]}")


def _full(room: int) -> Callable[[Lane], Iterator[str]]:
    def case(lane: Lane) -> Iterator[str]:
        kind = KINDS[1]
        with _Disk(lane) as disk:
            disk.become(f"size={disk.used() + room}")
            yield from _failed_well(lane, kind, Plan(recent=kind.recent))
            disk.become("size=64m")
            yield from lane.mended(kind.night)

    return case


def _read_only(lane: Lane) -> Iterator[str]:
    kind = KINDS[1]
    with _Disk(lane) as disk:
        disk.become("ro")
        outcome = lane.run(kind.night)
        if outcome.code != 4 or "Traceback" in outcome.errors:
            yield f"exit code {outcome.code}: {outcome.errors.strip()[-300:]}"
        yield from lane.hurt(kind)
        disk.become("rw")
        yield from lane.mended(kind.night)


def _forbidden(lane: Lane) -> Iterator[str]:
    if os.geteuid() == 0:
        raise Skipped("root may write everywhere; run it as another user")
    kind = KINDS[1]
    for folder in ("", "data", "data/tags", "manifests", "runs", "state"):
        lane.restore(kind)
        (lane.root / folder).chmod(0o555)
        outcome = lane.run(kind.night)
        if outcome.code not in (0, 4) or "Traceback" in outcome.errors:
            yield f"{folder or 'the folder itself'}: exit code {outcome.code}: {outcome.errors.strip()[-300:]}"
        yield from lane.hurt(kind)
        (lane.root / folder).chmod(0o755)
        yield from lane.mended(kind.night)


def _observed_before(lane: Lane) -> Iterator[str]:
    kind = KINDS[1]
    lane.restore(kind)
    lane.expect(2, lane.run(kind.night, more=("--observed-at", "1999-01-01T00:00:00")))
    yield from _after(lane, kind)


def _run_before(lane: Lane) -> Iterator[str]:
    """The machine's own clock: the next snapshot comes after the last all the same."""
    kind = KINDS[1]
    lane.restore(kind)
    lane.expect(0, lane.run(kind.night, Plan(recent=kind.recent, clock="1999-01-01T00:00:00")))
    if (release := seen_release(lane.root)) != kind.night:
        yield f"readers see release {release}"
    yield from _after(lane, kind)


def _stamped_before(lane: Lane) -> Iterator[str]:
    """A page is changed, and its time stamp says that it is older than before; the file is another one, as a checkout makes it."""
    kind = KINDS[1]
    lane.restore(kind)
    pages = lane.folder / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(lane.caches[1], pages)
    for page in pages.rglob("specs.md"):
        os.utime(page, (1, 1))
    before, lane.caches = lane.caches, [lane.caches[0], pages, *lane.caches[2:]]
    try:
        yield from lane.mended(kind.night)
    finally:
        lane.caches = before


def _two_at_once(lane: Lane) -> Iterator[str]:
    kind = KINDS[1]
    lane.restore(kind)
    waits = lane.folder / "waits"
    waits.touch()
    held = lane.folder / "held"
    held.unlink(missing_ok=True)
    first = lane.start(kind.night, Plan(recent=kind.recent, pause=("run begun", str(waits)), trace=str(held)))
    try:
        while first.poll() is None and not (held.exists() and "step run begun" in held.read_text()):
            time.sleep(0.01)
        second = lane.run(kind.night)
    finally:
        waits.unlink()
    ended = lane.wait(first)
    if (ended.code, second.code) != (0, 6):
        yield f"the first ended with exit code {ended.code}, the second with {second.code}: {second.errors.strip()[-300:]}"
    yield from _after(lane, kind)
