"""Pages to tables: what `build` makes of a few small ones."""

import hashlib

import pytest

from etl.schema import COUNTED, TABLES

DIMENSIONS = {"targets", "operating_systems", "stacks", "tags"}
TOTALS = {"published_tag_counts", "published_tag_stacks", "leftovers"}  # of a source as a whole
HISTORY = {"ended_tag_specs", "ended_memberships", "gaps"}
FACTS = [name for name in TABLES if name not in DIMENSIONS | TOTALS | HISTORY | set(COUNTED)]


def test_every_table_but_the_dimensions_is_built(built, page, spec):
    """The dimensions are made of the names, once for all batches."""
    assert set(FACTS) == set(built(page(spec("a"))).tables)
    assert DIMENSIONS == set(built(page(spec("a"))).names)


@pytest.mark.parametrize("table", FACTS)
def test_a_table_has_the_columns_and_types_of_its_declaration(built, page, spec, table):
    """In their order; also where there is no row."""
    declared = list(TABLES[table].polars_schema.items())

    assert declared == list(built(page(spec("a"), spec("b", size="big"), meta={"num_specs": 2})).tables[table].schema.items())
    assert declared == list(built().tables[table].schema.items())


def test_an_empty_batch_gives_empty_tables(built):
    """No documents, no rows, no names, and no failure."""
    found = built()

    assert {0} == {frame.height for frame in found.tables.values()}
    assert {"targets": [], "operating_systems": [], "stacks": [], "tags": []} == found.names


def test_a_refused_page_leaves_its_reject_only(built, page, spec):
    """Nothing else can be said of it, and it is no document."""
    tables = built(page(spec("a"), meta={"num_specs": -1})).tables

    assert {"rejects": 1} == {name: frame.height for name, frame in tables.items() if frame.height}


def test_a_page_without_specs_is_a_document(built, page):
    """It was read, and says that there are none."""
    tables = built(page(meta={"num_specs": 0})).tables

    assert [("zlib", 0, 0)] == tables["documents"].select("package", "spec_count", "published_spec_count").rows()
    assert [(None, 0)] == tables["published_counts"].select("stack", "published_spec_count").rows()
    assert {"documents": 1, "published_counts": 1, "reconciliation": 1} == {
        name: frame.height for name, frame in tables.items() if frame.height
    }


def test_a_document_is_a_page_with_its_place_digest_and_counts(built, page, spec):
    """`first_snapshot_id` and `changed_snapshot_id` are those of its source's snapshot; what it claims stands beside what it holds."""
    one = page(spec("a"), spec("b", size="big"), source="own", meta={"num_specs": 3})

    assert [
        {
            "source": "own",
            "tag": "develop",
            "package": "zlib",
            "path": "_cache/develop/zlib/specs.md",
            "layout": "F",
            "sha256": hashlib.sha256(one.text.encode()).hexdigest(),
            "size_bytes": len(one.text),
            "spec_count": 1,
            "published_spec_count": 3,
            "first_snapshot_id": 2,
            "changed_snapshot_id": 2,
            "is_stale": False,
        }
    ] == built(one).tables["documents"].to_dicts()


def test_a_count_that_a_page_does_not_give_is_null(built, page, spec):
    """Not said is not zero."""
    tables = built(page(spec("a"))).tables

    assert [(1, None)] == tables["documents"].select("spec_count", "published_spec_count").rows()
    assert 0 == tables["published_counts"].height


def test_published_counts_are_the_pages_own_claims(built, page, spec):
    """The whole page first (stack NULL), then by stack in byte order, `root` among them, right or wrong."""
    pages = [
        page(spec("a"), tag="v0.22.0", meta={"num_specs": 7, "num_specs_by_stack": {"root": 1, "e4s": 5}}),
        page(spec("a"), source="own", meta={"num_specs_by_stack": {"e4s": 0}}),
    ]

    assert [
        ("own", "develop", "zlib", "e4s", 0),
        ("public", "v0.22.0", "zlib", None, 7),
        ("public", "v0.22.0", "zlib", "e4s", 5),
        ("public", "v0.22.0", "zlib", "root", 1),
    ] == built(*pages).tables["published_counts"].rows()


def test_a_spec_of_several_tags_and_sources_is_one_spec(built, page, spec):
    """Its own row and its options stand once; its tags and stacks as often as they are said."""
    tables = built(page(spec("a")), page(spec("a"), tag="v0.22.0"), page(spec("a"), source="own")).tables

    assert ["a" * 32] == tables["specs"]["spec_hash"].to_list()
    assert [("a" * 32, "zlib", "shared", "true", "boolean", False)] == tables["spec_variants"].rows()
    assert [("own", "develop", 2), ("public", "develop", 1), ("public", "v0.22.0", 1)] == tables["tag_specs"].select(
        "source", "tag", "first_snapshot_id"
    ).rows()
    assert 3 == tables["memberships"].height
    assert 3 == tables["documents"].height
    assert 1 == tables["versions"].height


def test_specs_with_the_same_options_have_each_their_own_rows(built, page, spec):
    """Options are read once for each distinct list, and given to every spec that has it."""
    options = built(page(spec("b"), spec("a"), spec("c", variants=["x=2,1"]), spec("d", variants=[]))).tables["spec_variants"]

    assert [("a", "shared", "true"), ("b", "shared", "true"), ("c", "x", "1"), ("c", "x", "2")] == [
        (name[0], variant, value) for name, variant, value in options.select("spec_hash", "variant", "value").rows()
    ]


def test_rows_stand_by_package_then_hash_then_source_and_tag(built, page, spec):
    """So a look-up by package touches one place, and equal hashes lie side by side."""
    pages = [
        page(spec("b"), spec("a"), tag=tag, package=package, source=source)
        for tag in ("v0.22.0", "develop")
        for package in ("zlib-ng", "zlib", "Zlib")
        for source in ("public", "own")
    ]
    rows = built(*pages).tables["tag_specs"].select("package", "spec_hash", "source", "tag").rows()

    assert sorted(rows) == rows
    assert 3 * 2 * 2 * 2 == len(rows)


def test_the_names_for_the_dimensions_are_those_that_occur(built, page, spec):
    """Distinct, in byte order; a name that only a refused entry has is none, a tag of an empty page is one."""
    names = built(
        page(spec("a", target="zen4", os="rhel8", stacks=["hep", "root"]), spec("b", target="zen5", size="big")),
        page(spec("c", target="zen3", os="rhel8", stacks=["e4s", "hep"]), tag="v0.22.0"),
        page(tag="v0.21.0"),
    ).names

    assert {
        "targets": ["zen3", "zen4"],
        "operating_systems": ["rhel8"],
        "stacks": ["e4s", "hep"],
        "tags": ["develop", "v0.21.0", "v0.22.0"],
    } == names


def test_every_reject_is_kept_with_its_place(built, page, spec):
    """Of all three scopes and both layers, by source and path; of a page without a line, the whole."""
    pages = [
        page(spec("a", variants=["-x", "+a", "~a"]), spec("b", size="big"), {"hash": "c" * 32}),
        page(source="own", meta={"num_specs": -1}),
        page(spec("d", variants=["?"]), tag="v0.22.0", source="own"),
    ]

    assert [
        ("own", 2, "_cache/develop/zlib/specs.md", "document", "wrong_type", 5),
        ("own", 2, "_cache/v0.22.0/zlib/specs.md", "variant", "unknown_variant", 6),
        ("public", 1, "_cache/develop/zlib/specs.md", "spec", "bad_size", 6),
        ("public", 1, "_cache/develop/zlib/specs.md", "spec", "missing_key", 6),
        ("public", 1, "_cache/develop/zlib/specs.md", "variant", "repeated_variant", 6),
        ("public", 1, "_cache/develop/zlib/specs.md", "variant", "unknown_variant", 6),
    ] == built(*pages).tables["rejects"].select("source", "snapshot_id", "path", "scope", "rule", "line").rows()


def test_an_option_is_refused_on_each_page_that_has_it(built, page, spec):
    """The same list of options is read once, and its rejects name every entry that it stands in."""
    bad = {"variants": ["-x", "-x"]}
    rejects = built(page(spec("a", **bad), spec("b", **bad)), page(spec("a", **bad), tag="v0.22.0")).tables["rejects"]

    assert 2 * [("develop", "entry 1")] + 2 * [("develop", "entry 2")] + 2 * [("v0.22.0", "entry 1")] == [
        (path.split("/")[1], detail.partition(":")[0]) for path, detail in rejects.select("path", "detail").rows()
    ]
