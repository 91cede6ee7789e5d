"""A commit is listed and read without a checkout, near or far, and gives what the folder that it was made of gives."""

import datetime as dt
import os
import pickle
import shutil
import subprocess
import sys
import tarfile
import threading

import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources import git as git_source
from etl.extract.sources import git_objects
from etl.extract.sources.archive import ArchiveSource
from etl.extract.sources.folder import FolderSource
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


def test_folder_archive_and_commit_give_the_same(repository, files, tmp_path):
    """Paths, contents, what lies beside, and totals."""
    root = repository(files)
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(root / "_cache", "_cache")
        archive.add(root / "_data", "_data")
    folder, packed = FolderSource.at("public", root, Limits()), ArchiveSource("public", tmp_path / "a.tar.gz", Limits())

    assert [ZLIB, CMAKE] == paths(source(root))
    assert contents(folder) == contents(packed) == contents(source(root))
    assert folder.list().totals == packed.list().totals == source(root).list().totals
    assert {"develop": 1} == source(root).list().totals.spec_counts


def test_the_commit_is_the_revision_and_its_time_the_observation(repository, files):
    """The committer's time, in UTC; the author's says nothing of when it was published."""
    root = repository(files)
    listing = source(root).list()

    assert git(root, "rev-parse", "HEAD") == listing.revision
    assert dt.datetime(2023, 11, 14, 22, 13, 20) == listing.observed_at


def test_words_on_the_tags_that_are_no_yaml_are_told(repository, files):
    """With the name of the source, its repository and the commit."""
    root = repository(files | {"_data/meta.yaml": b"a: ["})
    where = f"git repository {root}, commit {git(root, 'rev-parse', 'HEAD')[:12]}"

    with pytest.raises(SourceError, match=f"^source public: {where}: _data/meta.yaml cannot be read as YAML"):
        source(root).list()


def test_the_fingerprint_is_the_blob(repository, files):
    """Same content, same fingerprint, in whatever commit; a page with files beside it has one of all of them."""
    root = repository(files)
    before = source(root).list().documents
    write(root, {"README.md": b"another", SPEC: b"[]"})
    commit(root)
    after = source(root).list().documents

    assert git(root, "rev-parse", f"HEAD:{CMAKE}") == before[1].fingerprint == after[1].fingerprint
    assert before[0].fingerprint != after[0].fingerprint


def test_uncommitted_work_is_not_seen(repository, files, page):
    """Only what the commit holds."""
    root = repository(files)
    write(root, {"_cache/develop/new/specs.md": page("new"), ZLIB: b"changed"})
    git(root, "add", "--all")

    assert files[ZLIB] == contents(source(root))[0][3]
    assert [ZLIB, CMAKE] == paths(source(root))


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


def test_a_ref_chooses_the_commit(repository, files, page):
    """A branch, a tag with words, an id, or a step back from one."""
    root = repository(files)
    first = git(root, "rev-parse", "HEAD")
    git(root, "tag", "--annotate", "--message=x", "v1")
    git(root, "branch", "old")
    write(root, {"_cache/develop/new/specs.md": page("new")})
    last = commit(root)

    assert last == source(root).list().revision == source(root, "main").list().revision
    for ref in ("v1", "old", first, first[:10], "HEAD~1", "refs/heads/old"):
        assert first == source(root, ref).list().revision


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


def test_a_cache_below_a_folder_is_found(repository, files):
    """Paths are those from `_cache/` on; one at the top comes first, as in a checkout."""
    root = repository({f"site/{path}": raw for path, raw in files.items()})
    below = contents(source(root))
    write(root, {CMAKE: files[CMAKE]})
    commit(root)

    assert [(ZLIB, "develop", "zlib", files[ZLIB], [(SPEC, b"{}")]), (CMAKE, "v1.0.0", "cmake", files[CMAKE], [])] == below
    assert [CMAKE] == paths(source(root))


def test_several_caches_are_an_error(repository, page):
    """Which is meant? The message names them."""
    root = repository({f"a/{ZLIB}": page(), f"b/{ZLIB}": page()})

    with pytest.raises(SourceError, match="several caches, a/_cache/, b/_cache/; check out that commit"):
        source(root).list()


def test_a_commit_without_a_page_is_an_error(repository):
    """It says which."""
    root = repository({"README.md": b""})

    with pytest.raises(SourceError, match=f"commit {git(root, 'rev-parse', 'HEAD')[:12]}: it holds no page"):
        source(root).list()


def test_links_and_submodules_are_listed_as_no_files(repository, files):
    """A link's blob is where it leads to, and a submodule has none here."""
    root = repository(files)
    (root / "_cache/develop/link").mkdir()
    (root / "_cache/develop/link/specs.md").symlink_to("../zlib/specs.md")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{git(root, 'rev-parse', 'HEAD')},_cache/develop/module/specs.md")
    git(root, "add", "_cache/develop/link")
    git(root, "commit", "--quiet", "--message=x")
    one = source(root)
    link, module, *good = one.list().documents

    assert [("_cache/develop/link/specs.md", False), ("_cache/develop/module/specs.md", False)] == [
        (page.path, page.is_file) for page in (link, module)
    ]
    assert [True, True] == [page.is_file for page in good]
    with pytest.raises(OSError, match="no content"):
        one.read(link)


def test_a_name_of_any_bytes_is_listed_and_read(repository, page):
    """A line's end, a tab and what is no UTF-8 among them."""
    odd = os.fsdecode(b"_cache/develop/a\tb\n\xff/specs.md")
    root = repository({odd: page()})

    assert [(odd, page())] == [(path, content) for path, _, _, content, _ in contents(source(root))]


def test_files_are_counted(repository, files):
    """At the limit they are read, one more is refused: a tree may name itself many times over."""
    root = repository(files)

    assert [ZLIB, CMAKE] == paths(source(root, archive_members=5))
    with pytest.raises(SourceError, match=r"more than 4 files; .* limits\.archive_members"):
        source(root, archive_members=4).list()


def test_a_tree_that_names_itself_ends_at_the_limit(repository, page):
    """Ten trees, each holding the one before ten times, are ten thousand million files in some kilobytes."""
    root = repository({ZLIB: page()})
    tree = git(root, "rev-parse", "HEAD^{tree}")
    for _ in range(10):
        lines = "".join(f"040000 tree {tree}\tt{number}\n" for number in range(10))
        tree = subprocess.run(["git", "-C", str(root), "mktree"], input=lines, capture_output=True, text=True, check=True).stdout.strip()
    git(root, "update-ref", "HEAD", git(root, "commit-tree", "-m", "x", tree))

    with pytest.raises(SourceError, match="more than 20,000 files"):
        source(root, archive_members=20_000).list()


def test_a_page_is_listed_with_its_size(repository):
    """So that the reader of pages refuses a huge one without having it read."""
    assert [3] == [page.size_bytes for page in source(repository({ZLIB: b"123"})).list().documents]


def test_a_source_is_read_in_another_process(repository, files, tmp_path):
    """It is sent there, and finds there what was fetched here."""
    root = repository(files)
    for one in (source(root), source(f"file://{root}", state=tmp_path / "state"), source(f"file://{root}")):
        page = one.list().documents[1]
        program = "import pickle, sys; one, page = pickle.load(sys.stdin.buffer); sys.stdout.buffer.write(one.read(page))"
        sent = pickle.dumps((one, page))
        done = subprocess.run([sys.executable, "-W", "error", "-c", program], input=sent, capture_output=True, check=True)

        assert (files[CMAKE], b"") == (done.stdout, done.stderr)


def test_threads_get_their_own_pages(repository, page):
    """Questions to one git do not mix."""
    pages = {f"_cache/develop/p{number}/specs.md": page(f"p{number}") for number in range(20)}
    one = source(repository(pages))
    listed = one.list().documents
    wrong = []

    def read():
        for _ in range(5):
            wrong.extend(document.path for document in listed if one.read(document) != pages[document.path])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == wrong


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
