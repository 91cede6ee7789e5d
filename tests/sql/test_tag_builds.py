"""The wide table of builds: rows of the stored tables -> a row for each build under a tag, on both DuckDB versions."""

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
