"""The commits of a history, oldest first, and what each of them changed."""

import datetime as dt
import os
import subprocess

import pytest

from etl.errors import SourceError
from etl.extract.git_history import GitHistory
from etl.extract.limits import USUAL, Limits

ZLIB = "_cache/develop/zlib/specs.md"
CMAKE = "_cache/v1.0.0/cmake/specs.md"
SPEC = "_cache/develop/zlib/spec-0.json"
TAGS = "_data/tags.yaml"
START = 1_704_085_200  # 2024-01-01 05:00:00 UTC
HOUR, DAY = 3_600, 86_400


def git(folder, *arguments, **environment):
    """Run git as a user does; what it writes, without the line's end."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], env=outer | environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def commit(tmp_path):
    """`commit({path: text or None}, seconds)` commits files, a text each, in the folder `repository`; its id."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")

    def make(files, seconds=START):
        for path, text in files.items():
            if text is None:
                (folder / path).unlink()
            else:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message=night", "--allow-empty", GIT_COMMITTER_DATE=f"@{seconds} +0200")
        return git(folder, "rev-parse", "HEAD")

    return make


def source(tmp_path, **parts):
    """The history of the repository."""
    told = {"ref": None, "limits": USUAL, "state": tmp_path / "state", "repository": str(tmp_path / "repository")} | parts
    return GitHistory("public", told["repository"], told["ref"], told["limits"], told["state"])


def changes(history):
    """What each commit changed: the paths, and whether they are there."""
    return [{path: page is not None for path, page in one.changes.items()} for one in history.commits]


def at(seconds):
    """UTC, without a zone."""
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)


def test_each_commit_shows_the_pages_that_it_changed(tmp_path, commit):
    """New, changed and gone; files of no concern to a cache are none."""
    first = commit({ZLIB: "one", CMAKE: "one", "README.md": "a cache"})
    second = commit({ZLIB: "two", "README.md": "the cache"}, START + DAY)
    third = commit({CMAKE: None}, START + 2 * DAY)
    history = source(tmp_path).history()

    assert [first, second, third] == [one.id for one in history.commits]
    assert [{ZLIB: True, CMAKE: True}, {ZLIB: True}, {CMAKE: False}] == changes(history)
    assert [2, 2, 1] == [one.document_count for one in history.commits]


def test_a_page_is_that_of_its_commit(tmp_path, commit):
    """Its bytes are those of then, its size and place are known."""
    commit({ZLIB: "one"})
    commit({ZLIB: "three"}, START + DAY)
    here = source(tmp_path)
    pages = [one.changes[ZLIB] for one in here.history().commits]

    assert [b"one", b"three"] == [here.read(page) for page in pages]
    assert [(3, "develop", "zlib"), (5, "develop", "zlib")] == [(page.size_bytes, page.tag, page.package) for page in pages]


def test_a_page_changes_with_the_files_beside_it(tmp_path, commit):
    """Spec files are a part of what their page says."""
    commit({ZLIB: "one"})
    commit({SPEC: "{}"}, START + DAY)
    commit({SPEC: None}, START + 2 * DAY)
    history = source(tmp_path).history()

    assert [[], [SPEC], []] == [[one.path for one in commit.changes[ZLIB].beside] for commit in history.commits]


def test_a_commit_that_shows_nothing_new_is_none(tmp_path, commit):
    """Neither an empty one, nor one that touches other files, nor one that writes the same totals otherwise."""
    first = commit({ZLIB: "one", TAGS: "[{name: develop, stacks: [e4s]}]"})
    commit({}, START + DAY)
    commit({"README.md": "a cache"}, START + 2 * DAY)
    commit({TAGS: "- name: develop\n  stacks:\n  - e4s\n"}, START + 3 * DAY)
    last = commit({TAGS: "[{name: develop, stacks: [e4s, hep]}]"}, START + 4 * DAY)
    history = source(tmp_path).history()

    assert [first, last] == [one.id for one in history.commits]
    assert [["e4s"], ["e4s", "hep"]] == [one.listed["develop"] for one in history.commits]


def test_times_advance(tmp_path, commit):
    """UTC; one that does not is a second after the one before."""
    for number, seconds in enumerate([START, START, START - DAY, START + DAY]):
        commit({ZLIB: str(number)}, seconds)

    assert [at(START), at(START + 1), at(START + 2), at(START + DAY)] == [one.time for one in source(tmp_path).history().commits]


def test_the_last_commit_of_each_day_stands_for_it(tmp_path, commit):
    """Days are those of UTC; what the others changed is in it."""
    commit({ZLIB: "one"}, START)
    second = commit({CMAKE: "one"}, START + HOUR)
    third = commit({ZLIB: "two"}, START + DAY)
    history = source(tmp_path).history(every="day")

    assert [second, third] == [one.id for one in history.commits]
    assert [{CMAKE: True, ZLIB: True}, {ZLIB: True}] == changes(history)


def test_a_bounded_history_begins_with_all_that_stood_before(tmp_path, commit):
    """And ends before what came after."""
    commit({ZLIB: "one"}, START)
    second = commit({CMAKE: "one"}, START + DAY)
    commit({CMAKE: "two"}, START + 2 * DAY)
    history = source(tmp_path).history(since=at(START + DAY), until=at(START + DAY))

    assert [second] == [one.id for one in history.commits]
    assert [{CMAKE: True, ZLIB: True}] == changes(history)


def test_a_merge_is_one_commit(tmp_path, commit):
    """What it brought, as its first parent sees it."""
    folder = tmp_path / "repository"
    first = commit({ZLIB: "one"}, START)
    git(folder, "checkout", "--quiet", "-b", "side")
    commit({CMAKE: "one"}, START + HOUR)
    git(folder, "checkout", "--quiet", "main")
    stamp = f"@{START + DAY} +0000"
    git(folder, "merge", "--quiet", "--no-ff", "--message=merge", "side", GIT_COMMITTER_DATE=stamp, GIT_AUTHOR_DATE=stamp)
    history = source(tmp_path).history()

    assert [first, git(folder, "rev-parse", "HEAD")] == [one.id for one in history.commits]
    assert {CMAKE: True} == changes(history)[1]


def test_commits_without_one_cache_are_passed_over_and_counted(tmp_path, commit):
    """None, several, or a list of tags that is no YAML: a nightly run could not have read them either."""
    commit({"README.md": "soon"}, START)
    good = commit({ZLIB: "one"}, START + DAY)
    commit({TAGS: "{"}, START + 2 * DAY)
    last = commit({TAGS: None, ZLIB: "two"}, START + 3 * DAY)
    history = source(tmp_path).history()

    assert [good, last] == [one.id for one in history.commits]
    assert 2 == history.unreadable


def test_a_cache_may_move_into_a_folder(tmp_path, commit):
    """Its pages are the same by their paths within the cache."""
    commit({ZLIB: "one", CMAKE: "one"}, START)
    commit({ZLIB: None, CMAKE: None, f"site/{ZLIB}": "one", f"site/{CMAKE}": "two"}, START + DAY)

    assert [{ZLIB: True, CMAKE: True}, {CMAKE: True}] == changes(source(tmp_path).history())


def test_an_address_is_fetched_with_its_whole_history(tmp_path, commit):
    """And again, when something was added."""
    address = f"file://{tmp_path / 'repository'}"
    first = commit({ZLIB: "one"}, START)
    second = commit({ZLIB: "two"}, START + DAY)
    before = [one.id for one in source(tmp_path, repository=address).history().commits]
    third = commit({ZLIB: "three"}, START + 2 * DAY)
    after = [one.id for one in source(tmp_path, repository=address).history().commits]

    assert ([first, second], [first, second, third]) == (before, after)


def test_a_copy_that_is_broken_is_fetched_anew(tmp_path, commit):
    """A killed run may leave one."""
    address = f"file://{tmp_path / 'repository'}"
    one = commit({ZLIB: "one"})
    source(tmp_path, repository=address).history()
    for file in (tmp_path / "state").rglob("HEAD"):
        for ref in (file.parent / "refs/spack-cache-etl").iterdir():
            ref.write_text("0" * 39 + "1\n")

    assert [one] == [found.id for found in source(tmp_path, repository=address).history().commits]


def test_a_bundle_holds_the_history_of_its_one_branch(tmp_path, commit):
    """No ref need be named."""
    commits = [commit({ZLIB: "one"}), commit({ZLIB: "two"}, START + DAY)]
    git(tmp_path / "repository", "bundle", "create", "--quiet", str(tmp_path / "cache.bundle"), "main")

    assert commits == [one.id for one in source(tmp_path, repository=str(tmp_path / "cache.bundle")).history().commits]


def test_no_error_tells_a_password(tmp_path):
    """Nor a user's name."""
    with pytest.raises(SourceError) as caught:
        source(tmp_path, repository="file://user:secret@/no/such/place").history()

    assert "secret" not in str(caught.value)


def test_a_link_is_no_page_to_read(tmp_path, commit):
    """It is listed, and refused when it is opened."""
    (tmp_path / "repository" / "_cache/develop/zlib").mkdir(parents=True)
    (tmp_path / "repository" / ZLIB).symlink_to("/etc/hostname")
    commit({CMAKE: "one"})
    (one,) = source(tmp_path).history().commits

    assert {ZLIB: False, CMAKE: True} == {path: page.is_file for path, page in one.changes.items()}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"ref": "nowhere"}, "is there a commit or branch nowhere?"),
        ({"repository": "/no/such/place"}, "there is no such folder or bundle"),
        ({"limits": Limits(archive_members=1)}, "raise limits.archive_members"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, commit, parts, words):
    """No such ref, no such repository, more files than are to be trusted."""
    commit({ZLIB: "one", CMAKE: "one"})

    with pytest.raises(SourceError, match=words.replace("?", r"\?")):
        source(tmp_path, **parts).history()


def test_a_time_without_commits_is_an_error(tmp_path, commit):
    """Rather than an empty history."""
    commit({ZLIB: "one"})

    with pytest.raises(SourceError, match="no commit of it in that time holds a cache"):
        source(tmp_path).history(since=at(START + DAY))
