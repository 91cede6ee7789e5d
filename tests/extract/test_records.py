"""Records, which adapters make, to columns beside those of pages."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from etl.extract import Batch, Listed, read_batch
from etl.extract.records import Dependency, DocumentRecord, SpecRecord, encoded
from etl.extract.sources.listing import content, held
from etl.extract.sources.recorded import document

A, B, C = "a" * 32, "b" * 32, "c" * 32
PATCH = "0123456789abcdef" * 4
REQUIRED = {"hash": A, "versions": ["1.3"], "os": "ubuntu22.04", "platform": "linux", "target": "x86_64_v3"}


class Held:
    """A source whose documents hold their content."""

    name = "index"

    def read(self, listed: Listed) -> bytes:
        """The content of one."""
        return content(listed)


def read(*listed: Listed) -> Batch:
    """What some documents say."""
    return read_batch((Held(), one) for one in listed)


def spec(spec_hash: str = A, **keys: Any) -> SpecRecord:
    """A spec that says what it must, and what else a test gives."""
    return SpecRecord(**REQUIRED | {"hash": spec_hash} | keys)


@pytest.fixture
def entries() -> Callable[..., Batch]:
    """`entries(...)` is what a record of zlib under develop says that has these specs, or JSON in their place."""
    return lambda *specs: read(document("develop", "zlib", "made", specs))


def test_a_record_is_a_document(entries):
    """Of the tag, package and layout that it names; it claims nothing of itself."""
    found = entries(spec())
    (row,) = found.documents.to_pylist()

    assert ("develop", "zlib", "made", "develop/zlib") == (row["tag"], row["package"], row["layout"], row["path"])
    assert (None, None, 0) == (row["published_spec_count"], row["stacks"], found.counts.num_rows)


def test_what_a_record_says_as_a_page_does_stands_among_the_specs(entries):
    """By the same keys."""
    said = {"compiler": "gcc@11.4.0", "variants": ["+shared"], "stacks": ["e4s"], "size": "1234"}

    assert [REQUIRED | said | {"document": 0, "entry": 1}] == entries(spec(**said)).specs.to_pylist()


def test_what_a_record_says_beyond_a_page_stands_apart(entries):
    """Dependencies, flags and whole patches, by document and hash."""
    edge = Dependency(B, "cmake", "3.27", ("build",))
    found = entries(spec(dependencies=[edge], flags=["cflags=-O2 -g"], patches=[PATCH]))

    assert [
        {
            "document": 0,
            "hash": A,
            "dependencies": [{"hash": B, "package": "cmake", "version": "3.27", "kinds": ["build"]}],
            "flags": ["cflags=-O2 -g"],
            "patches": [PATCH],
        }
    ] == found.extras.to_pylist()


def test_what_a_record_does_not_say_is_null_and_none_is_an_empty_list(entries):
    """An index without stacks says nothing of stacks; a spec without dependencies has none."""
    found = entries(spec(A), spec(B, variants=[], dependencies=[], flags=[], patches=[]))
    silent, empty = found.specs.to_pylist()

    assert {None} == {silent[key] for key in ("compiler", "variants", "stacks", "size")}
    assert [] == empty["variants"]
    assert [(None, None, None), ([], [], [])] == [(row["dependencies"], row["flags"], row["patches"]) for row in found.extras.to_pylist()]


def test_a_dependency_may_be_known_by_its_hash_and_package_alone(entries):
    """Its version stands with its own spec, which need not be there."""
    (row,) = entries(spec(dependencies=[Dependency(B, "cmake")])).extras.to_pylist()

    assert ("cmake", None) == (row["dependencies"][0]["package"], row["dependencies"][0]["version"])


def without(key: str) -> dict[str, Any]:
    """A spec that leaves out a key."""
    return {name: value for name, value in REQUIRED.items() if name != key}


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (json.dumps(without("os")), "missing_key"),
        (json.dumps(REQUIRED | {"versions": "1.3"}), "wrong_type"),
        (json.dumps(REQUIRED | {"target": None}), "wrong_type"),
        (json.dumps(REQUIRED | {"flags": [None]}), "wrong_type"),
        (json.dumps(REQUIRED | {"dependencies": [{"package": "cmake"}]}), "missing_key"),
        (json.dumps(REQUIRED | {"dependencies": [{"hash": B, "package": None}]}), "wrong_type"),
        (json.dumps(REQUIRED | {"dependencies": [None]}), "wrong_type"),
        ("null", "wrong_type"),
        (json.dumps(REQUIRED | {"compiler": "gcc\x01"}), "control_character"),
        (json.dumps(REQUIRED | {"dependencies": [{"hash": B, "package": "\t"}]}), "control_character"),
        (json.dumps(REQUIRED)[:-1] + ', "os": "sequoia"}', "repeated_key"),
    ],
)
def test_a_bad_spec_of_a_record_is_refused_and_loses_no_other(entries, bad, rule):
    """By the rules that hold for those of pages; an entry that an adapter could not read comes as the JSON that it is."""
    found = entries(spec(B, flags=["cflags=-g"]), msgspec.Raw(bad.encode()), spec(C))

    assert [("spec", rule, "develop/zlib", bad[:200])] == [
        (row["scope"], row["rule"], row["path"], row["excerpt"]) for row in found.rejects.to_pylist()
    ]
    assert [(B, 1), (C, 3)] == list(zip(found.specs["hash"].to_pylist(), found.specs["entry"].to_pylist(), strict=True))
    assert [(B, ["cflags=-g"]), (C, None)] == list(zip(found.extras["hash"].to_pylist(), found.extras["flags"].to_pylist(), strict=True))


@pytest.mark.parametrize(("tag", "package"), [("", "zlib"), ("develop", ""), ("dev\x00", "zlib"), ("develop", "zl\nib")])
def test_a_record_whose_tag_or_package_no_table_can_hold_is_refused(tag, package):
    """`control_character`, as a page is; the others load."""
    raw = encoded(DocumentRecord(tag, package, "made", [spec()]))
    found = read(held("bad", raw, tag, package, is_record=True), document("develop", "cmake", "made", [spec(B)]))

    assert [("document", "control_character", "bad")] == [(row["scope"], row["rule"], row["path"]) for row in found.rejects.to_pylist()]
    assert (["cmake"], [B]) == (found.documents["package"].to_pylist(), found.specs["hash"].to_pylist())


def test_records_and_pages_may_stand_in_one_batch(page):
    """Each has its own number; the columns of all specs are one table, what goes beyond a page is of records alone."""
    found = read(
        document("develop", "cmake", "made", [spec(A, patches=[PATCH])]),
        held("_cache/develop/zlib/specs.md", page(), "develop", "zlib"),
        document("develop", "hdf5", "made", [spec(B)]),
    )
    rows = {row["document"]: row["compiler"] for row in found.specs.to_pylist()}

    assert ["made", "F", "made"] == found.documents["layout"].to_pylist()
    assert {0: None, 1: "gcc@11.4.0", 2: None} == rows
    assert [(0, A), (2, B)] == list(zip(found.extras["document"].to_pylist(), found.extras["hash"].to_pylist(), strict=True))


def test_a_record_and_a_page_for_one_package_are_told(page):
    """`claimed_twice`: the first speaks, whatever form it has."""
    found = read(document("develop", "zlib", "made", [spec()]), held("page.md", page()))

    assert [("claimed_twice", "page.md")] == [(row["rule"], row["path"]) for row in found.rejects.to_pylist()]
