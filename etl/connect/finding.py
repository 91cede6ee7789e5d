"""What an examination finds: one thing each, how bad it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Level"]


class Level(StrEnum):
    """How bad it is; nothing but a problem of the warehouse keeps a tool from reading."""

    ok = "ok"
    warning = "warning"
    problem = "problem"
    absent = "absent"  # a tool that is not installed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    what: str
    next: str = ""  # what to do
