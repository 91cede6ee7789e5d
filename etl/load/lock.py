"""One writer at a time: a lock that ends with the process that holds it, however that ends."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import BusyError, StoreError

__all__ = ["exclusive", "holder"]


@contextmanager
def exclusive(path: Path, since: str, work: str = "run") -> Iterator[None]:
    """Hold the folder for a work of this name; `since` says when that began. Raises BusyError where another process does, saying which."""
    try:
        file = path.open("a+", encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: the folder must be writable") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = holder(file.read()) or "it has not yet said which"
            raise BusyError(f"{path.parent} is held by another {work} ({who}); try again when it has ended") from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # the lock itself ends with the file


def holder(text: str) -> str | None:
    """Who holds a lock, in words, by the lock's text; None: it does not say, as when it is read while it is being written."""
    try:
        told = json.loads(text)
        return f"process {told['pid']} on {told['host']} since {told['since']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
