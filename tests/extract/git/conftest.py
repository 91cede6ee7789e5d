"""Makers of repositories, and what a test asks of a source."""

import os
import subprocess

import pytest

from etl.extract.limits import Limits
from etl.extract.sources.git import GitSource

ZLIB = "_cache/develop/zlib/specs.md"
CMAKE = "_cache/v1.0.0/cmake/specs.md"
SPEC = "_cache/develop/zlib/spec-0.json"
TIME = 1_700_000_000


def git(folder, *arguments, **environment):
    """Run git as a user does; what it writes, without the line's end."""
    command = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *arguments]
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(command, env=outer | environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder, when=TIME):
    """Commit all that lies in a folder; its id. The committer lives two hours east."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=night", "--allow-empty", GIT_COMMITTER_DATE=f"@{when} +0200", GIT_AUTHOR_DATE="@1 +0000")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    """`repository({path: bytes})` is a folder with one commit of these files."""

    def make(files, name="repository"):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "--quiet")
        write(folder, files)
        commit(folder)
        return folder

    return make


def write(folder, files):
    """Put files where they say."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)


@pytest.fixture
def files(page):
    """Two pages, a spec file beside one, and what is said of the tags."""
    return {
        CMAKE: page("cmake", "v1.0.0"),
        ZLIB: page(),
        SPEC: b"{}",
        "_data/meta.yaml": b"develop:\n  count: 1\n",
        "README.md": b"# a cache",
    }


def names(folder):
    """What lies in a folder."""
    return [path.name for path in folder.iterdir()]


def source(place, ref=None, state=None, **limits):
    """The source at a place."""
    return GitSource("public", str(place), ref, Limits(**limits), state)


def contents(one):
    """What a source lists and reads: path, tag, package, content, and the same of the files beside."""
    return [
        (page.path, page.tag, page.package, one.read(page), [(file.path, one.read(file)) for file in page.beside])
        for page in one.list().documents
    ]


def paths(one):
    """The paths that a source lists."""
    return [page.path for page in one.list().documents]
