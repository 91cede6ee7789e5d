"""What a run did, as it tells people and scripts."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["RunReport", "Status"]

Status = Literal["running", "published", "unchanged", "refused", "failed", "dry_run"]


def _zeros(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 0)


@dataclass
class RunReport:
    """What a run did: the object of `run --json`."""

    run_id: str = field(default_factory=lambda: f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}")
    status: Status = "running"
    release: int | None = None
    snapshots: list[dict[str, object]] = field(default_factory=list)
    documents: dict[str, int] = field(default_factory=lambda: _zeros("seen", "read", "unchanged", "rejected", "stale", "removed"))
    specs: dict[str, int] = field(default_factory=lambda: _zeros("current", "added", "removed"))
    memberships: dict[str, int] = field(default_factory=lambda: _zeros("current", "added", "removed"))
    seconds: float = 0.0
    peak_rss_bytes: int = 0
    warehouse_bytes: int = 0
    reason: str | None = None
    peaks: dict[int, int] = field(default_factory=dict)  # most memory each process held, in bytes
    rejects: list[dict[str, object]] = field(default_factory=list)  # the view has them too, once they are published

    def add_process(self, process: int, peak: int) -> None:
        """Count a process's peak memory, once."""
        self.peaks[process] = max(peak, self.peaks.get(process, 0))
        self.peak_rss_bytes = sum(self.peaks.values())

    def as_json(self) -> dict[str, object]:
        """The object of `run --json`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in ("rejects", "peaks")}
