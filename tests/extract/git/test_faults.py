"""A git that dies, objects that are gone, repositories that mean no good: each is told, and none of them runs anything."""

import os
import threading

import pytest

from etl.errors import SourceError
from etl.extract.sources import git as git_source
from etl.extract.sources import git_objects

from .conftest import CMAKE, ZLIB, contents, git, paths, source


def test_a_git_that_was_killed_is_started_again(repository, files):
    """Between two pages."""
    one = source(repository(files))
    listed = one.list().documents
    one.read(listed[0])
    reader = git_objects._readers[os.getpid(), one._folder]
    reader._process.kill()
    reader._process.wait()

    assert files[CMAKE] == one.read(listed[1])


def test_an_interrupted_answer_is_not_that_to_the_next_question(repository, files, monkeypatch):
    """Whatever interrupts it."""
    one = source(repository(files))
    listed = one.list().documents
    one.read(listed[0])
    reader = git_objects._readers[os.getpid(), one._folder]
    answers = reader._process.stdout

    class Interrupted:
        def readline(self):
            raise KeyboardInterrupt

        def close(self):
            answers.close()

    monkeypatch.setattr(reader._process, "stdout", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        one.read(listed[0])

    assert files[CMAKE] == one.read(listed[1])


def test_a_blob_that_is_gone_is_an_unreadable_page(repository, files):
    """It alone."""
    root = repository(files)
    one = source(root)
    zlib, cmake = one.list().documents
    (root / ".git/objects" / zlib.key[:2] / zlib.key[2:]).unlink()

    with pytest.raises(OSError, match="is not in the repository"):
        one.read(zlib)
    assert files[CMAKE] == one.read(cmake)


def test_a_partial_clone_is_told(repository, files, tmp_path):
    """Its pages are elsewhere, and would be fetched one by one."""
    root = repository(files)
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{root}", "partial")

    with pytest.raises(SourceError, match="partial clone: git fetch --refetch"):
        source(tmp_path / "partial").list()


def test_the_callers_own_repository_is_not_meant(repository, files, page, tmp_path, monkeypatch):
    """A hook of git runs with variables that lead to its own repository."""
    root = repository(files)
    other = repository({"_cache/develop/other/specs.md": page("other")}, "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git/objects"))

    assert [files[ZLIB], files[CMAKE]] == [content for _, _, _, content, _ in contents(source(root))]
    assert [ZLIB, CMAKE] == paths(source(f"file://{root}", state=tmp_path / "state"))


def test_a_folder_in_a_repository_is_none_itself(repository, files):
    """A mistyped path is not taken for what it lies in."""
    root = repository(files)

    with pytest.raises(SourceError, match="not a git repository.*; name the folder that holds .git"):
        source(root / "_cache").list()


def test_a_repository_runs_nothing(repository, files, tmp_path):
    """Its configuration may name programs; to read it is not to trust it."""
    root = repository(files)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n", encoding="utf-8")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "gpg.program", "diff.external", "filter.x.smudge", "core.editor"):
        git(root, "config", name, str(trap))
    git(root, "config", "core.hooksPath", str(tmp_path))
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "remote.origin.url", "ssh://example.org/x")
    git(root, "config", "remote.origin.promisor", "true")
    one = source(root)
    zlib, _ = one.list().documents
    (root / ".git/objects" / zlib.key[:2] / zlib.key[2:]).unlink()

    with pytest.raises(OSError, match="repository"):
        one.read(zlib)
    assert not (tmp_path / "sprung").exists()


def test_a_replaced_object_is_not_taken(repository, files):
    """A blob's id says what it holds, or an unchanged fingerprint would be a lie."""
    root = repository(files)
    one = source(root)
    zlib, cmake = one.list().documents
    git(root, "replace", zlib.key, cmake.key)

    assert files[ZLIB] == contents(one)[0][3]


@pytest.mark.parametrize(
    ("place", "ref", "words"),
    [
        ("gone", None, "there is no such folder or bundle"),
        ("~nobody-of-this-name/cache", None, "there is no such folder or bundle"),
        ("x" * 5000, None, "it cannot be reached: File name too long"),
        ("empty", None, "not a git repository.*; name the folder that holds .git"),
        ("unborn", None, "Needed a single revision; is there a commit or branch HEAD?"),
        ("repository", "gone", "Needed a single revision; is there a commit or branch gone?"),
        ("file://{}/repository", "gone", "couldn't find remote ref gone; is there a commit or branch gone?"),
        ("file://{}/gone", None, "does not appear to be a git repository; .*; check the address"),
    ],
)
def test_what_is_not_there_is_an_error_in_words(place, ref, words, repository, files, tmp_path):
    """Git's own, and what to do."""
    repository(files)
    (tmp_path / "empty").mkdir()
    (tmp_path / "unborn").mkdir()
    git(tmp_path / "unborn", "init", "--quiet")
    location = place.format(tmp_path) if place.startswith(("file://", "~")) else str(tmp_path / place)

    with pytest.raises(SourceError, match=words):
        source(location, ref, tmp_path / "state").list()


def test_a_password_is_in_no_message(tmp_path, monkeypatch):
    """Neither in ours nor in what git says, nor in what a traceback may show of the source."""
    monkeypatch.setattr(git_source, "run_git", _fails("fatal: unable to access 'https://me:s3cret@example.org/x/'"))

    one = source("https://me:s3cret@example.org/x", state=tmp_path)

    with pytest.raises(SourceError, match="https://example.org/x") as raised:
        one.list()
    assert "s3cret" not in f"{raised.value} {one!r}"


def _fails(words):
    def run_git(*_arguments, **_options):
        raise git_objects.GitError(words)

    return run_git


def test_a_repository_of_another_user_is_told(repository, files, monkeypatch):
    """With the command that makes it trusted."""
    root = repository(files)
    monkeypatch.setattr(git_source, "run_git", _fails("fatal: detected dubious ownership in repository at 'x'"))

    with pytest.raises(SourceError, match=f"git config --global --add safe.directory {root}"):
        source(root).list()


def test_without_git_is_an_error_in_words(repository, files, tmp_path, monkeypatch):
    """Git is a program of its own; nothing else needs it."""
    root = repository(files)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match="cannot spawn git: No such file or directory; install git"):
        source(root).list()


def test_a_fetch_that_hangs_is_ended(tmp_path, monkeypatch):
    """With all that it started."""
    trap = tmp_path / "ssh"
    trap.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n", encoding="utf-8")
    trap.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(trap))
    monkeypatch.setattr(git_source, "FETCH_SECONDS", 0.5)

    with pytest.raises(SourceError, match="git fetch was stopped after 0.5 seconds; check the address"):
        source("example.org:cache", state=tmp_path / "state").list()
    with pytest.raises(ProcessLookupError):
        _until_gone(int((tmp_path / "pid").read_text()))


def _until_gone(process):
    for _ in range(200):
        os.kill(process, 0)
        threading.Event().wait(0.01)
