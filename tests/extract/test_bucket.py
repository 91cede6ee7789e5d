"""An object store as a source of pages, and as a place: on one of this process's memory, and on one over a folder."""

import datetime as dt
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places import Missing, TooLarge, place
from etl.extract.sources.bucket import BucketSource, _listed
from etl.extract.sources.listing import Listed

obstore = pytest.importorskip("obstore", reason="the extra `remote` is not installed")

ZLIB = "_cache/develop/zlib/specs.md"
TAGS = b"- name: develop\n  stacks: [e4s, root]\n"


@pytest.fixture
def store():
    """A maker of a store with objects: its address, one of its own for each test."""
    from etl.extract.places.objects import opened

    opened.cache_clear()

    def make(objects, location="memory:///one"):
        for path, raw in objects.items():
            obstore.put(opened(location), path, raw)
        return location

    yield make
    opened.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """A maker of a folder with files, as a store: its address."""

    def make(files, name="copy"):
        for path, raw in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(raw)
        return (tmp_path / name).as_uri()

    return make


def source(location, **limits):
    """The source at an address."""
    return BucketSource("public", location, Limits(**limits))


def test_pages_are_listed_in_path_order(store):
    """With tag, package, size and the spec files beside them; all else is passed over."""
    objects = {
        "_cache/develop/zlib/spec-0.json": b"{}",
        ZLIB: b"page",
        "_cache/develop/a/specs.md": b"",
        "_cachex/b/c/specs.md": b"",
        "x": b"",
    }
    found = source(store(objects)).list().documents

    assert [("_cache/develop/a/specs.md", "develop", "a", 0), (ZLIB, "develop", "zlib", 4)] == [
        (one.path, one.tag, one.package, one.size_bytes) for one in found
    ]
    assert ["_cache/develop/zlib/spec-0.json"] == [one.path for one in found[1].beside]


def test_a_prefix_that_is_or_holds_cache_is_a_source(folder):
    """Both are the same one."""
    root = folder({ZLIB: b"page", "_data/tags.yaml": TAGS})
    listings = [source(location).list() for location in (root, f"{root}/", f"{root}/_cache", f"{root}/_cache/")]

    assert [[ZLIB]] * 4 == [[one.path for one in listing.documents] for listing in listings]
    assert [{"develop": ["e4s", "root"]}] * 4 == [listing.totals.stacks for listing in listings]


def test_a_page_and_a_file_beside_it_are_read(store):
    """As they are stored."""
    public = source(store({ZLIB: b"page", "_cache/develop/zlib/spec-0.json": b"{}"}))
    (page,) = public.list().documents

    assert (b"page", b"{}") == (public.read(page), public.read(page.beside[0]))


def test_what_the_cache_says_of_its_tags_is_read(store):
    """Both files are optional."""
    objects = {ZLIB: b"", "_data/tags.yaml": TAGS, "_data/meta.yaml": b"develop: {count: 7}"}

    assert ({"develop": 7}, {"develop": ["e4s", "root"]}) == (
        (told := source(store(objects)).list().totals).spec_counts,
        told.stacks,
    )
    assert {} == source(store({ZLIB: b""}, "memory:///bare")).list().totals.stacks


def test_a_changed_page_has_another_fingerprint(store):
    """One that stayed keeps its own."""
    objects = {ZLIB: b"page", "_cache/develop/a/specs.md": b"page"}
    public = source(store(objects))
    a, zlib = public.list().documents
    store({ZLIB: b"PAGE"})
    a_after, zlib_after = public.list().documents

    assert a == a_after
    assert zlib.fingerprint != zlib_after.fingerprint


@pytest.mark.parametrize(("tag", "changed"), [(None, "2024-01-01"), ('W/"1"', "2024-01-01"), (None, "now"), ('"1"', "now")])
def test_without_a_strong_tag_the_time_counts_once_it_is_old(tag, changed):
    """A write within the same tick of the clock would not show."""
    now = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    at = now if changed == "now" else dt.datetime.fromisoformat(changed).replace(tzinfo=dt.UTC)
    fingerprint = _listed({"path": "x", "size": 3, "e_tag": tag, "last_modified": at, "version": None}, now).fingerprint

    assert ('3-"1"' if tag == '"1"' else None if changed == "now" else "3-2024-01-01T00:00:00+00:00") == fingerprint


def test_a_bucket_without_a_page_is_no_snapshot(store, folder):
    """An empty one is a copy that failed, not a cache that lost everything."""
    for location in (store({"_cache/develop/zlib/spec-0.json": b""}), folder({"x": b""})):
        with pytest.raises(SourceError, match=r"source public: no page \(specs.md\) lies below .*/_cache: an empty"):
            source(location).list()


def test_a_page_that_went_or_grew_is_no_page(store):
    """OSError: one page's fault, not the store's."""
    from etl.extract.places.objects import opened

    public = source(store({ZLIB: b"1234", "_cache/develop/a/specs.md": b"1234"}), document_bytes=4)
    a, zlib = public.list().documents
    assert b"1234" == public.read(zlib)

    store({ZLIB: b"12345"})
    with pytest.raises(OSError, match=r"specs.md holds more than 4 bytes"):
        public.read(zlib)
    obstore.delete(opened("memory:///one"), a.path)
    with pytest.raises(OSError, match=r"_cache/develop/a/specs.md does not exist"):
        public.read(a)


def test_words_that_are_no_yaml_are_told(store):
    """With the source's name."""
    with pytest.raises(SourceError, match=r"source public: _data/tags.yaml cannot be read as YAML"):
        source(store({ZLIB: b"", "_data/tags.yaml": b"["})).list()


def test_a_source_reads_in_another_process(folder):
    """It is sent there with its address, not with its connection."""
    public = source(folder({ZLIB: b"page"}))
    (page,) = public.list().documents
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        assert b"page" == other.submit(public.read, page).result()
    assert public == pickle.loads(pickle.dumps(public))


@pytest.mark.parametrize("location", ["s3://", "s3://a b/c", "file:///there/is/no/such/folder", "az://container"])
def test_an_address_that_cannot_be_is_told(location, monkeypatch):
    """With what to do."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(SourceError, match=r"source public: .* cannot be opened: .*; check the address and the credentials"):
        source(location).list()


def test_a_store_that_is_not_there_is_told(monkeypatch):
    """SourceError also from `read`: it is no fault of the page. Neither a query nor the library's internals are shown."""
    from etl.extract.places import objects

    for name, value in {"AWS_ENDPOINT": "http://127.0.0.1:9", "AWS_SKIP_SIGNATURE": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(objects._RETRIES, "max_retries", 0)
    objects.opened.cache_clear()
    for what, call in (("listed", lambda one: one.list()), ("read", lambda one: one.read(Listed(ZLIB, 1, None)))):
        with pytest.raises(
            SourceError, match=rf"source public: s3://bucket/copy/_cache.* cannot be {what}: .*error sending request; check the address"
        ) as error:
            call(source("s3://bucket/copy"))
        assert not any(hidden in str(error.value) for hidden in ("?", "Debug", "\n"))
    objects.opened.cache_clear()


def test_a_place_in_a_store_is_fetched_and_listed(store):
    """In byte order; a prefix is a folder."""
    mirror = place(store(dict.fromkeys(("b/c", "b-", "b/a", "a%20b", "é"), b"raw")), Limits(), None)

    assert b"raw" == mirror.fetch("a%20b")
    assert ["a%20b", "b-", "b/a", "b/c", "é"] == list(mirror.files(""))
    assert ["b/a", "b/c"] == list(mirror.files("b/"))
    assert [] == list(mirror.files("nothing"))


def test_an_object_that_is_not_there_is_missing(store):
    """Neither is a folder one."""
    mirror = place(store({"a/b": b""}), Limits(), None)
    for path in ("nothing", "a"):
        with pytest.raises(Missing, match=rf"memory:///one/{path} does not exist"):
            mirror.fetch(path)


def test_an_object_at_the_limit_is_fetched(store):
    """One byte more is not."""
    mirror = place(store({"ten": b"x" * 10, "eleven": b"x" * 11}), Limits(download_bytes=10), None)

    assert b"x" * 10 == mirror.fetch("ten")
    with pytest.raises(TooLarge, match=r"eleven holds more than 10 bytes"):
        mirror.fetch("eleven")


@pytest.mark.parametrize("path", ["../x", "a//b", "", "/x", "\ud800"])
def test_a_path_that_may_lead_elsewhere_is_refused(store, path):
    """As in a folder."""
    with pytest.raises(SourceError, match=r"mend what names it"):
        place(store({"x": b""}), Limits(), None).fetch(path)
