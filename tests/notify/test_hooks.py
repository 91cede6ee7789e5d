"""Commands after a run: what they get, and what is said of those that do not work."""

import sys
import time

import pytest

from etl.notify.hooks import call


def python(code: str) -> tuple[str, ...]:
    """A command that runs some Python."""
    return (sys.executable, "-c", code)


def test_a_command_gets_the_text_on_standard_input(tmp_path):
    """All of it, as it is."""
    assert call(python(f"import sys; open({str(tmp_path / 'got')!r}, 'w').write(sys.stdin.read())"), b'{"status": "failed"}') is None

    assert '{"status": "failed"}' == (tmp_path / "got").read_text()


def test_a_command_that_fails_is_told_with_what_it_wrote_last():
    """Its exit code, or the signal that ended it."""
    long = python("import sys; print('x' * 1000 + 'no mailer'); sys.exit(3)")

    assert "ended with exit code 3: " + "x" * 191 + "no mailer" == call(long, b"{}")
    assert "ended by signal 9" == call(python("import os; os.kill(os.getpid(), 9)"), b"{}")


def test_no_shell_reads_the_words(tmp_path):
    """What a shell would run is a word like any other."""
    assert call(("true", f"; touch {tmp_path}/made", "$(exit 1)"), b"{}") is None

    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("words", [("/nowhere/mailer",), ("",), ("a\0b",)])
def test_a_command_that_is_not_there_is_told(words):
    """Whatever it is named."""
    assert str(call(words, b"{}")).startswith("could not be started: ")


def test_a_command_that_does_not_end_is_killed_with_what_it_started(tmp_path):
    """Its children too; and it is not waited for any longer."""
    child = f"import time; time.sleep(1); open({str(tmp_path / 'late')!r}, 'w')"
    begun = time.monotonic()
    problem = call(python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"), b"{}", seconds=0.5)

    assert "did not end within 0.5 seconds and was killed" == problem
    assert time.monotonic() - begun < 5
    time.sleep(1.5)
    assert not (tmp_path / "late").exists()


def test_a_command_may_leave_a_process_behind():
    """It ended well: what goes on in the background is its own affair."""
    begun = time.monotonic()
    child = "import time; time.sleep(6)"

    assert call(python(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"), b"{}") is None
    assert time.monotonic() - begun < 4


def test_a_command_need_not_read(tmp_path):
    """However much there is."""
    assert call(("true",), b"x" * 1_000_000) is None
