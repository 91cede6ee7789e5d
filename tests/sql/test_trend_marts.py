"""The marts over time and over tags: rows of the stored tables -> answers, on both DuckDB versions."""

import datetime as dt

from .conftest import nights, snapshot

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


def test_the_trend_counts_what_stood_there_after_each_snapshot(warehouse, ask):
    """Two builds of one configuration, then one gone and a package more; nothing at 3; at 4 zlib is gone, and all of e4s."""
    catalog = warehouse(
        snapshots=nights(4),
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16, "package": "zstd"},
        ],
        tag_specs=[{"spec_hash": C, "package": "zstd", "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}, {"spec_hash": B, "to_snapshot_id": 4}],
        ended_memberships=[{"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 4}],
    )

    query = """select snapshot_id, stack, spec_count, package_count, configuration_count, duplicate_share
               from snapshot_trend order by stack nulls first, snapshot_id"""
    assert [
        (1, None, 2, 1, 1, 0.5),
        (2, None, 2, 2, 2, 0.0),
        (3, None, 2, 2, 2, 0.0),
        (4, None, 1, 1, 1, 0.0),
        (2, "e4s", 1, 1, 1, 0.0),
        (3, "e4s", 1, 1, 1, 0.0),
        (4, "e4s", 0, 0, 0, None),
    ] == ask(catalog, query)


def test_the_trend_is_not_moved_by_builds_that_replace_each_other(warehouse, ask):
    """One build for another of the same package at one snapshot: neither package nor configuration went."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "configuration_id": "2" * 16}],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}, {"spec_hash": C, "to_snapshot_id": 2}],
    )

    query = "select snapshot_id, spec_count, package_count, configuration_count from snapshot_trend order by snapshot_id"
    assert [(1, 2, 1, 2), (2, 1, 1, 1)] == ask(catalog, query)


def test_what_ends_has_one_row_of_zeros_and_none_until_it_comes_back(warehouse, ask):
    """There at 2, gone at 3, still gone at 4, back at 5: its first row is at 2, and 4 has none."""
    catalog = warehouse(
        snapshots=nights(5),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "from_snapshot_id": 5}],
        ended_tag_specs=[{"spec_hash": A, "from_snapshot_id": 2, "to_snapshot_id": 3}],
    )

    query = "select snapshot_id, spec_count, duplicate_share, is_observed from snapshot_trend order by snapshot_id"
    assert [(2, 1, 0.0, True), (3, 0, None, True), (5, 1, 0.0, True)] == ask(catalog, query)


def test_the_trend_says_which_numbers_are_those_of_before(warehouse, ask):
    """At 2 e4s was not observed, at 3 the whole tag and so each stack of it; the same tag of another source was."""
    catalog = warehouse(
        snapshots=(*nights(3), *nights(3, "own")),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "source": "own"}],
        memberships=[{"spec_hash": A, "stack": "e4s"}, {"spec_hash": A, "stack": "hep"}],
        gaps=[{"snapshot_id": 2, "stack": "e4s"}, {"snapshot_id": 3, "stack": None}],
    )

    query = "select stack, snapshot_id, spec_count from snapshot_trend where {} order by stack nulls first, snapshot_id"
    assert [(None, 3, 1), ("e4s", 2, 1), ("e4s", 3, 1), ("hep", 3, 1)] == ask(catalog, query.format("not is_observed"))
    assert [(None, 1, 1), (None, 2, 1), (None, 3, 1)] == ask(catalog, query.format("is_observed and source = 'own'"))


def test_the_share_of_duplicates_is_one_division(warehouse, ask):
    """One of five builds looks like another: 0.2, with no digit of a subtraction behind it."""
    specs = [{"spec_hash": letter * 32, "configuration_id": number * 16} for letter, number in zip("abcde", "11234", strict=True)]
    catalog = warehouse(specs=specs, tag_specs=specs)

    assert [(0.2,)] == ask(catalog, "select duplicate_share from snapshot_trend")


WEEKLY = {
    "snapshots": nights(2),
    "documents": [
        {"tag": "develop"},
        {"tag": "develop-2026-11-08"},
        {"tag": "develop-2026-11-15"},
    ],
    "published_tag_counts": [{"tag": "develop-2026-11-15", "published_spec_count": 9}],
    "gaps": [{"snapshot_id": 2, "tag": "develop-2026-11-08", "stack": None}],
    "tags": [
        {"tag": "develop"},
        {"tag": "develop-2026-11-08", "kind": "weekly", "tag_date": dt.date(2026, 11, 8)},
        {"tag": "develop-2026-11-15", "kind": "weekly", "tag_date": dt.date(2026, 11, 15)},
    ],
    "specs": [
        {"spec_hash": A, "compiler_version": "12", "os": "ubuntu22.04"},
        {"spec_hash": B, "compiler_version": "13", "os": "ubuntu24.04"},
        {"spec_hash": C, "compiler_version": "13", "os": "ubuntu24.04", "version": "1.4", "configuration_id": "1" * 16},
        {"spec_hash": D, "compiler_name": None, "compiler_version": None, "os": "ubuntu24.04", "package": "zstd", "target": "zen4"},
    ],
    "tag_specs": [
        {"spec_hash": A},
        {"spec_hash": A, "tag": "develop-2026-11-08"},
        {"spec_hash": A, "tag": "develop-2026-11-15"},
        {"spec_hash": B, "tag": "develop-2026-11-15"},
        {"spec_hash": C, "tag": "develop-2026-11-15"},
        {"spec_hash": D, "tag": "develop-2026-11-15", "package": "zstd"},
    ],
}


def test_dated_tags_are_a_history_of_their_own(warehouse, ask):
    """Develop has no date and is not among them. The last snapshot did not see one of them; the other claims nine specs: it is partial."""
    assert [
        ("public", "develop-2026-11-08", "2026-11-08", 1, 1, 1, 1, 1, 1, 1, None, False),
        ("public", "develop-2026-11-15", "2026-11-15", 4, 4, 2, 3, 2, 2, 2, True, True),
    ] == ask(warehouse(**WEEKLY), "select * from dated_tags order by tag_date")


def test_migrations_are_shares_of_each_dated_tag(warehouse, ask):
    """gcc 12 to 13, ubuntu 22.04 to 24.04; an unknown compiler has a share too; shares of packages overlap."""
    catalog = warehouse(**WEEKLY)

    compilers = """select tag_date, compiler_name, compiler_version, spec_count, package_count, spec_share, package_share
                   from compiler_migration order by all nulls last"""
    assert [
        ("2026-11-08", "gcc", "12", 1, 1, 1.0, 1.0),
        ("2026-11-15", "gcc", "12", 1, 1, 0.25, 0.5),
        ("2026-11-15", "gcc", "13", 2, 1, 0.5, 0.5),
        ("2026-11-15", None, None, 1, 1, 0.25, 0.5),
    ] == ask(catalog, compilers)
    assert [
        ("2026-11-08", "ubuntu22.04", 1, 1, 1.0, 1.0),
        ("2026-11-15", "ubuntu22.04", 1, 1, 0.25, 0.5),
        ("2026-11-15", "ubuntu24.04", 3, 2, 0.75, 1.0),
    ] == ask(catalog, "select tag_date, os, spec_count, package_count, spec_share, package_share from os_migration order by all")
    for mart in ("compiler_migration", "os_migration"):
        assert [("develop-2026-11-08", None, False), ("develop-2026-11-15", True, True)] == ask(
            catalog, f"select distinct tag, is_partial, is_observed from {mart} order by all"
        )


def test_a_release_beside_develop_lacks_has_older_or_the_same(warehouse, ask):
    """By Spack's order of versions; whether the release, or develop, is known to be partial is said with it."""
    versions = {"old": ("1.9", "1.10"), "new": ("1.10", "1.9"), "same": ("1.9", "1.9"), "missing": (None, "1.9"), "gone": ("1.9", None)}
    specs = [
        {"spec_hash": f"{package[0]}{side}" + "a" * 30, "package": package, "version": version, "tag": ("v1.0", "develop")[side]}
        for package, both in versions.items()
        for side, version in enumerate(both)
        if version is not None
    ]
    catalog = warehouse(
        tags=[{"tag": "develop"}, {"tag": "v1.0", "kind": "release"}],
        documents=[{"tag": "develop"}, {"tag": "v1.0"}],
        specs=specs,
        tag_specs=specs,
        published_tag_counts=[{"tag": "v1.0", "published_spec_count": 9}, {"tag": "develop", "published_spec_count": 4}],
        versions=[
            {"package": package, "version": version, "version_order": order}
            for package in versions
            for order, version in enumerate(("1.9", "1.10"), start=1)
        ],
    )

    query = """select package, release_version, develop_version, release_spec_count, develop_spec_count, state,
                      is_partial, is_develop_partial
               from release_gaps order by package"""
    assert [
        ("gone", "1.9", None, 1, 0, "gone", True, False),
        ("missing", None, "1.9", 0, 1, "missing", True, False),
        ("new", "1.10", "1.9", 1, 1, "newer", True, False),
        ("old", "1.9", "1.10", 1, 1, "older", True, False),
        ("same", "1.9", "1.9", 1, 1, "same", True, False),
    ] == ask(catalog, query)


def test_a_release_is_beside_develops_newest_release(warehouse, ask):
    """Develop has main and 2.0, the release main and 1.0: it is older. Where both have nothing but main they are the same."""
    rows = [
        {"spec_hash": letter * 32, "package": package, "version": version, "tag": tag}
        for letter, package, version, tag in (
            ("a", "zlib", "2.0", "develop"),
            ("b", "zlib", "main", "develop"),
            ("c", "zlib", "1.0", "v1.0"),
            ("d", "zlib", "main", "v1.0"),
            ("e", "zstd", "main", "develop"),
            ("f", "zstd", "main", "v1.0"),
        )
    ]
    catalog = warehouse(
        tags=[{"tag": "develop"}, {"tag": "v1.0", "kind": "release"}],
        documents=[{"tag": "develop"}, {"tag": "v1.0"}],
        specs=rows,
        tag_specs=rows,
        versions=[
            {"package": package, "version": version, "version_order": order}
            for package in ("zlib", "zstd")
            for order, version in enumerate(("1.0", "2.0", "main"), start=1)
        ],
    )

    query = "select package, release_version, develop_version, state, is_develop_partial from release_gaps order by package"
    assert [("zlib", "1.0", "2.0", "older", None), ("zstd", "main", "main", "same", None)] == ask(catalog, query)


def test_a_source_without_develop_compares_no_release(warehouse, ask):
    """Nothing is missing there but the other side."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own")),
        tags=[{"tag": "develop"}, {"tag": "v1.0", "kind": "release"}],
        documents=[{"tag": "develop"}, {"tag": "v1.0", "source": "own"}],
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0", "source": "own"}],
    )

    assert [] == ask(catalog, "select package from release_gaps")
