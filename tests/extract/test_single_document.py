"""One document may be a source of its own."""

import pytest

from etl.errors import SourceError
from etl.extract import open_source, read_batch


@pytest.fixture
def document(tmp_path):
    """`document(bytes, "name.md")` is the place of a page that lies by itself."""

    def write(raw, name="saved page.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
        return str(file)

    return write


def read(place):
    """Path, tag and package of the document, or rule and path of its reject."""
    source = open_source("public", place)
    found = read_batch((source, one) for one in source.list().documents)
    rows = [(row["path"], row["tag"], row["package"]) for row in found.documents.to_pylist()]
    return rows or [(row["rule"], row["path"]) for row in found.rejects.to_pylist()]


def test_a_page_by_itself_names_its_tag_and_package(page, document):
    """Under whatever name it was saved."""
    assert [("saved page.txt", "v1.0.0", "cmake")] == read(document(page("cmake", "v1.0.0")))


def test_the_listing_knows_its_package(page, document):
    """It is opened for that: work is shared out by package."""
    (listed,) = open_source("public", document(page("cmake"))).list().documents

    assert (None, "cmake", True) == (listed.tag, listed.package, listed.is_file)


def test_a_page_in_a_cache_keeps_its_path(page, document):
    """And is held against it."""
    path = "_cache/develop/cmake/specs.md"

    assert [(path, "develop", "cmake")] == read(document(page("cmake"), path))
    assert [("contradicts_path", path)] == read(document(page("zlib"), path))


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"", "nothing but"), (b"\xff\xfe", "not UTF-8"), (b"PK", "begins with"), (b"---\nlayout: table\n---", "layout table")],
)
def test_another_file_is_no_source(document, raw, words):
    """SourceError: most likely the wrong file was named."""
    with pytest.raises(SourceError, match=f"source public: .* is no cache document: .*{words}"):
        read(document(raw))


def test_a_broken_page_is_a_reject_like_any_other(page, document):
    """It is a cache document, and its last good rows stay."""
    assert [("not_closed", "saved page.txt")] == read(document(page()[:-3]))
    assert [("broken_json", "saved page.txt")] == read(document(page(spec_details="[1")))


def test_a_document_that_cannot_be_read_is_no_source(page, document):
    """SourceError, in the words of the system."""
    source = open_source("public", document(page()))
    source.file.unlink()

    with pytest.raises(SourceError, match="saved page.txt cannot be read: No such file or directory"):
        source.list()
