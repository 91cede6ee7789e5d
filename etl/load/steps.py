"""The named points of publishing and of recovery: a process that dies does so between two of them.

Nothing happens there unless somebody watches. Tests end a process at each point in turn, and look at what is left.
"""

from collections.abc import Callable
from typing import Literal, get_args

__all__ = ["STEPS", "Step", "reached", "watchers"]

Step = Literal[
    # A run begins, and cleans up after one that died.
    "folder made",
    "lock held",
    "catalog mended",
    "staging removed",
    "part removed",
    "stray manifest removed",
    "stray file removed",
    "dead runs finished",
    "run begun",
    # It publishes.
    "file adopted",
    "template built",
    "catalog built",
    "data safe",
    "manifest kept",
    "manifest replaced",
    "description replaced",
    "views replaced",
    "catalog replaced",
    # It ends.
    "fingerprints kept",
    "run logged",
    "staging discarded",
    # Any small file is written, and any file or folder made safe.
    "part opened",
    "part written",
    "part safe",
    "part renamed",
    "synced",
]
STEPS: tuple[Step, ...] = get_args(Step)

watchers: list[Callable[[Step], None]] = []  # each is told of every step, in the thread that reached it


def reached(step: Step) -> None:
    """Tell those who watch, if any."""
    for watcher in watchers:
        watcher(step)
