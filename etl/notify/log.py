"""A run as JSON lines, for whoever collects logs: its start, each step's end, what was refused, warnings, its end."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from etl import __version__
from etl.run_report import RunReport

__all__ = ["JsonLog"]

_LEVELS = {"refused": "warning", "failed": "error"}
_REJECTS = 10  # lines at most; the view `rejects` has all


class JsonLog:
    """Writes one object a line: `ts` (UTC), `level`, `event`, `run_id`, and what belongs to the event."""

    def __init__(self, run_id: str, write: Callable[[str], None], clock: Callable[[], dt.datetime]) -> None:
        self._run_id, self._write, self._clock = run_id, write, clock
        self._since = clock()  # when what is under way began

    def start(self, warehouse: Path, sources: Sequence[str], workers: int) -> None:
        """A run begins. Names of sources only: their places may hold passwords."""
        self._line("info", "start", version=__version__, warehouse=str(warehouse), sources=list(sources), workers=workers)

    def step(self, what: str, done: int, total: int) -> None:
        """A step went on; its end is a line."""
        if done >= total:
            now = self._clock()
            self._line("info", "step", step=what, bytes=total, seconds=round((now - self._since).total_seconds(), 3))
            self._since = now

    def rejects(self, rows: Sequence[dict[str, object]]) -> None:
        """The first of what was refused."""
        for row in rows[:_REJECTS]:
            self._line("warning", "reject", **{name: row[name] for name in ("source", "path", "line", "scope", "rule", "detail")})

    def warning(self, text: str) -> None:
        """Something went wrong beside the run."""
        self._line("warning", "warning", message=text)

    def end(self, report: RunReport, traceback: str | None) -> None:
        """A run ended: the object of `run --json`, and a bug's traceback."""
        told = {name: value for name, value in report.as_json().items() if name != "run_id"}
        self._line(_LEVELS.get(report.status, "info"), "end", **told, **({"traceback": traceback} if traceback else {}))

    def _line(self, level: str, event: str, **more: object) -> None:
        head = {"ts": self._clock(), "level": level, "event": event, "run_id": self._run_id}
        self._write(msgspec.json.encode(head | more).decode())
