"""The macros about builds: what differs, what comes near, what a machine can use and how to install it, on both DuckDB versions."""

import archspec.cpu
import duckdb
import pytest

from .conftest import night, nights, snapshot

A, B, C, D, E = ("a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32)
NEAR_A = "aaaaaaab" + "a" * 24  # begins as A does


def option(spec: str, variant: str, value: str, **other: object) -> dict[str, object]:
    """An option of a spec."""
    return {"spec_hash": spec, "variant": variant, "value": value, "kind": "value", "is_propagated": False, **other}


def dependency(spec: str, package: str, version: str | None, hash_: str) -> dict[str, object]:
    """A spec that another needs."""
    return {"spec_hash": spec, "dependency_hash": hash_, "dependency_package": package, "dependency_version": version, "kind": "link"}


def versions(*names: str) -> list[dict[str, object]]:
    """The versions of zlib, oldest first."""
    return [{"version": name, "version_order": number} for number, name in enumerate(names, start=1)]


# compatible_targets


def test_a_machine_runs_what_was_built_for_it_and_for_what_it_is_a_successor_of(warehouse, ask):
    """The cache need not build for it: nobody builds for zen3, whose owner asks all the same."""
    query = "select target, target_steps from compatible_targets('zen3') order by target_steps"

    assert [("zen3", 0), ("zen2", 1), ("zen", 2), ("x86_64_v3", 3), ("x86_64_v2", 4), ("x86_64", 5)] == ask(warehouse(), query)


def test_a_target_may_be_typed_in_large_letters_or_beside_blanks(warehouse, ask):
    """All targets have small ones."""
    query = "select target, target_steps from compatible_targets(' X86_64_V2 ') order by target_steps"

    assert [("x86_64_v2", 0), ("x86_64", 1)] == ask(warehouse(), query)


def test_a_machine_that_archspec_does_not_know_runs_its_own_builds(warehouse, ask):
    """Of one that is not named nothing is known."""
    catalog = warehouse()

    assert [("graviton2", 0)] == ask(catalog, "select target, target_steps from compatible_targets('graviton2')")
    assert [] == ask(catalog, "select target from compatible_targets(null)")


def test_what_a_later_archspec_told_when_the_cache_was_read_is_known_too(warehouse, ask):
    """A target that the list lacks has the ancestors that its row has."""
    catalog = warehouse(targets=[{"target": "zen9", "ancestors_text": "zen5 zen4 x86_64"}])

    query = "select target from compatible_targets('zen9') order by target_steps"
    assert [("zen9",), ("zen5",), ("zen4",), ("x86_64",)] == ask(catalog, query)


def test_the_list_of_targets_is_that_of_the_installed_archspec(warehouse):
    """Where this fails, archspec has learned something: bring the list of the macro up to date."""
    expected = sorted((name, ancestor.name) for name, known in archspec.cpu.TARGETS.items() for ancestor in (known, *known.ancestors))
    with duckdb.connect(str(warehouse()), read_only=True) as connection:
        found = [
            (name, target)
            for name in archspec.cpu.TARGETS
            for (target,) in connection.execute(f"select target from compatible_targets('{name}')").fetchall()
        ]

    assert expected == sorted(found)


def test_no_target_comes_before_one_that_it_is_an_ancestor_of(warehouse):
    """Otherwise x86_64 could be called nearer than x86_64_v3."""
    with duckdb.connect(str(warehouse()), read_only=True) as connection:
        for name in archspec.cpu.TARGETS:
            order = [
                row[0] for row in connection.execute(f"select target from compatible_targets('{name}') order by target_steps").fetchall()
            ]
            misplaced = [(a, b) for i, a in enumerate(order) for b in order[i:] if archspec.cpu.TARGETS[b] > archspec.cpu.TARGETS[a]]

            assert [] == misplaced


# spec_diff

PAIR = {
    "specs": [
        {"spec_hash": A, "variants_text": "said"},
        {"spec_hash": B, "variants_text": "said", "version": "1.2", "compiler_name": None, "compiler_version": None},
    ],
    "spec_variants": [
        option(A, "cuda_arch", "90"),
        option(A, "cuda_arch", "100"),
        option(B, "cuda_arch", "100"),
        option(A, "pic", "true"),
        option(B, "pic", "true"),
        option(B, "shared", "true"),
    ],
}


def test_a_field_or_option_that_both_have_stands_beside_its_like(warehouse, ask):
    """Several values are joined in byte order; an option that one lacks is NULL there; an unknown compiler may be the same or not."""
    rows = ask(warehouse(**PAIR), f"select * from spec_diff('{A}', '{B}') order by field")

    assert [
        ("compiler", "gcc@13.2.0", None, None),
        ("os", "ubuntu24.04", "ubuntu24.04", True),
        ("package", "zlib", "zlib", True),
        ("platform", "linux", "linux", True),
        ("spec_hash", A, B, False),
        ("target", "x86_64_v3", "x86_64_v3", True),
        ("variant cuda_arch", "100,90", "100", False),
        ("variant pic", "true", "true", True),
        ("variant shared", None, "true", False),
        ("version", "1.3", "1.2", False),
    ] == rows


def test_an_option_that_goes_on_to_dependencies_is_another(warehouse, ask):
    """`++pic` is not `+pic`."""
    given = {**PAIR, "spec_variants": [option(A, "pic", "true", is_propagated=True), option(B, "pic", "true")]}

    query = f"select value_a, value_b, is_equal from spec_diff('{A}', '{B}') where field = 'variant pic'"
    assert [("true (handed on)", "true", False)] == ask(warehouse(**given), query)


def test_options_are_not_compared_with_a_page_that_says_none(warehouse, ask):
    """That is not the same as a build without options, whose text is empty."""
    given = {**PAIR, "specs": [*PAIR["specs"], {"spec_hash": C, "variants_text": None}, {"spec_hash": D, "variants_text": ""}]}
    catalog = warehouse(**given)
    query = "select value_a, value_b, is_equal from spec_diff('{}', '{}') where field = 'variant pic'"

    assert [("true", None, None)] == ask(catalog, query.format(A, C))
    assert [("true", None, False)] == ask(catalog, query.format(A, D))


def test_dependencies_and_flags_are_compared_where_both_are_known(warehouse, ask):
    """By package: version and hash. The page of C tells of neither, the index of B has no flags for it."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        spec_dependencies=[
            dependency(A, "cmake", "3.31", D),
            dependency(A, "gcc", None, E),
            dependency(B, "cmake", "3.31", D),
            dependency(B, "cmake", "3.30", C),
        ],
        spec_flags=[{"spec_hash": A, "flag": "cflags", "value": "-O2 -g"}],
    )
    query = "select field, value_a, value_b, is_equal from spec_diff('{}', '{}') where field like 'dep%' or field like 'flag%' order by 1"

    assert [
        ("dependency cmake", f"3.31/{D}", f"3.30/{C},3.31/{D}", False),
        ("dependency gcc", f"/{E}", None, False),
        ("flag cflags", "-O2 -g", None, False),
    ] == ask(catalog, query.format(A, B))
    assert {None} == {is_equal for *_, is_equal in ask(catalog, query.format(A, C))}


def test_a_build_may_be_named_by_the_beginning_of_its_hash(warehouse, ask):
    """With Spack's slash or without."""
    catalog = warehouse(specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}, {"spec_hash": B}])

    asked = (
        f"select value_a, value_b from spec_diff('{given}', '{B}') where field = 'spec_hash'" for given in (A[:8], f"/{A[:8]}", f"/{A}")
    )
    assert [(A, B)] * 3 == ask(catalog, " union all ".join(asked))


def test_a_hash_of_no_build_or_of_several_is_null_in_each_row(warehouse, ask):
    """Two builds begin with seven a; six characters are too few; C is unknown."""
    catalog = warehouse(specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}, {"spec_hash": B}])
    nothing = ("aaaaaaa", "bbbbbb", "", C)

    asked = (f"select value_a, value_b, is_equal from spec_diff('{given}', '{B}') where field = 'version'" for given in nothing)
    assert [(None, "1.3", None)] * 4 == ask(catalog, " union all ".join(asked))
    assert [] == ask(catalog, " union all ".join(f"select field from spec_diff('{given}', null)" for given in nothing))


def test_a_build_differs_from_itself_in_nothing(warehouse, ask):
    """Both sides are looked up by themselves."""
    query = f"select count(*), count(*) filter (where is_equal) from spec_diff('{A}', '{A}')"

    assert [(9, 9)] == ask(warehouse(**PAIR), query)


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


# install_command

KEYS = " && spack buildcache keys --install --trust"


def test_a_build_is_installed_from_the_mirror_of_its_tag(warehouse, ask):
    """A row for each tag that holds it; the beginning of the hash is enough, and the command has all of it."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2, "first_snapshot_id": 2},
            {"spec_hash": A, "tag": "v1.0.0", "is_root_only": True},
            {"spec_hash": B},
        ],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v1.0.0", "kind": "release"}],
        documents=[{}, {"tag": "v1.0.0", "layout": "E"}],
    )

    command = f"spack install --use-buildcache only /{A}"
    mirror = "spack mirror add {0} https://binaries.spack.io/{0}" + KEYS
    assert [
        ("public", "develop", "zlib", "1.3", A, True, "e4s,hep", False, command, mirror.format("develop"), str(night(2)), str(night(3))),
        ("public", "v1.0.0", "zlib", "1.3", A, True, "", True, command, mirror.format("v1.0.0"), str(night(1)), str(night(3))),
    ] == ask(catalog, "select * from install_command('/aaaaaaa') order by tag")


def test_a_build_outside_root_is_in_the_mirror_of_its_stack(warehouse, ask):
    """The first of them, as good as any; also under a tag that has no root."""
    outside = {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2}
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[{**outside, "is_in_root": False}, {**outside, "tag": "v0.18", "is_in_root": None}],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v0.18", "kind": "release"}],
        documents=[{}, {"tag": "v0.18", "layout": "D"}],
    )

    assert [
        ("spack mirror add develop-e4s https://binaries.spack.io/develop/e4s" + KEYS,),
        ("spack mirror add v0.18-e4s https://binaries.spack.io/v0.18/e4s" + KEYS,),
    ] == ask(catalog, f"select mirror_command from install_command('{A}') order by tag")


def test_a_build_that_is_gone_tells_until_when_it_was_there(warehouse, ask):
    """Its last stay counts; where it came back, the one that lasts."""
    catalog = warehouse(
        snapshots=nights(5),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "tag": "v1.0.0", "from_snapshot_id": 5}],
        ended_tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s", "to_snapshot_id": 2},
            {"spec_hash": A, "stacks_text": "hep", "from_snapshot_id": 3, "to_snapshot_id": 4},
            {"spec_hash": A, "tag": "v1.0.0", "to_snapshot_id": 3},
        ],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v1.0.0", "kind": "release"}],
        documents=[{}, {"tag": "v1.0.0"}],
    )

    query = f"""select tag, is_current, stacks_text, command is null, mirror_command is null, first_seen_at, last_seen_at
        from install_command('{A}') order by tag"""
    assert [
        ("develop", False, "hep", True, True, str(night(1)), str(night(3))),
        ("v1.0.0", True, "", False, False, str(night(1)), str(night(5))),
    ] == ask(catalog, query)


def test_a_key_made_up_for_a_page_without_hashes_installs_nothing(warehouse, ask):
    """Spack would not know it."""
    key = "x-" + "0" * 30
    catalog = warehouse(
        specs=[{"spec_hash": key, "is_hashed": False}],
        tag_specs=[{"spec_hash": key}],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{"layout": "A"}],
    )

    assert [(True, None, None)] == ask(catalog, f"select is_current, command, mirror_command from install_command('{key}')")


def test_no_address_is_made_of_what_is_no_name(warehouse, ask):
    """A mirror's own index has no tag; what a page writes must not become a part of somebody's shell."""
    stacks = {"untagged": "e4s", "v1": "e4s; echo", "v2": "$(echo)", "v3": "a b", "v4": "../e4s"}
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[
            {"spec_hash": A, "tag": tag, "stacks_text": stack, "stack_count": 1, "is_in_root": False} for tag, stack in stacks.items()
        ],
        tags=[{"tag": tag, "kind": "other" if tag == "untagged" else "release"} for tag in stacks],
        documents=[{"tag": tag, "path": f"{number}.md"} for number, tag in enumerate(stacks)],
    )

    assert [(True, None)] * 5 == ask(catalog, f"select command is not null, mirror_command from install_command('{A}')")


def test_only_pages_of_the_public_cache_tell_where_their_mirror_is(warehouse, ask):
    """Where an index of one's own is kept, only its owner knows; the command is the same."""
    sources = {"index": "buildcache", "later": "site", "pages": "G"}
    catalog = warehouse(
        snapshots=tuple(snapshot(source) for source in sources),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "source": source} for source in sources],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{"source": source, "layout": layout} for source, layout in sources.items()],
    )

    query = f"select source, command is not null, mirror_command is not null from install_command('{A}') order by source"
    assert [("index", True, False), ("later", True, False), ("pages", True, True)] == ask(catalog, query)


def test_what_a_page_that_is_left_over_holds_is_not_to_be_installed(warehouse, ask):
    """It says that the build is there, and where, but its package has left the tag: nothing keeps it in the mirror."""
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "stacks_text": "old", "stack_count": 1}],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{}],
        leftovers=[{}],
    )

    query = f"select is_current, stacks_text, command, mirror_command from install_command('{A}')"
    assert [(True, "old", None, None)] == ask(catalog, query)


def test_what_is_too_short_or_unknown_has_no_rows(warehouse, ask):
    """Six characters might be many builds."""
    catalog = warehouse(snapshots=(snapshot(),), specs=[{"spec_hash": A}], tag_specs=[{"spec_hash": A}])

    asked = (f"select spec_hash from install_command({given})" for given in ("'aaaaaa'", "''", f"'{C}'", "null"))
    assert [] == ask(catalog, " union all ".join(asked))


def test_several_builds_that_begin_so_have_their_rows_each(warehouse, ask):
    """Sources are not added up either."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own")),
        specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}, {"spec_hash": A, "source": "own", "tag": "untagged"}],
    )

    query = "select source, spec_hash from install_command('aaaaaaa') order by source, spec_hash"
    assert [("own", A), ("public", A), ("public", NEAR_A)] == ask(catalog, query)
