"""The job with something that will go wrong in it: `python -m bench.torture_child PLAN ARGUMENT...`; PLAN is the JSON of a `Plan`.

The job itself knows nothing of this: it is watched at its named steps, and its calls of the system are heard as Python
announces them.
"""

import datetime as dt
import errno
import json
import os
import resource
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Plan"]

_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate")
_LASTS = (errno.EIO,)  # a disk that fails also refuses to remove; a full one does not


@dataclass
class Plan:
    """What goes wrong in one process."""

    root: str = ""  # of the warehouse
    recent: float | None = None  # the share of the recent part from which on it is joined to the older
    trace: str | None = None  # a file that is told of each step and each change of the disk
    kill: tuple[str, int] | None = None  # the process ends at this step, when it is reached for the n-th time
    pause: tuple[str, str] | None = None  # at this step it waits until this file is gone
    fail: tuple[int, int] | None = None  # the n-th change of the disk is refused with this number of an error
    clock: str | None = None  # what the machine takes the time for; only where no time of observation is given
    largest: int | None = None  # bytes that a file may have

    def encoded(self) -> str:
        return json.dumps(asdict(self))


class Watch:
    """Counts what the job does, and does to it what the plan says."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.reached, self.changes = plan, 0, 0
        self.trace = os.open(plan.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if plan.trace else None

    def step(self, name: str) -> None:
        self._note(f"step {name}")
        if self.plan.kill and name == self.plan.kill[0]:
            self.reached += 1
            if self.reached == self.plan.kill[1]:
                os.kill(os.getpid(), signal.SIGKILL)
        if self.plan.pause and name == self.plan.pause[0]:
            while Path(self.plan.pause[1]).exists():
                time.sleep(0.01)

    def heard(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit hook: what it raises, the call raises that was announced."""
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.change(event, path)
        elif event in _CHANGES and (event in ("os.mkdir", "os.rename") or (self.plan.fail and self.plan.fail[0] in _LASTS)):
            self.change(event, arguments[0])

    def change(self, what: str, path: object) -> None:
        if isinstance(path, int) or not str(path).startswith(self.plan.root):
            return
        self.changes += 1
        self._note(f"change {what}")
        if self.plan.fail and self.changes == self.plan.fail[1]:
            raise OSError(self.plan.fail[0], os.strerror(self.plan.fail[0]), str(path))

    def sync(self, descriptor: int) -> None:
        self.change("fsync", self.plan.root)
        _fsync(descriptor)

    def _note(self, words: str) -> None:
        if self.trace is not None:
            os.write(self.trace, f"{words}\n".encode())


_fsync = os.fsync


def main() -> None:
    told = json.loads(sys.argv[1])
    plan = Plan(**told)
    sys.argv = ["spack-cache-etl", *sys.argv[2:]]

    from etl import parts, pipeline  # noqa: PLC0415  (a worker process, which imports this module too, needs none of it)
    from etl.cli import main as job  # noqa: PLC0415
    from etl.load import steps  # noqa: PLC0415

    watch = Watch(plan)
    if plan.recent is not None:
        parts.MOST_RECENT = plan.recent
    if plan.clock is not None:
        now = dt.datetime.fromisoformat(plan.clock)
        pipeline._utc_now = lambda: now
    if plan.largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (plan.largest, plan.largest))
    steps.watchers.append(watch.step)
    os.fsync = watch.sync
    sys.addaudithook(watch.heard)
    job()


if __name__ == "__main__":
    main()
