"""The marts: rows of the stored tables -> answers, on both DuckDB versions."""

from .conftest import snapshot

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


def test_package_contents_counts_builds_and_those_that_look_alike(warehouse, ask):
    """Two builds of one configuration are two builds and one configuration."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16, "target": "aarch64", "compiler_name": None, "compiler_version": None},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        versions=[{"version": "1.3", "version_order": 4, "is_newest": True}],
    )

    query = "select target, compiler_name, version, version_order, spec_count, configuration_count from package_contents order by target"
    assert [("aarch64", None, "1.3", 4, 1, 1), ("x86_64_v3", "gcc", "1.3", 4, 2, 1)] == ask(catalog, query)


def test_stack_contents_tells_shared_specs_from_a_stacks_own(warehouse, ask):
    """A spec of two stacks counts in both and is the own of neither; root is no stack."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        tag_specs=[
            {"spec_hash": A, "stack_count": 2},
            {"spec_hash": B, "stack_count": 1},
            {"spec_hash": C, "package": "zstd", "stack_count": 0, "is_root_only": True},
        ],
        memberships=[{"spec_hash": A, "stack": "e4s"}, {"spec_hash": A, "stack": "hep"}, {"spec_hash": B, "stack": "hep"}],
    )

    query = "select stack, package_count, spec_count, own_spec_count, configuration_count from stack_contents order by stack"
    assert [("e4s", 1, 1, 0, 1), ("hep", 1, 2, 1, 1)] == ask(catalog, query)


def test_coverage_gaps_are_families_that_others_of_the_tag_have(warehouse, ask):
    """Zlib has both families, zstd lacks aarch64; a family that the tag does not build for at all is no gap."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "target": "zen4"},
            {"spec_hash": B, "target": "neoverse_v2"},
            {"spec_hash": C, "package": "zstd", "target": "x86_64_v3"},
            {"spec_hash": D, "package": "zstd", "target": "zen4"},
        ],
        tag_specs=[
            {"spec_hash": A},
            {"spec_hash": B},
            {"spec_hash": C, "package": "zstd", "stacks_text": "hep,e4s"},
            {"spec_hash": D, "package": "zstd", "stacks_text": "hep"},
        ],
        targets=[
            {"target": "zen4", "family": "x86_64"},
            {"target": "x86_64_v3", "family": "x86_64"},
            {"target": "neoverse_v2", "family": "aarch64"},
            {"target": "power9le", "family": "ppc64le"},
        ],
    )

    query = "select package, has_family, lacks_family, spec_count, stacks_text from coverage_gaps"
    assert [("zstd", "x86_64", "aarch64", 2, "e4s,hep")] == ask(catalog, query)


def test_a_build_for_another_platform_fills_no_gap(warehouse, ask):
    """Zstd has aarch64 on darwin only, so that it lacks it on linux; on darwin nothing has x86_64, so that there is no gap there."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "target": "zen4"},
            {"spec_hash": B, "target": "neoverse_v2"},
            {"spec_hash": C, "package": "zstd", "target": "zen4"},
            {"spec_hash": D, "package": "zstd", "target": "m2", "platform": "darwin"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}, {"spec_hash": D, "package": "zstd"}],
        targets=[
            {"target": "zen4", "family": "x86_64"},
            {"target": "neoverse_v2", "family": "aarch64"},
            {"target": "m2", "family": "aarch64"},
        ],
    )

    assert [("public", "develop", "linux", "zstd", "x86_64", "aarch64", 1, "")] == ask(catalog, "select * from coverage_gaps")


def test_a_gap_names_no_stacks_where_its_pages_say_nothing_of_them(warehouse, ask):
    """That is NULL; builds that stand in none have the empty text; and what some pages say is told."""
    packages = {"silent": (None, None), "none": ("", ""), "some": (None, "e4s")}
    specs = [
        {"spec_hash": f"{package[0]}{number}" + "a" * 30, "package": package, "target": "zen4", "stacks_text": text}
        for package, texts in packages.items()
        for number, text in enumerate(texts)
    ]
    catalog = warehouse(
        specs=[*specs, {"spec_hash": A, "target": "neoverse_v2"}],
        tag_specs=[*specs, {"spec_hash": A}],
        targets=[{"target": "zen4", "family": "x86_64"}, {"target": "neoverse_v2", "family": "aarch64"}],
    )

    query = "select package, stacks_text from coverage_gaps where has_family = 'x86_64' order by package"
    assert [("none", ""), ("silent", None), ("some", "e4s")] == ask(catalog, query)


def test_coverage_gaps_keep_tags_and_sources_apart(warehouse, ask):
    """What one tag has another may lack; neither is a gap of the other."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "target": "zen4"}, {"spec_hash": B, "target": "neoverse_v2"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B, "tag": "v1.0"}, {"spec_hash": B, "source": "own"}],
        targets=[{"target": "zen4", "family": "x86_64"}, {"target": "neoverse_v2", "family": "aarch64"}],
    )

    assert [] == ask(catalog, "select * from coverage_gaps")


def test_newest_versions_go_by_spacks_order_for_each_target_and_stack(warehouse, ask):
    """zlib 1.10 stands for zen4 in e4s, for aarch64 only 1.9: one version behind. Builds of the newest are counted."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "zen4"},
            {"spec_hash": B, "version": "1.10", "target": "zen4"},
            {"spec_hash": C, "version": "1.10", "target": "zen4"},
            {"spec_hash": D, "version": "1.9", "target": "aarch64"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}, {"spec_hash": D}, {"spec_hash": A, "tag": "v1.0"}],
        memberships=[{"spec_hash": A, "stack": "hep"}, {"spec_hash": B, "stack": "e4s"}],
        versions=[{"version": "1.9", "version_order": 1}, {"version": "1.10", "version_order": 2}],
    )

    query = """select tag, target, stack, version, newest_version, versions_behind, spec_count
               from newest_versions order by tag, target, stack nulls first"""
    assert [
        ("develop", "aarch64", None, "1.9", "1.10", 1, 1),
        ("develop", "zen4", None, "1.10", "1.10", 0, 2),
        ("develop", "zen4", "e4s", "1.10", "1.10", 0, 1),
        ("develop", "zen4", "hep", "1.9", "1.10", 1, 1),
        ("v1.0", "zen4", None, "1.9", "1.9", 0, 1),
    ] == ask(catalog, query)


def test_a_development_version_hides_no_release_and_stands_where_there_is_none(warehouse, ask):
    """Beside main, 2.0 is the newest; aarch64, with 1.0 and main, is one release behind; zen3 has nothing but main and is two behind."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "2.0", "target": "zen4"},
            {"spec_hash": B, "version": "1.0", "target": "aarch64"},
            {"spec_hash": C, "version": "main", "target": "zen3"},
            {"spec_hash": D, "version": "main", "target": "aarch64"},
        ],
        tag_specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        versions=[{"version": version, "version_order": order} for order, version in enumerate(("1.0", "2.0", "main"), start=1)],
    )

    query = "select target, version, newest_version, versions_behind, spec_count from newest_versions order by target"
    assert [("aarch64", "1.0", "2.0", 1, 1), ("zen3", "main", "2.0", 2, 1), ("zen4", "2.0", "2.0", 0, 1)] == ask(catalog, query)


def test_newest_versions_tell_platforms_apart(warehouse, ask):
    """One target of two platforms is two rows; what is newest is said of the package, on any of them."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "version": "1.9", "target": "aarch64"},
            {"spec_hash": B, "version": "1.10", "target": "aarch64", "platform": "darwin"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}],
        versions=[{"version": "1.9", "version_order": 1}, {"version": "1.10", "version_order": 2}],
    )

    query = "select platform, target, version, newest_version, versions_behind from newest_versions order by platform"
    assert [("darwin", "aarch64", "1.10", "1.10", 0), ("linux", "aarch64", "1.9", "1.10", 1)] == ask(catalog, query)


def test_dependents_count_builds_not_edges_or_tags(warehouse, ask):
    """A build in two tags that links and runs with openssl 3.1 is one build; one that only builds with it does not hold its code."""
    edge = {"dependency_package": "openssl", "dependency_hash": D, "dependency_version": "3.1"}
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "curl", "version": "8.0"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B}, {"spec_hash": C, "package": "curl"}],
        spec_dependencies=[
            {"spec_hash": A, **edge, "kind": "link"},
            {"spec_hash": A, **edge, "kind": "run"},
            {"spec_hash": B, **edge, "kind": "build"},
            {"spec_hash": C, **edge, "kind": "link", "dependency_version": None},
        ],
    )

    assert [
        ("openssl", "3.1", "zlib", "1.3", 2, 1, "develop,v1.0"),
        ("openssl", None, "curl", "8.0", 1, 1, "develop"),
    ] == ask(catalog, "select * from dependents order by dependency_version")


def test_source_matches_say_hash_before_configuration_before_none(warehouse, ask):
    """For each other source; a spec that stands under two tags of its source is one."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16},
        ],
        tag_specs=[
            {"spec_hash": A},
            {"spec_hash": A, "tag": "v1.0"},
            {"spec_hash": A, "source": "own"},
            {"spec_hash": B, "source": "own"},
            {"spec_hash": C, "source": "own"},
        ],
        snapshots=(snapshot(), snapshot("own")),
    )

    assert [
        ("own", "public", A, "hash"),
        ("own", "public", B, "configuration"),
        ("own", "public", C, "none"),
        ("public", "own", A, "hash"),
    ] == ask(catalog, "select source, other_source, spec_hash, match from source_matches order by all")
    assert [("own", "public", 3, 1, 1, 1), ("public", "own", 1, 1, 0, 0)] == ask(
        catalog,
        "select source, other_source, spec_count, same_spec_count, alike_spec_count, lacking_spec_count from source_overlap order by all",
    )


def test_a_warehouse_of_one_source_has_nothing_to_match(warehouse, ask):
    """No rows, not rows of nothing."""
    catalog = warehouse(specs=[{"spec_hash": A}], tag_specs=[{"spec_hash": A}])

    assert [] == ask(catalog, "select * from source_matches") == ask(catalog, "select * from source_overlap")
