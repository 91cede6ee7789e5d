"""Builds in one table: a row for each build under a tag, and how many of them each stack has; on both DuckDB versions."""

A, B = "a" * 32, "b" * 32


def test_a_build_is_one_row_under_each_tag_with_or_without_stacks(warehouse, ask):
    """A build of two stacks is one row, one that is in root alone too; a target that archspec does not know has no family."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "target": "zen4"},
            {"spec_hash": B, "target": "unheard_of", "compiler_name": None, "compiler_version": None},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B, "is_root_only": True}],
        memberships=[{"spec_hash": A, "stack": "hep"}, {"spec_hash": A, "stack": "e4s"}],
        targets=[{"target": "zen4", "family": "x86_64"}, {"target": "unheard_of", "family": None}],
    )

    query = "select tag, spec_hash, compiler_name, target_family, stacks_text, is_root_only from tag_builds order by tag, spec_hash"
    assert [
        ("develop", A, "gcc", "x86_64", "e4s,hep", False),
        ("develop", B, None, None, "", True),
        ("v1.0", A, "gcc", "x86_64", "", False),
    ] == ask(catalog, query)


def test_a_hash_that_two_packages_claim_is_one_row(warehouse, ask):
    """Under each tag and source that it stands in, whichever page lists it there."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "package": "zlib"}],
        tag_specs=[
            {"spec_hash": A, "package": "zlib"},
            {"spec_hash": A, "package": "forged"},
            {"spec_hash": A, "package": "forged", "tag": "v1.0"},
            {"spec_hash": A, "package": "zlib", "source": "own"},
        ],
        spec_conflicts=[{"spec_hash": A, "field": "package", "value": "forged", "document_count": 1}],
    )

    assert [("own", "develop"), ("public", "develop"), ("public", "v1.0")] == ask(
        catalog, "select source, tag from tag_builds order by all"
    )


def test_a_stack_has_its_builds_and_the_whole_tag_each_of_them_once(warehouse, ask):
    """One build of two stacks counts in both and once in the tag, where the one of no stack counts too."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B, "is_root_only": True}],
        memberships=[{"spec_hash": A, "stack": "hep"}, {"spec_hash": A, "stack": "e4s"}],
    )

    query = "select stack, package, platform, os, compiler_name, spec_count from stack_builds order by stack nulls first"
    assert [
        (None, "zlib", "linux", "ubuntu24.04", "gcc", 2),
        ("e4s", "zlib", "linux", "ubuntu24.04", "gcc", 1),
        ("hep", "zlib", "linux", "ubuntu24.04", "gcc", 1),
    ] == ask(catalog, query)
