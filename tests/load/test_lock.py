"""One writer at a time, held by a process and by nothing that outlives it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import BusyError, StoreError
from etl.load.lock import exclusive

_HOLD = """
import sys, time
from pathlib import Path
from etl.load.lock import exclusive
with exclusive(Path(sys.argv[1]), "2026-11-22 04:00:00 UTC"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that holds the lock."""
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path / ".lock")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_it_since_when(tmp_path, holder):
    """With the process to look for."""
    with pytest.raises(BusyError, match=rf"process {holder.pid} on .* since 2026-11-22 04:00:00 UTC"), exclusive(tmp_path / ".lock", "now"):
        pass


def test_a_killed_process_holds_nothing(tmp_path, holder):
    """The lock ends with its process, even by kill -9."""
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    with exclusive(tmp_path / ".lock", "now"):
        assert str(os.getpid()) in (tmp_path / ".lock").read_text()


def test_the_lock_is_free_again_afterwards(tmp_path):
    """Also after an error."""
    with pytest.raises(RuntimeError), exclusive(tmp_path / ".lock", "now"):
        raise RuntimeError

    with exclusive(tmp_path / ".lock", "now"):
        pass


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path):
    """Said as such, with what to do."""
    with pytest.raises(StoreError, match="must be writable"), exclusive(tmp_path / "missing" / ".lock", "now"):
        pass
