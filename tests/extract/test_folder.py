"""A folder is listed cheaply, and read only where it must be."""

import os
import time

import pytest

from etl.errors import SourceError, UsageError
from etl.extract import open_source, read_batch
from etl.extract.sources import folder, named

ZLIB = "_cache/develop/zlib/specs.md"


def paths(place):
    """What a source lists, in its order."""
    return [one.path for one in open_source("public", str(place)).list().documents]


def read(place):
    """A place's documents, read: their paths, and rule and path of what was refused."""
    source = open_source("public", str(place))
    found = read_batch((source, one) for one in source.list().documents)
    return found.documents["path"].to_pylist(), [(row["rule"], row["path"]) for row in found.rejects.to_pylist()]


def test_a_folder_that_is_or_holds_cache_is_a_source(cache, page):
    """Both are the same source: paths begin with `_cache/`."""
    root = cache(page(), page("cmake", "v1.0.0"))

    assert [ZLIB, "_cache/v1.0.0/cmake/specs.md"] == paths(root) == paths(root / "_cache")


def test_a_link_named_cache_is_one(cache, page, tmp_path):
    """Wherever it leads."""
    (cache(page()) / "_cache").rename(tmp_path / "elsewhere")
    (tmp_path / "_cache").symlink_to("elsewhere")

    assert [ZLIB] == paths(tmp_path) == paths(tmp_path / "_cache")


def test_a_relative_location_is_one(cache, page, monkeypatch):
    """As typed in a shell."""
    monkeypatch.chdir(cache(page()))

    assert [ZLIB] == paths(".") == paths("_cache")


def test_pages_are_listed_in_path_order(cache, page):
    """By the whole path, however deep: the order of pages decides which of two claims counts."""
    root = cache(page("b"), page("a"), page("a", "a"), at={"_cache/develop/a.b/specs.md": b"", "_cache/z/index.md": b""})

    assert sorted(paths(root)) == paths(root)
    assert 5 == len(paths(root))


def test_a_path_in_place_tells_tag_and_package(cache, page):
    """One level less, as the oldest pages lie, names no tag; one more, and the page alone must say."""
    listed = open_source("public", str(cache(page(), at={"_cache/zlib/index.md": b"", "_cache/a/b/c/specs.md": b""}))).list().documents

    assert {
        ZLIB: ("develop", "zlib"),
        "_cache/zlib/index.md": ("untagged", "zlib"),
        "_cache/a/b/c/specs.md": (None, None),
    } == {one.path: (one.tag, one.package) for one in listed}


def test_what_is_no_page_is_passed_over(cache, page):
    """Only `specs.md` and `index.md` are pages: spec files, copies that editors leave, tags and data are not."""
    others = ("_cache/develop/zlib/spec-0.json", "_cache/develop/zlib/specs.md~", "_cache/develop/README.md", "_data/tags.yaml")

    assert ([ZLIB], []) == read(cache(page(), at=dict.fromkeys(others, b"")))


def test_a_cache_without_a_page_is_no_snapshot(cache):
    """SourceError: an empty folder is a copy that failed, not a cache that lost everything."""
    with pytest.raises(SourceError, match=r"no page \(specs.md\) lies below .*_cache"):
        paths(cache(at={"_cache/develop/zlib/spec-0.json": b"{}"}))


def test_a_folder_named_like_a_page_is_refused(cache, page):
    """`not_a_file`; what lies in it is not looked for."""
    root = cache(page(), at={"_cache/develop/cmake/specs.md/specs.md": page("cmake")})

    assert ([ZLIB], [("not_a_file", "_cache/develop/cmake/specs.md")]) == read(root)


def test_a_pipe_named_like_a_page_does_not_block(cache, page):
    """`not_a_file`: a reader of a pipe waits for its writer."""
    root = cache(page(), at={"_cache/develop/cmake/other": b""})
    os.mkfifo(root / "_cache/develop/cmake/specs.md")

    assert ([ZLIB], [("not_a_file", "_cache/develop/cmake/specs.md")]) == read(root)


@pytest.mark.parametrize("target", ["nowhere.md", "specs.md", "other/specs.md", "x" * 300])
def test_a_link_that_leads_nowhere_is_refused(cache, page, target):
    """`not_a_file`: dead, in a ring, through a file, or with too long a name. The other pages are read all the same."""
    root = cache(page(), at={"_cache/develop/cmake/other": b""})
    (root / "_cache/develop/cmake/specs.md").symlink_to(target)

    assert ([ZLIB], [("not_a_file", "_cache/develop/cmake/specs.md")]) == read(root)


def test_a_link_to_a_page_is_that_page(cache, page):
    """It stands where the link stands."""
    root = cache(at={"store/1": page()})
    (root / "_cache/develop/zlib").mkdir(parents=True)
    (root / ZLIB).symlink_to(root / "store/1")

    assert ([ZLIB], []) == read(root)


def test_a_link_to_a_folder_is_not_followed(cache, page):
    """`latest -> develop` would show each page twice, and a link to a folder above never end."""
    root = cache(page())
    (root / "_cache/latest").symlink_to("develop")
    (root / "_cache/develop/up").symlink_to("..")

    assert [ZLIB] == paths(root)


def test_names_need_not_be_text(cache, page):
    """Linux allows any bytes; what is no UTF-8 contradicts its page's title, and is refused under a name that can be printed."""
    root = cache(page())
    other = root / "_cache/develop" / os.fsdecode(b"zl\xefb")
    other.mkdir()
    (other / "specs.md").write_bytes(page())

    assert ([ZLIB], [("contradicts_path", "_cache/develop/zl\\xefb/specs.md")]) == read(root)


def test_a_page_that_vanished_after_the_listing_is_refused(cache, page):
    """`unreadable`: a checkout that changes under the reader."""
    root = cache(page(), page("cmake"))
    source = open_source("public", str(root))
    listed = source.list().documents
    (root / ZLIB).unlink()
    found = read_batch((source, one) for one in listed)

    assert [("unreadable", ZLIB, "No such file or directory")] == [
        (row["rule"], row["path"], row["detail"]) for row in found.rejects.to_pylist()
    ]


def test_a_fingerprint_changes_with_the_content(cache, page):
    """Size, time and number of the file: none of them needs the file opened."""
    root = cache(page())
    _set_age(root / ZLIB, 60)
    (first,) = open_source("public", str(root)).list().documents
    (again,) = open_source("public", str(root)).list().documents
    (root / ZLIB).write_bytes(page().replace(b"zlib", b"libz"))
    _set_age(root / ZLIB, 30)
    (changed,) = open_source("public", str(root)).list().documents

    assert first.fingerprint == again.fingerprint is not None
    assert first.fingerprint != changed.fingerprint
    assert first.size_bytes == changed.size_bytes


@pytest.mark.parametrize("age", [0, -3600])
def test_a_file_too_young_has_no_fingerprint(cache, page, age):
    """A second write within the clock's tick would leave its time as it is; a time to come proves as little."""
    root = cache(page())
    _set_age(root / ZLIB, age)

    assert [None] == [one.fingerprint for one in open_source("public", str(root)).list().documents]


def _set_age(file, seconds):
    then = time.time() - seconds
    os.utime(file, (then, then))


def test_a_folder_that_cannot_be_listed_is_no_snapshot(cache, page, monkeypatch):
    """SourceError: its pages would look as if they were gone."""

    def denied(place):
        raise PermissionError(13, "Permission denied", str(place))

    source = open_source("public", str(cache(page())))
    monkeypatch.setattr(folder.os, "scandir", denied)

    with pytest.raises(SourceError, match="source public: .*_cache cannot be listed: Permission denied"):
        source.list()


@pytest.mark.parametrize("location", ["missing", "x" * 300, "~nobody-of-that-name/cache", "a\0b"])
def test_a_place_that_is_not_there_is_no_source(tmp_path, monkeypatch, location):
    """SourceError names source and place."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SourceError, match="source public: .*(does not exist|cannot be reached)"):
        open_source("public", location)


def test_a_folder_without_a_cache_is_no_source(tmp_path):
    """SourceError."""
    with pytest.raises(SourceError, match="neither is nor holds a folder _cache/$"):
        open_source("public", str(tmp_path))


def test_a_folder_of_caches_says_how_to_name_them(cache, page, tmp_path):
    """SourceError, with the option as it is to be typed."""
    cache(at={"one/_cache/develop/zlib/specs.md": page(), "two/_cache/develop/zlib/specs.md": page()})
    (tmp_path / "_cache").rmdir()

    with pytest.raises(SourceError, match=f"; 2 of its folders do: name each, e.g. first={tmp_path}/one$"):
        open_source("public", str(tmp_path))


def test_a_file_named_cache_is_no_folder(tmp_path):
    """SourceError."""
    (tmp_path / "_cache").write_bytes(b"")

    with pytest.raises(SourceError, match="neither is nor holds"):
        open_source("public", str(tmp_path))


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "ä"])
def test_a_source_has_a_plain_name(cache, name):
    """UsageError: it stands in every table."""
    with pytest.raises(UsageError, match="source name"):
        open_source(name, str(cache()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public=/srv/cache", ("public", "/srv/cache")),
        ("/srv/cache", (None, "/srv/cache")),
        ("/srv/a=b", (None, "/srv/a=b")),
        ("public=/srv/a=b", ("public", "/srv/a=b")),
    ],
)
def test_a_source_may_be_given_a_name(text, expected):
    """`NAME=SOURCE`; an equals sign in a path is just that."""
    assert expected == named(text)
