"""Commands that are called with a run's JSON object on their standard input."""

import os
import signal
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile

__all__ = ["HOOK_SECONDS", "call"]

HOOK_SECONDS = 30.0
_SHOWN = 200  # characters of what a failing command wrote last


def call(words: Sequence[str], text: bytes, seconds: float = HOOK_SECONDS) -> str | None:
    """Run a command to its end, without a shell; None where it ended well, else what went wrong, as "ended with exit code 3".

    What it writes is shown only if it fails. After its time it is killed, with all that it started.
    """
    # Files, not pipes: a command that reads nothing breaks none, and one that leaves a process behind is not waited for.
    with TemporaryFile() as said, TemporaryFile() as told:
        told.write(text)
        told.seek(0)
        try:
            process = subprocess.Popen(words, stdin=told, stdout=said, stderr=said, start_new_session=True)
        except (OSError, ValueError) as error:  # no such program; a name that none can have
            return f"could not be started: {getattr(error, 'strerror', None) or error}"
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"did not end within {seconds:g} seconds and was killed"
        finally:
            _kill(process)
        if code == 0:
            return None
        said.seek(0)
        ended = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        words_said = said.read().decode(errors="replace").strip()[-_SHOWN:]
        return f"ended {ended}" + (f": {words_said}" if words_said else "")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a command that is still at work, and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
