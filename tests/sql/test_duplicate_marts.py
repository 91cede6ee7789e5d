"""The marts of duplicates and of sharing: rows of the stored tables -> answers, on both DuckDB versions."""

A, B, C, D, E = ("a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32)
ONE, TWO, THREE = ("1" * 16, "2" * 16, "3" * 16)


def in_stacks(spec_hash: str, stacks_text: str, **said: object) -> dict[str, object]:
    """A spec of a tag that stands in these stacks."""
    return {"spec_hash": spec_hash, "stacks_text": stacks_text, "stack_count": len(stacks_text.split(",")) if stacks_text else 0, **said}


def test_version_duplicates_are_builds_beyond_the_first_of_each_configuration(warehouse, ask):
    """Three builds of 1.3 look alike and one looks otherwise: two too many. Each tag is counted for itself."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": ONE},
            {"spec_hash": B, "configuration_id": ONE},
            {"spec_hash": C, "configuration_id": ONE},
            {"spec_hash": D, "configuration_id": TWO},
            {"spec_hash": E, "configuration_id": THREE, "version": "1.4"},
        ],
        tag_specs=[{"spec_hash": spec} for spec in (A, B, C, D, E)] + [{"spec_hash": A, "tag": "v1.0"}],
    )

    assert [
        ("public", "develop", "zlib", "1.3", 4, 2, 2, 0.5, 3),
        ("public", "develop", "zlib", "1.4", 1, 1, 0, 0.0, 1),
        ("public", "v1.0", "zlib", "1.3", 1, 1, 0, 0.0, 1),
    ] == ask(catalog, "select * from version_duplicates order by tag, version")


def test_a_duplicate_configuration_names_the_stacks_of_all_its_builds(warehouse, ask):
    """In byte order, each once; a configuration with one build is none."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": ONE},
            {"spec_hash": B, "configuration_id": ONE},
            {"spec_hash": C, "configuration_id": ONE},
            {"spec_hash": D, "configuration_id": ONE},
            {"spec_hash": E, "configuration_id": TWO},
        ],
        tag_specs=[in_stacks(A, "hep,ml"), in_stacks(B, "hep,ml"), in_stacks(C, "e4s,ml"), in_stacks(D, ""), in_stacks(E, "e4s")],
    )

    assert [
        ("public", "develop", "zlib", ONE, "1.3", "gcc", "13.2.0", "linux", "ubuntu24.04", "x86_64_v3", "", 4, 3, "e4s,hep,ml", A, D)
    ] == ask(catalog, "select * from duplicate_configurations")


def test_builds_in_no_stack_are_not_builds_of_which_nothing_is_said(warehouse, ask):
    """The stacks of the first are none; those of the second, whose pages are of an old form, are not known."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": ONE},
            {"spec_hash": B, "configuration_id": ONE},
            {"spec_hash": C, "configuration_id": TWO},
            {"spec_hash": D, "configuration_id": TWO},
        ],
        tag_specs=[
            in_stacks(A, ""),
            in_stacks(B, ""),
            {"spec_hash": C, "stacks_text": None, "stack_count": None},
            {"spec_hash": D, "stacks_text": None, "stack_count": None},
        ],
    )

    query = "select configuration_id, spec_count, stack_count, stacks_text from duplicate_configurations order by configuration_id"
    assert [(ONE, 2, 0, ""), (TWO, 2, None, None)] == ask(catalog, query)


def test_stack_overlaps_hold_each_pair_both_ways(warehouse, ask):
    """All of e4s is in hep, half of hep is in e4s; ml shares nothing and has rows too. Specs in no stack are in no pair."""
    catalog = warehouse(
        specs=[{"spec_hash": one} for one in (A, B, C, D)],
        tag_specs=[in_stacks(A, "e4s,hep"), in_stacks(B, "hep"), in_stacks(C, "ml"), in_stacks(D, "")],
    )

    query = """select stack, other_stack, spec_count, other_spec_count, shared_spec_count, shared_share, jaccard_share
               from stack_overlaps order by stack, other_stack"""
    assert [
        ("e4s", "hep", 1, 2, 1, 1.0, 0.5),
        ("e4s", "ml", 1, 1, 0, 0.0, 0.0),
        ("hep", "e4s", 2, 1, 1, 0.5, 0.5),
        ("hep", "ml", 2, 1, 0, 0.0, 0.0),
        ("ml", "e4s", 1, 1, 0, 0.0, 0.0),
        ("ml", "hep", 1, 2, 0, 0.0, 0.0),
    ] == ask(catalog, query)


def test_stacks_of_several_tags_are_no_pairs(warehouse, ask):
    """Neither those of other sources; a tag of one stack has no pair."""
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[in_stacks(A, "e4s"), in_stacks(A, "hep", tag="v1.0"), in_stacks(A, "ml", source="own")],
    )

    assert [] == ask(catalog, "select * from stack_overlaps") == ask(catalog, "select * from stack_duplicates")


def test_stack_duplicates_tell_what_two_stacks_both_built(warehouse, ask):
    """Both hold A. B looks as A and is in hep alone; C and D look alike, one in each; only e4s holds what looks as E."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": ONE},
            {"spec_hash": B, "configuration_id": ONE},
            {"spec_hash": C, "configuration_id": TWO},
            {"spec_hash": D, "configuration_id": TWO},
            {"spec_hash": E, "configuration_id": THREE},
        ],
        tag_specs=[in_stacks(A, "e4s,hep"), in_stacks(B, "hep"), in_stacks(C, "e4s"), in_stacks(D, "hep"), in_stacks(E, "e4s")],
    )

    query = """select stack, other_stack, spec_count, same_spec_count, alike_spec_count, lacking_spec_count, alike_share,
                   shared_configuration_count, duplicate_configuration_count
               from stack_duplicates order by stack"""
    assert [("e4s", "hep", 3, 1, 1, 1, 1 / 3, 2, 1), ("hep", "e4s", 3, 1, 2, 0, 2 / 3, 2, 1)] == ask(catalog, query)


def test_stacks_that_built_nothing_alike_have_rows_of_zeros(warehouse, ask):
    """A pair without a row would look forgotten."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "configuration_id": ONE}, {"spec_hash": B, "configuration_id": TWO}],
        tag_specs=[in_stacks(A, "e4s"), in_stacks(B, "hep")],
    )

    query = """select stack, spec_count, same_spec_count, alike_spec_count, lacking_spec_count, alike_share,
                   shared_configuration_count, duplicate_configuration_count
               from stack_duplicates order by stack"""
    assert [("e4s", 1, 0, 0, 1, 0.0, 0, 0), ("hep", 1, 0, 0, 1, 0.0, 0, 0)] == ask(catalog, query)
