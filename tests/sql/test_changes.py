"""`changes`: steps of the history -> what came and went, worked out by hand, on both DuckDB versions."""

from .conftest import night, nights, snapshot

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)

QUERY = """select snapshot_id, change, stack, package, spec_hash, version from changes
           order by snapshot_id, change, stack, package, spec_hash, version"""


def test_the_first_snapshot_of_each_source_is_the_start(warehouse, ask):
    """Also where the source was added later: what it held then did not come that night."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own", 1, night(2))),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "source": "own"}],
        memberships=[{"spec_hash": A}, {"spec_hash": A, "source": "own"}],
    )

    assert [] == ask(catalog, QUERY)


def test_the_first_build_of_a_package_brings_package_and_version(warehouse, ask):
    """The second build of the version is only a spec; a build of another version brings that. Times are those of the snapshot."""
    catalog = warehouse(
        snapshots=nights(4),
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "2" * 16},
            {"spec_hash": C, "version": "1.4", "configuration_id": "3" * 16},
        ],
        tag_specs=[
            {"spec_hash": A, "from_snapshot_id": 2},
            {"spec_hash": B, "from_snapshot_id": 3},
            {"spec_hash": C, "from_snapshot_id": 4},
        ],
    )

    assert [
        (2, "package_added", None, "zlib", None, None),
        (2, "spec_added", None, "zlib", A, "1.3"),
        (2, "version_added", None, "zlib", None, "1.3"),
        (3, "spec_added", None, "zlib", B, "1.3"),
        (4, "spec_added", None, "zlib", C, "1.4"),
        (4, "version_added", None, "zlib", None, "1.4"),
    ] == ask(catalog, QUERY)
    assert [("public", "develop", str(night(3)))] == ask(
        catalog, "select distinct source, tag, observed_at from changes where snapshot_id = 3"
    )


def test_the_last_build_of_a_package_takes_package_and_version(warehouse, ask):
    """While a build is left, only a spec goes."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}, {"spec_hash": B, "to_snapshot_id": 3}],
    )

    assert [
        (2, "spec_removed", None, "zlib", A, "1.3"),
        (3, "package_removed", None, "zlib", None, None),
        (3, "spec_removed", None, "zlib", B, "1.3"),
        (3, "version_removed", None, "zlib", None, "1.3"),
    ] == ask(catalog, QUERY)


def test_a_change_of_stacks_is_none_of_the_spec(warehouse, ask):
    """The row ends and begins anew at one snapshot: only the stacks say something."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "stacks_text": "hep", "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A, "stacks_text": "e4s", "to_snapshot_id": 2}],
        memberships=[{"spec_hash": A, "stack": "hep", "from_snapshot_id": 2}],
        ended_memberships=[{"spec_hash": A, "stack": "e4s", "to_snapshot_id": 2}],
    )

    assert [(2, "stack_joined", "hep", "zlib", A, "1.3"), (2, "stack_left", "e4s", "zlib", A, "1.3")] == ask(catalog, QUERY)


def test_a_build_that_takes_the_place_of_one_that_looks_the_same_is_a_rebuild(warehouse, ask):
    """At one snapshot, under one tag: B for A is one; C has another configuration; D came under another tag; package and version stay."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16},
            {"spec_hash": D, "configuration_id": "1" * 16},
        ],
        tag_specs=[
            {"spec_hash": B, "from_snapshot_id": 2},
            {"spec_hash": C, "from_snapshot_id": 2},
            {"spec_hash": D, "tag": "v1.0", "from_snapshot_id": 2},
        ],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
    )

    assert [
        (2, "rebuilt", None, "zlib", B, "1.3"),
        (2, "spec_added", None, "zlib", B, "1.3"),
        (2, "spec_added", None, "zlib", C, "1.3"),
        (2, "spec_removed", None, "zlib", A, "1.3"),
    ] == [row for row in ask(catalog, QUERY) if row[4] != D and row[4] is not None]
    assert [("v1.0", "package_added"), ("v1.0", "spec_added"), ("v1.0", "version_added")] == ask(
        catalog, "select tag, change from changes where tag = 'v1.0' order by change"
    )


def test_what_was_removed_a_night_before_was_not_rebuilt(warehouse, ask):
    """The removal and the addition have to be of one snapshot."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 3}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
    )

    assert [] == ask(catalog, "select spec_hash from changes where change = 'rebuilt'")


def test_what_comes_back_is_added_again(warehouse, ask):
    """Gone at 2, back at 3, as a spec, a package and a version."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "from_snapshot_id": 3}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
    )

    assert [
        (2, "package_removed"),
        (2, "spec_removed"),
        (2, "version_removed"),
        (3, "package_added"),
        (3, "spec_added"),
        (3, "version_added"),
    ] == [row[:2] for row in ask(catalog, QUERY)]
