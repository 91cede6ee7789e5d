"""A commit is listed and read without a checkout, and gives what the folder that it was made of gives."""

import datetime as dt
import os
import pickle
import subprocess
import sys
import tarfile
import threading

import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.archive import ArchiveSource
from etl.extract.sources.folder import FolderSource

from .conftest import CMAKE, SPEC, ZLIB, commit, contents, git, paths, source, write


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
