"""One writer at a time: a lock that ends with the process that holds it, however that ends."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.errors import BusyError, StoreError

__all__ = ["exclusive"]


@contextmanager
def exclusive(path: Path, since: str) -> Iterator[None]:
    """Hold the warehouse; `since` says when that began. Raises BusyError where another process does, saying which."""
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: the folder must be writable for a run") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(f"{path.parent} is held by another run ({_holder(file.read())}); try again when it has ended") from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # the lock itself ends with the file


def _holder(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):  # read while it was being written
        return "it has not yet said which"
