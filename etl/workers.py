"""Processes that work beside this one.

They take half a second to start, most of it in imports. A run that will read everything starts them first, so that they
are ready when the listing is. Imports nothing heavy itself, for the same reason.
"""

import gc
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

__all__ = ["Workers", "tune_memory"]


class Workers:
    """So many processes beside this one (none: 0), started by the first thing that is submitted, ended with the block."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._executor: ProcessPoolExecutor | None = None
        self._ending: Thread | None = None

    def __enter__(self) -> "Workers":
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the end of the processes; what none of them has begun is never done."""
        self.dismiss()
        if self._ending is not None:
            self._ending.join()

    def dismiss(self) -> None:
        """Let the processes end once their work is done, without waiting for that."""
        if self._executor is not None and self._ending is None:
            # In a thread that is joined: after `shutdown(wait=False)` nothing can wait for the end, and an interpreter
            # that exits meanwhile may find the executor's pipe closed.
            self._ending = Thread(target=self._executor.shutdown, kwargs={"wait": True, "cancel_futures": True})
            self._ending.start()

    def warm_up(self, module: str) -> None:
        """Start all processes now and let them import a module."""
        for _ in range(self.count):
            self.submit(import_module_only, module)

    def submit(self, function: Callable[..., Any], *arguments: object) -> Future[Any]:
        """Have one of the processes call a function."""
        if self._executor is None:
            use_one_core()
            # Spawned, not forked: polars and Arrow hold threads, whose locks a fork would copy in mid-use.
            self._executor = ProcessPoolExecutor(self.count, mp_context=get_context("spawn"), initializer=_begin)
        return self._executor.submit(function, *arguments)


def _begin() -> None:
    use_one_core()
    tune_memory()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process once the one that started it is gone: killed, that one cannot say so, and a worker would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def tune_memory() -> None:
    """Look for cycles of objects seldom: reading makes objects by the hundred thousand and hardly a cycle.

    And have Arrow take its memory from the system: its own allocator gives large pieces back each time, and a short run
    spends a fortieth of its time on getting them again. Counts before Arrow's first use.
    """
    gc.set_threshold(200_000, 50, 100)
    os.putenv("ARROW_DEFAULT_MEMORY_POOL", "system")


def import_module_only(module: str) -> None:
    """Import a module, and give back nothing that would have to be sent."""
    import_module(module)


def use_one_core() -> None:
    """Tell polars, before its first use, that this process has one core: the others are busy too."""
    os.putenv("POLARS_MAX_THREADS", "1")
