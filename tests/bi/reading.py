"""What each reader does: say what it finds in the catalog, then ask one question again and again, until a file says stop."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

CATALOG, QUESTION, STOP = sys.argv[1:]


def read(found: Callable[[], object], ask: Callable[[], object], replaced: type[Exception]) -> None:
    """Print what was found, and each answer, as lines of JSON; each answer comes of a connection of its own."""
    _say(found())
    while not Path(STOP).exists():
        try:
            answer = ask()
        except replaced:  # the catalog was replaced between its head and the rest: it is opened again
            answer = ask()
        _say(answer)
        time.sleep(0.4)


def _say(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()
