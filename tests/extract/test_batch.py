"""Pages to a batch: each is read once, hashed, held against its path, and loaded or refused."""

import hashlib

import pytest

from etl.extract import CLAIMED_LISTS, Limits, Listed, read_batch
from etl.extract.limits import USUAL

ZLIB = "_cache/develop/zlib/specs.md"


@pytest.fixture
def source(page):
    """A source whose listing a test makes up; `read` gives a page of zlib, or raises what it is told to."""

    class Made:
        name = "public"
        error: OSError | None = None
        raw = page()

        def read(self, document: Listed) -> bytes:
            if self.error is not None:
                raise self.error
            return self.raw

    return Made()


def rejects(read):
    """Rule, path and excerpt of what was refused."""
    return [(row["rule"], row["path"], row["excerpt"]) for row in read.rejects.to_pylist()]


def test_a_document_is_described_by_its_row(page, batch):
    """Path, tag, package, layout, digest and length; the line of its specs is there for what is refused later."""
    raw = page("cmake", "v1.0.0", "E")
    path = "_cache/v1.0.0/cmake/specs.md"
    found = batch({path: raw}).documents

    assert [
        {
            "document": 0,
            "source": "public",
            "tag": "v1.0.0",
            "package": "cmake",
            "path": path,
            "layout": "E",
            "sha256": hashlib.sha256(raw).hexdigest(),
            "size_bytes": len(raw),
            "published_spec_count": 1,
            "specs_line": 6,
            "is_stale": False,
        }
    ] == found.drop_columns(list(CLAIMED_LISTS)).to_pylist()


def test_claimed_lists_are_those_of_the_page(page, batch):
    """As claimed, in the page's order; what is not claimed is null, not an empty list."""
    found = batch({ZLIB: page(meta='{"compilers": ["gcc@11.4.0", "none"], "stacks": []}')})

    assert {"compilers": ["gcc@11.4.0", "none"], "stacks": [], "oss": None, "platforms": None, "targets": None, "versions": None} == (
        found.documents.select(CLAIMED_LISTS).to_pylist()[0]
    )


def test_counts_are_those_of_the_page_and_of_each_stack(page, batch):
    """As claimed: `root` is among them, and nothing is counted here."""
    found = batch({ZLIB: page(meta='{"num_specs": 7, "num_specs_by_stack": {"root": 9, "e4s": 0}}')})

    assert [
        {"document": 0, "stack": None, "published_spec_count": 7},
        {"document": 0, "stack": "root", "published_spec_count": 9},
        {"document": 0, "stack": "e4s", "published_spec_count": 0},
    ] == found.counts.to_pylist()


def test_no_pages_are_a_batch_without_rows(batch):
    """Its tables have their columns all the same."""
    found = batch({})

    assert [0, 0, 0, 0] == [table.num_rows for table in (found.documents, found.counts, found.specs, found.rejects)]
    assert {"document", "sha256"} <= set(found.documents.column_names)


def test_every_page_that_could_be_opened_has_a_digest(page, batch):
    """Also a refused one: it is not read again until it changes."""
    found = batch({ZLIB: page(), "_cache/develop/cmake/specs.md": b"not a page"})

    assert {
        ("public", ZLIB): hashlib.sha256(page()).hexdigest(),
        ("public", "_cache/develop/cmake/specs.md"): hashlib.sha256(b"not a page").hexdigest(),
    } == found.digests


def test_what_is_no_file_is_not_opened(source):
    """`not_a_file`: opening a pipe would wait for ever."""
    source.error = AssertionError("it was opened")
    found = read_batch([(source, Listed(ZLIB, 0, None, is_file=False))])

    assert [("not_a_file", ZLIB, "")] == rejects(found)
    assert {} == found.digests


def test_what_cannot_be_read_is_refused(source):
    """`unreadable`, in the words of the system; it has no digest, so the next run tries again."""
    source.error = PermissionError(13, "Permission denied")
    found = read_batch([(source, Listed(ZLIB, 10, None))])

    assert [("unreadable", ZLIB, "")] == rejects(found)
    assert "Permission denied" == found.rejects["detail"][0].as_py()
    assert {} == found.digests


def test_a_page_has_a_largest_size(source):
    """`too_large`: some 25 times the largest of the public cache; it is not even opened."""
    source.error = AssertionError("it was opened")
    found = read_batch([(source, Listed(ZLIB, USUAL.document_bytes + 1, None))])

    assert [("too_large", ZLIB, "")] == rejects(found)


@pytest.fixture
def within(source):
    """`within(page, limits)` is the rules that refuse the page or a part of it."""

    def read(raw: bytes, limits: Limits) -> list[str]:
        source.raw = raw
        return read_batch([(source, Listed(ZLIB, len(raw), None, tag="develop", package="zlib"))], limits).rejects["rule"].to_pylist()

    return read


@pytest.mark.parametrize(("most", "expected"), [(3, []), (2, ["too_large"])])
def test_a_page_has_a_largest_number_of_specs(page, spec, within, most, expected):
    """`too_large`: every bad spec is a row of rejects, and a page of 16 MB could make millions of them."""
    assert expected == within(page(specs=[spec("a"), spec("b"), spec("c")]), Limits(document_specs=most))


@pytest.mark.parametrize(("less", "expected"), [(0, []), (1, ["too_large"])])
def test_a_page_may_be_as_large_as_the_limit(page, within, less, expected):
    """One byte more is too much."""
    assert expected == within(page(), Limits(document_bytes=len(page()) - less))


@pytest.mark.parametrize(("most", "expected"), [(3, []), (2, ["too_deep"])])
def test_a_page_may_be_as_deep_as_the_limit(page, within, most, expected):
    """A list of specs, a spec, the list of its options: three."""
    assert expected == within(page(), Limits(nesting=most))


@pytest.mark.parametrize("text", ['"[[[["', '"}{"', '"\\"[[[["'])
def test_a_bracket_in_a_text_is_no_depth(page, spec, within, text):
    """It is told from those that open a list."""
    raw = page(specs=[spec("a", os="OS")]).replace(b'"OS"', text.encode())

    assert [] == within(raw, Limits(nesting=3))


@pytest.mark.parametrize(
    ("package", "tag", "excerpt"), [("zlib-ng", "develop", "zlib-ng"), ("zlib", "v1.0.0", "v1.0.0"), ("ZLIB", "develop", "ZLIB")]
)
def test_a_page_must_be_what_its_path_says(page, refused, package, tag, excerpt):
    """`contradicts_path`: a copied page that nobody edited would speak for another package."""
    assert ("document", "contradicts_path", None, excerpt) == refused(page(package, tag))


def test_a_path_that_says_nothing_contradicts_nothing(page, batch):
    """Outside `_cache/<tag>/<package>/` the page alone must say."""
    found = batch({"somewhere.md": page("cmake", "v1.0.0")})

    assert [("v1.0.0", "cmake")] == list(zip(found.documents["tag"].to_pylist(), found.documents["package"].to_pylist(), strict=True))


@pytest.mark.parametrize("path", ["_cache/zlib/specs.md", "_cache/copy/develop/zlib/specs.md", "_cache/specs.md"])
def test_a_page_lies_neither_higher_nor_deeper_than_a_cache_has_it(page, batch, path):
    """`contradicts_path`: a copy inside the cache would speak for the package beside the page itself."""
    found = batch({path: page(), "_cache/develop/zlib/specs.md": page()})

    assert [("contradicts_path", path, "")] == rejects(found)
    assert 1 == found.documents.num_rows


def test_of_two_pages_for_one_package_the_first_in_path_order_wins(page, spec, batch):
    """`claimed_twice`; under another tag it is another document."""
    found = batch(
        {
            "a.md": page(specs=[spec("first")]),
            "b.md": page(specs=[spec("second")]),
            "c.md": page(tag="v1.0.0", specs=[spec("other tag")]),
        }
    )

    assert [("claimed_twice", "b.md", "")] == rejects(found)
    assert [spec("first")["hash"], spec("other tag")["hash"]] == found.specs["hash"].to_pylist()


def test_a_page_that_was_refused_claims_nothing(page, batch):
    """The next one for the same package is read."""
    found = batch({"a.md": page(spec_details="[1"), "b.md": page()})

    assert ["b.md"] == found.documents["path"].to_pylist()


def test_an_excerpt_is_cut_to_200_characters(page, refused):
    """Characters, not bytes: none is cut in half."""
    value = '"' + "ä" * 300

    assert value[:200] == refused(page(title=value)).excerpt


def test_a_detail_is_cut_to_500_characters(page, batch):
    """However long the value that it quotes."""
    found = batch({ZLIB: page(kind="x" * 10_000)})

    assert 500 == len(found.rejects["detail"][0].as_py())


def test_a_path_that_is_no_text_is_shown_by_its_bytes(page, batch):
    r"""File names are bytes: `\xef` is shown so, and the page is judged like any other."""
    found = batch({"zl\udcefb.md": page(), "_cache/develop/zl\udcefb/specs.md": page("cmake")})

    assert ["zl\\xefb.md"] == found.documents["path"].to_pylist()
    assert [("contradicts_path", "_cache/develop/zl\\xefb/specs.md", "cmake")] == rejects(found)
