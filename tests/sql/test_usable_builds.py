"""The macros nearest_builds and usable_builds: what comes near, and what a machine can use, on both DuckDB versions."""

import pytest

from .conftest import nights, snapshot

A, B, C, D, E = "a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32


def versions(*names: str) -> list[dict[str, object]]:
    """The versions of zlib, oldest first."""
    return [{"version": name, "version_order": number} for number, name in enumerate(names, start=1)]


# nearest_builds


def builds(*rows: dict[str, object], **other: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """Builds of zlib that stand under develop."""
    return {"specs": list(rows), "tag_specs": [{"spec_hash": row["spec_hash"]} for row in rows], **other}


def test_the_nearest_builds_are_those_that_run_here_by_version(warehouse, ask):
    """1.3 for rhel8 does not run, so it stands behind 1.1 that does; zen2 runs what was made for x86_64_v3, and not for zen4."""
    catalog = warehouse(
        **builds(
            {"spec_hash": A, "version": "1.1"},
            {"spec_hash": B, "version": "1.2", "target": "zen2"},
            {"spec_hash": C, "version": "1.3", "os": "rhel8", "target": "zen2"},
            {"spec_hash": D, "version": "1.3", "os": "rhel8", "target": "zen4"},
            {"spec_hash": E, "version": "1.3", "target": "zen4"},
            versions=versions("1.1", "1.2", "1.3"),
        )
    )

    query = """select rank, spec_hash, differences_text, difference_count, version_distance, is_usable
        from nearest_builds('zlib', '1.3', 'zen2', 'ubuntu24.04') order by rank"""
    assert [
        (1, B, "version 1.2, not 1.3", 1, 1, True),
        (2, A, "version 1.1, not 1.3; target x86_64_v3, which zen2 runs too", 2, 2, True),
        (3, C, "os rhel8, not ubuntu24.04", 1, 0, False),
        (4, E, "target zen4, not zen2", 1, 0, False),
        (5, D, "target zen4, not zen2; os rhel8, not ubuntu24.04", 2, 0, False),
    ] == ask(catalog, query)


def test_what_is_null_does_not_matter(warehouse, ask):
    """Every build of the package is what was wanted: the newest comes first."""
    catalog = warehouse(
        **builds(
            {"spec_hash": A, "version": "1.1", "os": "rhel8"},
            {"spec_hash": B, "version": "1.2", "target": "zen2"},
            {"spec_hash": C, "package": "zstd"},
            versions=versions("1.1", "1.2"),
        )
        | {"tag_specs": [{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}]}
    )

    query = (
        "select rank, spec_hash, differences_text, difference_count, is_usable from nearest_builds('zlib', null, null, null) order by rank"
    )
    assert [(1, B, "", 0, True), (2, A, "", 0, True)] == ask(catalog, query)
    assert [] == ask(catalog, "select spec_hash from nearest_builds(null, null, null, null)")


def test_the_beginning_of_a_version_means_all_that_begin_so(warehouse, ask):
    """1-14 and 1.14rc1 are of 1.14, 1.140 is not, nor is 1.014 taken for it; the distance counts from the nearest of them."""
    names = ("1.12", "1.13", "1.14rc1", "1-14", "1.014.3", "1.14.5", "1.140")
    catalog = warehouse(
        **builds(
            *(
                {"spec_hash": letter * 32, "version": version}
                for letter, version in zip("abcdefg", names, strict=True)
                if version != "1.12"
            ),
            versions=versions(*names),
        )
    )

    query = "select version, version_distance from nearest_builds('zlib', '{}', null, null) order by rank"
    assert [("1.14.5", 0), ("1-14", 0), ("1.14rc1", 0), ("1.140", 1), ("1.014.3", 1), ("1.13", 1)] == ask(catalog, query.format("1.14"))
    assert [("1.13", 1), ("1.14rc1", 2), ("1-14", 3), ("1.014.3", 4), ("1.14.5", 5), ("1.140", 6)] == ask(catalog, query.format("1.12"))


def test_of_a_version_that_never_was_there_the_longest_shared_beginning_is_nearest(warehouse, ask):
    """How many versions lie between is not known."""
    catalog = warehouse(
        **builds(
            {"spec_hash": A, "version": "1.14.5"},
            {"spec_hash": B, "version": "1.2.9"},
            {"spec_hash": C, "version": "2.14.9"},
            versions=versions("1.2.9", "1.14.5", "2.14.9"),
        )
    )

    query = "select version, version_distance, differences_text from nearest_builds('zlib', '1.14.9', null, null) order by rank"
    assert [
        ("1.14.5", None, "version 1.14.5, not 1.14.9"),
        ("1.2.9", None, "version 1.2.9, not 1.14.9"),
        ("2.14.9", None, "version 2.14.9, not 1.14.9"),
    ] == ask(catalog, query)


def test_a_build_under_several_tags_has_one_rank(warehouse, ask):
    """`rank <= 1` is one build, wherever it stands; equals are ranked by hash. What has left its tag is not there."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        tag_specs=[{"spec_hash": B}, {"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}],
        ended_tag_specs=[{"spec_hash": C}],
        versions=versions("1.3"),
    )

    query = "select rank, tag, spec_hash from nearest_builds('zlib', '1.3', null, null) order by rank, source, tag"
    assert [(1, "develop", A), (1, "v1.0", A), (2, "develop", B)] == ask(catalog, query)


def test_a_build_that_spack_cannot_ask_for_is_not_usable(warehouse, ask):
    """The key made up for a page without hashes is none that Spack knows; everything else may be as wanted."""
    key = "x-" + "0" * 30
    catalog = warehouse(
        **builds({"spec_hash": A, "version": "1.2"}, {"spec_hash": key, "is_hashed": False}, versions=versions("1.2", "1.3"))
    )

    query = """select spec_hash, differences_text, difference_count, is_usable
        from nearest_builds('zlib', '1.3', ' Zen2', 'UBUNTU24.04 ') order by rank"""
    assert [
        (A, "version 1.2, not 1.3; target x86_64_v3, which zen2 runs too", 2, True),
        (key, "target x86_64_v3, which zen2 runs too; no hash on its page", 1, False),
    ] == ask(catalog, query)
    assert [(A,)] == ask(catalog, "select spec_hash from usable_builds('zlib', ' Zen2', 'UBUNTU24.04 ')")


def test_where_the_version_does_not_matter_a_branch_is_the_farthest(warehouse, ask):
    """Nobody gets it who does not ask for it; `v4.develop` is one too, `developers` is none."""
    names = ("developers", "1.2", "v4.develop", "main")
    catalog = warehouse(
        **builds(
            *({"spec_hash": letter * 32, "version": version} for letter, version in zip("abcd", names, strict=True)),
            versions=versions(*names),
        )
    )

    query = "select version from nearest_builds('zlib', null, null, null) order by rank"
    assert [("1.2",), ("developers",), ("main",), ("v4.develop",)] == ask(catalog, query)


@pytest.mark.parametrize("macro", ["nearest_builds('zlib', null, null, null)", "usable_builds('zlib', null, null)"])
def test_a_page_that_is_left_over_offers_no_build(macro, warehouse, ask):
    """The mirror of its tag need not have it any more. Under another tag, or in another source, it may well be there."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own")),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": A, "source": "own"}],
        leftovers=[{}],
    )

    assert [("own", "develop"), ("public", "v1.0")] == ask(catalog, f"select source, tag from {macro} order by source, tag")


@pytest.mark.parametrize("macro", ["nearest_builds('zlib', null, null, null)", "usable_builds('zlib', null, null)"])
def test_a_build_that_another_package_claims_too_is_found(macro, warehouse, ask):
    """Its page says that zlib is it, whatever the page of zstd says, which counts more."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "package": "zstd"}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "package": "zstd"}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        spec_conflicts=[{"spec_hash": A, "package": "zstd", "field": "package", "value": "zlib", "document_count": 1}],
        versions=versions("1.3"),
    )

    assert [("zlib", A), ("zlib", B)] == ask(catalog, f"select package, spec_hash from {macro} order by spec_hash")


# usable_builds


def test_a_machine_uses_builds_for_its_system_and_target_newest_first(warehouse, ask):
    """Those for an ancestor too, its family included; of one version those for the nearest target come first."""
    catalog = warehouse(
        **builds(
            {"spec_hash": A, "version": "1.2", "target": "zen2"},
            {"spec_hash": B, "version": "1.3", "target": "x86_64"},
            {"spec_hash": C, "version": "1.3", "target": "x86_64_v3"},
            {"spec_hash": D, "version": "1.3", "target": "zen4"},
            {"spec_hash": E, "version": "1.3", "target": "x86_64_v3", "os": "rhel8"},
            versions=versions("1.2", "1.3"),
        )
    )
    query = "select rank, version, target, target_steps, spec_hash from usable_builds('zlib', 'zen2', {}) order by rank"

    assert [(1, "1.3", "x86_64_v3", 2, C), (2, "1.3", "x86_64", 4, B), (3, "1.2", "zen2", 0, A)] == ask(
        catalog, query.format("'ubuntu24.04'")
    )
    assert [E, C, B, A] == [spec for *_, spec in ask(catalog, query.format("null"))]


def test_of_a_machine_whose_target_is_not_known_every_target_may_be(warehouse, ask):
    """Then nothing is said of how near they are."""
    catalog = warehouse(**builds({"spec_hash": A}, {"spec_hash": B, "target": "neoverse_v2"}, versions=versions("1.3")))

    query = "select target, target_steps from usable_builds('zlib', null, 'ubuntu24.04') order by rank"
    assert [("neoverse_v2", None), ("x86_64_v3", None)] == ask(catalog, query)


def test_where_no_system_is_given_builds_of_every_platform_are_listed(warehouse, ask):
    """An M1 may run Linux or macOS; what the pages say nothing of stays unsaid."""
    mac = {"spec_hash": B, "platform": "darwin", "os": "sequoia", "target": "m1"}
    catalog = warehouse(
        specs=[{"spec_hash": A, "target": "aarch64"}, mac],
        tag_specs=[{"spec_hash": A, "stacks_text": None, "stack_count": None}, {"spec_hash": B, "stacks_text": "e4s", "stack_count": 1}],
        versions=versions("1.3"),
    )
    query = "select platform, os, target, stacks_text from usable_builds('zlib', 'm1', {}) order by rank"

    assert [("darwin", "sequoia", "m1", "e4s"), ("linux", "ubuntu24.04", "aarch64", None)] == ask(catalog, query.format("null"))
    assert [("darwin", "sequoia", "m1", "e4s")] == ask(catalog, query.format("'sequoia'"))


def test_spack_takes_no_branch_where_a_release_is_there(warehouse, ask):
    """Develop is newer than any number, and yet nobody gets it who does not ask; a release candidate is better than a branch."""
    names = ("1.2", "1.3-rc1", "3.develop", "nightly", "main", "develop")
    catalog = warehouse(
        **builds(
            *({"spec_hash": letter * 32, "version": version} for letter, version in zip("abcdef", names, strict=True)),
            versions=versions(*names),
        )
    )

    query = "select version from usable_builds('zlib', 'x86_64_v3', 'ubuntu24.04') order by rank"
    assert [("1.2",), ("1.3-rc1",), ("develop",), ("main",), ("nightly",), ("3.develop",)] == ask(catalog, query)
