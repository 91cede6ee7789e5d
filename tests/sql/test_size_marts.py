"""The marts of sizes: rows of the stored tables -> answers, on both DuckDB versions."""

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


def test_package_sizes_add_up_what_is_known(warehouse, ask):
    """Of three builds of zlib two have a size; of zstd none has, which is not 0 bytes. A tag of its own is counted apart."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "size_bytes": 100},
            {"spec_hash": B, "size_bytes": 50},
            {"spec_hash": C},
            {"spec_hash": D, "package": "zstd"},
        ],
        tag_specs=[
            {"spec_hash": A},
            {"spec_hash": B},
            {"spec_hash": C},
            {"spec_hash": D, "package": "zstd"},
            {"spec_hash": A, "tag": "v1.0"},
        ],
    )

    assert [
        ("public", "develop", "zlib", 3, 2, 150, 75.0, 100),
        ("public", "develop", "zstd", 1, 0, None, None, None),
        ("public", "v1.0", "zlib", 1, 1, 100, 100.0, 100),
    ] == ask(catalog, "select * from package_sizes order by tag, package")


def test_stack_sizes_tell_what_a_stack_shares_from_what_is_its_own(warehouse, ask):
    """A is of both stacks, B of hep alone, C of none: only the whole tag counts all three, and each once."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "size_bytes": 100}, {"spec_hash": B, "size_bytes": 50}, {"spec_hash": C, "size_bytes": 7}],
        tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2},
            {"spec_hash": B, "stacks_text": "hep", "stack_count": 1},
            {"spec_hash": C, "stacks_text": "", "stack_count": 0},
        ],
    )

    assert [
        ("public", "develop", None, 3, 3, 157, None, None),
        ("public", "develop", "e4s", 1, 1, 100, 0, 0),
        ("public", "develop", "hep", 2, 2, 150, 1, 50),
    ] == ask(catalog, "select * from stack_sizes order by stack nulls first")


def test_sizes_that_nobody_says_are_not_zero(warehouse, ask):
    """Also of a tag whose pages say nothing of stacks."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B, "size_bytes": 50}, {"spec_hash": C}],
        tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s", "stack_count": 1},
            {"spec_hash": B, "stacks_text": "e4s,hep", "stack_count": 2},
            {"spec_hash": C, "tag": "untagged", "stacks_text": None, "stack_count": None},
        ],
    )

    query = """select tag, stack, spec_count, sized_spec_count, size_bytes, own_spec_count, own_size_bytes
               from stack_sizes order by tag, stack nulls first"""
    assert [
        ("develop", None, 2, 1, 50, None, None),
        ("develop", "e4s", 2, 1, 50, 1, None),
        ("develop", "hep", 1, 1, 50, 0, 0),
        ("untagged", None, 1, 0, None, None, None),
    ] == ask(catalog, query)
