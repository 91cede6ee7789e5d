"""The marts of what there is for which target, operating system and compiler, on both DuckDB versions."""

import pytest

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)

TARGETS = [
    {"target": "zen4", "family": "x86_64"},
    {"target": "x86_64_v3", "family": "x86_64"},
    {"target": "neoverse_v2", "family": "aarch64"},
    {"target": "brand_new"},
]
VERSIONS = [{"version": "1.9", "version_order": 1}, {"version": "1.10", "version_order": 2}]


def test_target_contents_name_the_newest_version_for_a_target_in_spacks_order(warehouse, ask):
    """Of zlib 1.10 and two builds of 1.9 for zen4, 1.10 is the newest; for a target unknown to archspec there is 1.9, of no family."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "zen4", "os": "ubuntu24.04"},
            {"spec_hash": B, "version": "1.10", "target": "zen4", "os": "ubuntu22.04"},
            {"spec_hash": C, "version": "1.9", "target": "zen4", "os": "ubuntu22.04"},
            {"spec_hash": D, "version": "1.9", "target": "brand_new", "os": "rhel8"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}, {"spec_hash": D}],
        targets=TARGETS,
        versions=VERSIONS,
    )

    query = """select target, package, target_family, newest_version, version_count, spec_count, os_text
               from target_contents order by target"""
    assert [
        ("brand_new", "zlib", None, "1.9", 1, 1, "rhel8"),
        ("zen4", "zlib", "x86_64", "1.10", 2, 3, "ubuntu22.04,ubuntu24.04"),
    ] == ask(catalog, query)


def test_target_contents_tell_platforms_apart(warehouse, ask):
    """Aarch64 of linux and of darwin are two rows, each with its own builds."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "aarch64"},
            {"spec_hash": B, "version": "1.10", "target": "aarch64", "platform": "darwin", "os": "sequoia"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}],
        targets=TARGETS,
        versions=VERSIONS,
    )

    query = "select platform, target, newest_version, spec_count, os_text from target_contents order by platform"
    assert [("darwin", "aarch64", "1.10", 1, "sequoia"), ("linux", "aarch64", "1.9", 1, "ubuntu24.04")] == ask(catalog, query)


@pytest.mark.parametrize("mart", ["target_contents", "coverage_matrix"])
def test_a_development_version_is_the_newest_only_where_there_is_no_release(warehouse, ask, mart):
    """For zen4 there are 1.9 and main, for aarch64 main alone."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "zen4"},
            {"spec_hash": B, "version": "main", "target": "zen4"},
            {"spec_hash": C, "version": "main", "target": "neoverse_v2"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        targets=TARGETS,
        versions=[{"version": "1.9", "version_order": 1}, {"version": "main", "version_order": 2}],
    )

    assert [("neoverse_v2", "main"), ("zen4", "1.9")] == ask(catalog, f"select target, newest_version from {mart} order by target")


def test_target_contents_keep_tags_and_sources_apart(warehouse, ask):
    """A build that stands in two tags and two sources is one build in each, and not three in one."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "version": "1.9"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": A, "source": "own"}],
        targets=TARGETS,
        versions=VERSIONS,
    )

    assert [("own", "develop", 1), ("public", "develop", 1), ("public", "v1.0", 1)] == ask(
        catalog, "select source, tag, spec_count from target_contents order by all"
    )


def test_build_counts_tell_builds_packages_and_configurations_apart(warehouse, ask):
    """Two builds of zlib that look alike and one of zstd are three builds, two packages and two configurations."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16, "package": "zstd"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        targets=TARGETS,
    )

    assert [("public", "develop", "linux", "x86_64", "x86_64_v3", "ubuntu24.04", "gcc", "13.2.0", 3, 2, 2)] == ask(
        catalog, "select * from build_counts"
    )


def test_build_counts_have_builds_of_unknown_compiler_and_target(warehouse, ask):
    """What is not known is NULL and counted, in each tag by itself."""
    unknown = {"compiler_name": None, "compiler_version": None, "target": "brand_new"}
    catalog = warehouse(
        specs=[{"spec_hash": A, **unknown}, {"spec_hash": B, **unknown}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": B, "tag": "v1.0"}],
        targets=TARGETS,
    )

    query = "select tag, target_family, target, compiler_name, compiler_version, spec_count from build_counts order by tag"
    assert [("develop", None, "brand_new", None, None, 2), ("v1.0", None, "brand_new", None, None, 1)] == ask(catalog, query)


def test_coverage_matrix_has_a_cell_for_each_stack_and_for_the_whole_tag(warehouse, ask):
    """A build shared by two stacks is one in each and one in the tag, where the build without stacks stands too."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "zen4"},
            {"spec_hash": B, "version": "1.10", "target": "zen4"},
            {"spec_hash": C, "version": "1.9", "target": "neoverse_v2", "os": "amzn2"},
        ],
        tag_specs=[{"spec_hash": A, "stack_count": 2}, {"spec_hash": B}, {"spec_hash": C, "stack_count": 1}],
        memberships=[{"spec_hash": A, "stack": "e4s"}, {"spec_hash": A, "stack": "hep"}, {"spec_hash": C, "stack": "hep"}],
        targets=TARGETS,
        versions=VERSIONS,
    )

    query = """select stack, package, os, target, target_family, spec_count, newest_version
               from coverage_matrix order by stack nulls first, os"""
    assert [
        (None, "zlib", "amzn2", "neoverse_v2", "aarch64", 1, "1.9"),
        (None, "zlib", "ubuntu24.04", "zen4", "x86_64", 2, "1.10"),
        ("e4s", "zlib", "ubuntu24.04", "zen4", "x86_64", 1, "1.9"),
        ("hep", "zlib", "amzn2", "neoverse_v2", "aarch64", 1, "1.9"),
        ("hep", "zlib", "ubuntu24.04", "zen4", "x86_64", 1, "1.9"),
    ] == ask(catalog, query)


def test_coverage_matrix_keeps_tags_and_sources_apart(warehouse, ask):
    """The stack of one name under two tags and of two sources has a cell for each."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "version": "1.9"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": A, "source": "own"}],
        memberships=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": A, "source": "own"}],
        targets=TARGETS,
        versions=VERSIONS,
    )

    assert [("own", "develop", 1), ("public", "develop", 1), ("public", "v1.0", 1)] == ask(
        catalog, "select source, tag, spec_count from coverage_matrix where stack = 'e4s' order by all"
    )


def test_stack_coverage_is_a_share_of_the_stacks_own_packages(warehouse, ask):
    """Of the two packages of e4s both have x86_64 and one aarch64; the tag has a third, in no stack, for a target of unknown family."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "target": "zen4"},
            {"spec_hash": B, "target": "neoverse_v2"},
            {"spec_hash": C, "target": "zen4", "package": "zstd"},
            {"spec_hash": D, "target": "brand_new", "package": "curl"},
        ],
        tag_specs=[
            {"spec_hash": A, "stack_count": 1},
            {"spec_hash": B, "stack_count": 1},
            {"spec_hash": C, "stack_count": 1, "package": "zstd"},
            {"spec_hash": D, "package": "curl"},
        ],
        memberships=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        targets=TARGETS,
    )

    query = """select stack, os, target_family, package_count, round(package_share, 3), spec_count
               from stack_coverage order by stack nulls first, target_family nulls last"""
    assert [
        (None, "ubuntu24.04", "aarch64", 1, 0.333, 1),
        (None, "ubuntu24.04", "x86_64", 2, 0.667, 2),
        (None, "ubuntu24.04", None, 1, 0.333, 1),
        ("e4s", "ubuntu24.04", "aarch64", 1, 0.5, 1),
        ("e4s", "ubuntu24.04", "x86_64", 2, 1.0, 2),
    ] == ask(catalog, query)


def test_stack_coverage_counts_a_package_once_for_all_targets_of_a_family(warehouse, ask):
    """Builds for zen4 and x86_64_v3 are two builds of one package, in each tag and source by itself."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "target": "zen4"}, {"spec_hash": B, "target": "x86_64_v3"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": A, "source": "own"}],
        targets=TARGETS,
    )

    assert [("own", "develop", 1, 1.0, 1), ("public", "develop", 1, 1.0, 2), ("public", "v1.0", 1, 1.0, 1)] == ask(
        catalog, "select source, tag, package_count, package_share, spec_count from stack_coverage order by all"
    )
