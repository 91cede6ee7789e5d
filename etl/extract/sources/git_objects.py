"""Questions to a git repository, asked by running git: nothing that the repository configures is run, nothing outside it is reached."""

import atexit
import errno
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["GitError", "blob", "forget", "records", "run_git"]

_TELLING = ("fatal:", "error:", "ssh:", "remote:")  # beginnings of the lines in which git says what is wrong
_KEPT = ("GIT_SSH", "GIT_SSL_", "GIT_ASKPASS", "GIT_PROXY_", "GIT_CONFIG_")  # how to reach and trust; all others lead elsewhere
_PIECE = 1 << 20  # bytes read at once


class GitError(Exception):
    """Git could not do what it was asked; its own words."""


def run_git(folder: Path, *arguments: str, seconds: float | None = None, protocols: str = "") -> bytes:
    """What git writes when it is run in a folder, within some seconds. `protocols`: those that it may use, by default none.

    Raises GitError where git fails, or is not there.
    """
    with _started(folder, arguments, protocols, subprocess.PIPE) as process:
        try:
            out, words = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitError(f"git {arguments[0]} was stopped after {seconds:g} seconds") from None
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        raise GitError(_reason(words, process.returncode))
    return out


def records(folder: Path, *arguments: str) -> Iterator[bytes]:
    """What git writes between zero bytes, as it comes; it is stopped where no more is asked for. Raises GitError."""
    with tempfile.TemporaryFile() as words, _started(folder, arguments, "", words.fileno()) as process:
        assert process.stdout  # a pipe
        try:
            rest = b""
            while piece := process.stdout.read(_PIECE):
                *whole, rest = (rest + piece).split(b"\0")
                yield from whole
        except BaseException:
            _end(process)
            raise
        if process.wait():
            words.seek(0)
            raise GitError(_reason(words.read(), process.returncode))


def blob(folder: Path, key: str) -> bytes:
    """The content of a blob, by a git that waits for the next question until this process ends. Raises OSError where it is not there."""
    try:
        return _reader(folder).read(key)
    except (BrokenPipeError, EOFError):  # it may have been killed
        try:
            return _reader(folder).read(key)
        except (BrokenPipeError, EOFError):
            raise OSError(errno.EIO, f"git gave no content of blob {key}: is the repository whole?") from None


def _reader(folder: Path) -> "_Blobs":
    with _opening:
        place = os.getpid(), folder  # a forked process has questions of its own
        reader = _readers.get(place)
        if reader is None or reader.is_closed:
            reader = _readers[place] = _Blobs(folder)
        return reader


def forget(folder: Path) -> None:
    """End the git that reads blobs of a folder, because the folder is to go: it would go on reading what is no longer there."""
    with _opening:
        reader = _readers.pop((os.getpid(), folder), None)
    if reader is not None:
        reader.close()


class _Blobs:
    """A `git cat-file --batch`: an id in, its content out."""

    def __init__(self, folder: Path) -> None:
        try:
            self._process = _started(folder, ("cat-file", "--batch"), "", subprocess.DEVNULL, subprocess.PIPE)
        except GitError as error:
            raise OSError(errno.ENOENT, str(error)) from error
        self._lock = threading.Lock()
        self.is_closed = False

    def read(self, key: str) -> bytes:
        with self._lock:
            if self.is_closed:
                raise EOFError
            is_answered = False
            try:
                raw = self._answer(key)
                is_answered = True
            finally:
                if not is_answered:  # what is left of the answer would be that to the next question
                    self.close()
        if raw is None:
            raise FileNotFoundError(errno.ENOENT, f"blob {key} is not in the repository: a partial clone? Fetch the rest")
        return raw

    def _answer(self, key: str) -> bytes | None:
        questions, answers = self._process.stdin, self._process.stdout
        assert questions and answers  # both are pipes
        questions.write(f"{key}\n".encode())
        questions.flush()
        head = answers.readline().split()
        if head[1:] == [b"missing"]:
            return None
        if head[:2] != [key.encode(), b"blob"]:
            raise EOFError
        size = int(head[2])
        raw = answers.read(size + 1)
        if len(raw) <= size:
            raise EOFError
        return raw[:-1]

    def close(self) -> None:
        self.is_closed = True
        _end(self._process)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe  # both are pipes
            try:
                pipe.close()
            except BrokenPipeError:  # the question that it did not take
                self._process.poll()


_opening = threading.Lock()
_readers: dict[tuple[int, Path], _Blobs] = {}


@atexit.register
def _close() -> None:
    for (process, _), reader in _readers.items():
        if process == os.getpid():
            reader.close()


def _started(
    folder: Path, arguments: tuple[str, ...], protocols: str, stderr: int, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[bytes]":
    # A repository's own configuration may name programs for these; and one that is bare was named by the user, not stumbled upon.
    trust = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "log.showSignature=false", "safe.bareRepository=all")
    # A far end that falls silent is given up, and nothing is left running behind a fetch.
    patience = ("http.lowSpeedLimit=1000", "http.lowSpeedTime=60", "gc.autoDetach=false")
    command = ["git", *(word for setting in (*trust, *patience) for word in ("-c", setting)), "-C", os.fspath(folder), *arguments]
    try:
        # A session of its own: no terminal to ask on, and all that git starts can be ended with it.
        return subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, env=_environment(folder, protocols), start_new_session=True
        )
    except OSError as error:
        raise GitError(f"cannot spawn git: {error.strerror or error}") from error


def _environment(folder: Path, protocols: str) -> dict[str, str]:
    """The caller's environment without what would lead git to another repository, another program or a question on the terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return kept | {
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_CEILING_DIRECTORIES": os.fspath(folder.resolve().parent),  # the folder itself, not one that it lies in
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",  # a blob's id is that of its content
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a git and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _reason(words: bytes, code: int) -> str:
    lines = [line.strip() for line in words.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(_TELLING)] or lines[-1:] or [f"git ended with code {code}"]
    return "; ".join(telling)[-500:]
