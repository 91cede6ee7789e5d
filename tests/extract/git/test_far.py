"""Where a repository may be: a path, an address, a bundle; what is far is fetched once, and then only what is new."""

import os
import shutil
import subprocess
import sys

import pytest

from etl.errors import SourceError

from .conftest import CMAKE, TIME, ZLIB, commit, contents, git, names, source, write


def test_every_form_of_a_near_repository_is_one(repository, files, tmp_path, monkeypatch):
    """A checkout, its `.git`, a bare one, a worktree, a link to one, and a relative path."""
    root = repository(files)
    bare, worktree, link = (tmp_path / name for name in ("bare.git", "worktree", "link"))
    git(tmp_path, "clone", "--quiet", "--bare", str(root), str(bare))
    git(root, "worktree", "add", "--quiet", "--detach", str(worktree))
    link.symlink_to(root)
    monkeypatch.chdir(tmp_path)

    for place in (root, root / ".git", bare, worktree, link, "repository", "./bare.git"):
        assert [files[ZLIB], files[CMAKE]] == [content for _, _, _, content, _ in contents(source(place))]


@pytest.mark.parametrize("ref", ["--all", "-x", "--output=stolen", "", "a\nb", "a\0b"])
def test_a_ref_is_never_an_option(ref, repository, files, tmp_path):
    """Near or far; nothing is run with it."""
    root = repository(files)

    for place in (root, f"file://{root}"):
        with pytest.raises(SourceError, match="is no ref of git"):
            source(place, ref, tmp_path / "state").list()
    assert ["repository"] == names(tmp_path)


@pytest.mark.parametrize("address", ["--upload-pack=touch stolen", "-u:x", "a\nb", ""])
def test_an_address_is_never_an_option(address, tmp_path):
    """Nothing is run with it."""
    with pytest.raises(SourceError, match="is no address of git"):
        source(address, state=tmp_path / "state").list()
    assert [] == names(tmp_path)


@pytest.mark.parametrize("address", ["ext::touch stolen", "ext::sh -c touch% stolen", "fd::17/x"])
def test_a_helper_program_is_no_address(address, tmp_path, monkeypatch):
    """Git would run what it names."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SourceError, match="no such folder"):
        source(address, state=tmp_path / "state").list()
    assert [] == names(tmp_path)


def test_an_address_of_another_kind_is_an_error(tmp_path):
    """Only what git itself speaks, and what cannot run a program."""
    with pytest.raises(SourceError, match="git is not used over ftp; use one of file, git, http, https, ssh"):
        source("ftp://example.org/x", state=tmp_path).list()


@pytest.mark.parametrize("ref", ["main:refs/heads/stolen", "+main", "a b", "HEAD~1", "^main", "a..b", "ma*"])
def test_a_far_ref_is_a_plain_name(ref, tmp_path):
    """What means more than one ref to git cannot be fetched."""
    with pytest.raises(SourceError, match="cannot be fetched; name a branch, a tag or a whole commit id"):
        source("file:///srv/cache.git", ref, tmp_path).list()


def test_a_repository_far_away_is_fetched_and_then_only_what_is_new(repository, files, page, tmp_path):
    """The second night finds the first one's pages in `state`; nothing is checked out there, and no history is kept."""
    root = repository(files)
    far = source(f"file://{root}", state=tmp_path / "state")
    first = contents(far)
    packs = _objects(tmp_path / "state")
    new = {"_cache/develop/new/specs.md": page("new"), ZLIB: page(layout="E")}
    write(root, new)
    last = commit(root, TIME + 86400)

    assert [files[ZLIB], files[CMAKE]] == [content for _, _, _, content, _ in first]
    assert last == far.list().revision
    assert [new["_cache/develop/new/specs.md"], new[ZLIB], files[CMAKE]] == [content for _, _, _, content, _ in contents(far)]
    # The second commit, its two pages, and the folders above them: _cache, develop, new, zlib, and the top.
    assert 1 + 2 + 5 == _objects(tmp_path / "state") - packs
    (copy,) = (tmp_path / "state" / "git").iterdir()
    assert "1" == git(copy, "rev-list", "--count", "--all")


def _objects(state):
    """How many objects a kept copy holds."""
    (copy,) = (state / "git").iterdir()
    counts = dict(line.split(": ") for line in git(copy, "count-objects", "-v").splitlines())
    return int(counts["count"]) + int(counts["in-pack"])


def test_a_history_that_was_written_anew_is_fetched(repository, files, tmp_path):
    """A forced push: the new commit does not follow the one that was kept."""
    root = repository(files)
    far = source(f"file://{root}", state=tmp_path / "state")
    far.list()
    git(root, "commit", "--quiet", "--amend", "--message=other")

    assert git(root, "rev-parse", "HEAD") == far.list().revision


def test_a_far_ref_is_a_branch_a_tag_or_an_id(repository, files, page, tmp_path):
    """Each kept apart in one copy."""
    root = repository(files)
    first = git(root, "rev-parse", "HEAD")
    git(root, "tag", "--annotate", "--message=x", "v1")
    git(root, "branch", "old")
    last = commit(root)
    state = tmp_path / "state"

    assert [last, first, first, first] == [source(f"file://{root}", ref, state).list().revision for ref in (None, "v1", "old", first)]
    assert 1 == len(list((state / "git").iterdir()))


def test_without_state_the_copy_ends_with_the_process(repository, files, tmp_path):
    """It lies in a folder for temporary files until then."""
    root = repository(files)
    program = f"""
import sys
from etl.extract.limits import Limits
from etl.extract.sources.git import GitSource
one = GitSource("public", "file://{root}", None, Limits())
sys.stdout.write(str(sum(len(one.read(page)) for page in one.list().documents)))
"""
    (tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (str(len(files[ZLIB]) + len(files[CMAKE])), "") == (done.stdout, done.stderr)
    assert [] == names(tmp_path / "temporary")


def test_a_copy_that_a_dead_run_locked_is_made_anew(repository, files, tmp_path):
    """Git itself asks for the lock to be removed by hand."""
    root = repository(files)
    far = source(f"file://{root}", state=tmp_path / "state")
    far.list()
    (copy,) = (tmp_path / "state" / "git").iterdir()
    (copy / "shallow.lock").touch()
    last = commit(root)

    assert last == far.list().revision


def test_a_copy_that_is_not_whole_is_made_anew_or_told(repository, files, tmp_path):
    """Whatever of it is gone, the next list is right, or says which folder to remove."""
    root = repository(files)
    for gone in ("objects", "refs", "HEAD", "config", "shallow"):
        state = tmp_path / gone
        far = source(f"file://{root}", state=state)
        far.list()
        (copy,) = (state / "git").iterdir()
        (shutil.rmtree if (copy / gone).is_dir() else os.remove)(copy / gone)

        assert [files[ZLIB], files[CMAKE]] == [content for _, _, _, content, _ in contents(far)]


def test_a_bundle_is_a_repository(repository, files, tmp_path):
    """By its HEAD, or by its one branch where it has none; of several one must be named."""
    root = repository(files)
    first = git(root, "rev-parse", "HEAD")
    git(root, "branch", "old")
    last = commit(root)
    for name, heads in {"head": ["HEAD", "old"], "one": ["old"], "two": ["main", "old"]}.items():
        git(root, "bundle", "create", "--quiet", str(tmp_path / name), *heads)

    assert last == source(tmp_path / "head", state=tmp_path / "state").list().revision
    assert first == source(tmp_path / "one", state=tmp_path / "state").list().revision
    assert first == source(tmp_path / "two", "old", tmp_path / "state").list().revision
    with pytest.raises(SourceError, match="no HEAD; name one of its refs: refs/heads/main, refs/heads/old"):
        source(tmp_path / "two", state=tmp_path / "state").list()


def test_a_file_that_is_no_bundle_is_an_error(tmp_path):
    """In git's own words."""
    (tmp_path / "file").write_bytes(b"---\n")

    with pytest.raises(SourceError, match="does not look like a v2 or v3 bundle"):
        source(tmp_path / "file", state=tmp_path / "state").list()
