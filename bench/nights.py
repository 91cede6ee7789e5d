"""Write a made-up history: a git repository with one commit for each night of a made-up cache (`bench.generate`).

The same arguments give the same commits. Each commit's tree is what `bench.generate` writes for its night: `develop` moves, each
week a tag comes and the oldest goes. It is packed as a clone is.
"""

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.generate import NEW_SPELLING, Build, Tag, cache, document, pages
from bench.universe import LAST_NIGHT

SPECS_OF_DOCUMENT = 9.1  # on average, at any size
HOUR = dt.time(4, tzinfo=dt.UTC)

_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def repository(folder: Path, documents: int, nights: int) -> Path:
    """A bare repository whose `main` has the nights up to LAST_NIGHT, with about so many documents each; made unless it is there."""
    made = folder / f"history-{documents}-{nights}"
    if not made.exists():
        begun = folder / f"{made.name}.begun"
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        git(begun, "init", "--bare", "--quiet", "--initial-branch=main", "--template=")
        _import(begun, _commits(round(documents * SPECS_OF_DOCUMENT), nights))
        git(begun, "gc", "--quiet", "--prune=now")
        begun.rename(made)
    return made


def git(repository: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What a git command prints; no settings of this machine have a say."""
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=os.environ | _ENVIRONMENT, input=given, stdout=subprocess.PIPE, check=True).stdout


def commits(repository: Path) -> list[str]:
    """The nights, oldest first."""
    return git(repository, "rev-list", "--first-parent", "--reverse", "main").decode().split()


def blobs(repository: Path) -> list[str]:
    """Every distinct blob of the history, in the order in which `git log` comes upon them."""
    told = git(repository, "log", "--first-parent", "--raw", "-z", "--no-renames", "--no-abbrev", "--format=", "main").decode()
    found = dict.fromkeys(field.split()[3] for field in told.split("\0") if field.startswith(":"))
    return [blob for blob in found if blob.strip("0")]


def _import(repository: Path, stream: Iterator[bytes]) -> None:
    command = ["git", "-C", str(repository), "fast-import", "--quiet", "--date-format=raw"]
    with subprocess.Popen(command, env=os.environ | _ENVIRONMENT, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None  # it was asked for
        for part in stream:
            child.stdin.write(part)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)


def _commits(specs: int, nights: int) -> Iterator[bytes]:
    """The commits as git fast-import reads them: of each night only the pages that are not as the night before."""
    world, _ = cache(specs)
    before: set[Tag] = set()
    said: dict[str, object] = {}
    for night in range(LAST_NIGHT - nights + 1, LAST_NIGHT + 1):
        _, tags = cache(specs, night=night)
        yield _commit(night)
        for name in sorted({tag.name for tag in before} - {tag.name for tag in tags}):
            yield f"D _cache/{name}\n".encode()
        for tag, package, builds in pages(world, [tag for tag in tags if tag not in before]):
            path = f"_cache/{tag.name}/{package.name}/specs.md"
            if said.get(path) != (saying := _saying(tag, builds)):
                said[path] = saying
                text = document(package.name, tag, builds).encode()
                yield f"M 100644 inline {path}\ndata {len(text)}\n".encode() + text + b"\n"
        before = set(tags)


def _commit(night: int) -> bytes:
    date = Tag("", night).written
    seconds = int(dt.datetime.combine(date, HOUR).timestamp())
    message = f"Night of {date}"
    return f"commit refs/heads/main\ncommitter Made Up <made-up@example.org> {seconds} +0000\ndata {len(message)}\n{message}\n".encode()


def _saying(tag: Tag, builds: list[Build]) -> object:
    """What a page's text depends on, apart from its path."""
    return tag.layout, tag.written >= NEW_SPELLING, hash(tuple(build.spec_hash for build in builds))
