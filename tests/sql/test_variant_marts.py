"""The marts of options: rows of the stored tables -> answers, on both DuckDB versions."""

A, B, C, D, E = ("a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32)


def boolean(spec_hash: str, variant: str, value: str) -> dict[str, object]:
    """An option that is on or off."""
    return {"spec_hash": spec_hash, "variant": variant, "value": value, "kind": "boolean", "is_propagated": False}


def valued(spec_hash: str, variant: str, value: str) -> dict[str, object]:
    """An option with a value, or one of its values."""
    return {"spec_hash": spec_hash, "variant": variant, "value": value, "kind": "value", "is_propagated": False}


def test_variant_usage_counts_builds_by_value(warehouse, ask):
    """Two of three builds have CUDA on; one of them is for two architectures and counts for both. The tags are counted apart."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "variants_text": "+cuda cuda_arch=70,80"},
            {"spec_hash": B, "variants_text": "+cuda cuda_arch=80"},
            {"spec_hash": C, "variants_text": "~cuda"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}, {"spec_hash": A, "tag": "v1.0"}],
        spec_variants=[
            boolean(A, "cuda", "true"),
            valued(A, "cuda_arch", "70"),
            valued(A, "cuda_arch", "80"),
            boolean(B, "cuda", "true"),
            valued(B, "cuda_arch", "80"),
            boolean(C, "cuda", "false"),
        ],
    )

    query = """select variant, value, kind, spec_count, package_spec_count, spec_share from variant_usage
               where tag = 'develop' order by variant, value"""
    assert [
        ("cuda", "false", "boolean", 1, 3, 1 / 3),
        ("cuda", "true", "boolean", 2, 3, 2 / 3),
        ("cuda_arch", "70", "value", 1, 3, 1 / 3),
        ("cuda_arch", "80", "value", 2, 3, 2 / 3),
    ] == ask(catalog, query)
    assert [("public", "v1.0", "zlib", "cuda", "true", "boolean", 1, 1, 1.0)] == ask(
        catalog, "select * from variant_usage where tag = 'v1.0' and variant = 'cuda'"
    )


OPTIONS = {
    "specs": [
        {"spec_hash": A, "variants_text": "build_system=cmake languages=c,c++", "configuration_id": "1" * 16},
        {"spec_hash": B, "variants_text": "build_system=cmake languages=c,c++", "configuration_id": "1" * 16},
        {"spec_hash": C, "variants_text": "build_system=cmake languages=c", "configuration_id": "2" * 16},
        {"spec_hash": D, "variants_text": "build_system=cmake ~debug", "configuration_id": "3" * 16},
    ],
    "tag_specs": [{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}, {"spec_hash": D}],
    "spec_variants": [
        *(valued(spec, "build_system", "cmake") for spec in (A, B, C, D)),
        *(valued(spec, "languages", value) for spec in (A, B) for value in ("c", "c++")),
        valued(C, "languages", "c"),
        boolean(D, "debug", "false"),
    ],
}


def test_an_option_that_every_build_has_alike_is_constant(warehouse, ask):
    """build_system is; languages has two values, `c` and `c,c++`; debug has one, but in one build of four."""
    query = """select variant, value_count, spec_count, package_spec_count, most_common_value, most_common_share, is_constant
               from package_variants order by variant"""
    assert [
        ("build_system", 1, 4, 4, "cmake", 1.0, True),
        ("debug", 1, 1, 4, "false", 1.0, False),
        ("languages", 2, 3, 4, "c,c++", 2 / 3, False),
    ] == ask(warehouse(**OPTIONS), query)


def test_of_values_that_are_equally_common_the_smallest_is_named(warehouse, ask):
    """So that the same builds always give the same answer."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "variants_text": "+pic"}, {"spec_hash": B, "variants_text": "~pic"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}],
        spec_variants=[boolean(A, "pic", "true"), boolean(B, "pic", "false")],
    )

    assert [("false", 0.5)] == ask(catalog, "select most_common_value, most_common_share from package_variants")


def test_an_option_may_be_constant_under_one_tag_and_not_under_another(warehouse, ask):
    """The tag holds only one of the two builds."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "variants_text": "+pic"}, {"spec_hash": B, "variants_text": "~pic"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": B, "tag": "v1.0"}],
        spec_variants=[boolean(A, "pic", "true"), boolean(B, "pic", "false")],
    )

    assert [("develop", False), ("v1.0", True)] == ask(catalog, "select tag, is_constant from package_variants order by tag")


def test_a_value_that_goes_on_to_dependencies_is_another(warehouse, ask):
    """`++cuda` is not `+cuda`: two combinations, two values, and neither view calls the option constant."""
    catalog = warehouse(
        specs=[{"spec_hash": spec, "variants_text": text} for spec, text in ((A, "++cuda"), (B, "++cuda"), (C, "+cuda"))],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        spec_variants=[
            *({**boolean(spec, "cuda", "true"), "is_propagated": True} for spec in (A, B)),
            boolean(C, "cuda", "true"),
        ],
    )

    query = "select value_count, most_common_value, most_common_share, is_constant from package_variants"
    assert [(2, "true (handed on)", 2 / 3, False)] == ask(catalog, query)
    assert [(2, 1, 0)] == ask(catalog, "select combination_count, variant_count, constant_variant_count from package_diversity")


def test_package_diversity_counts_combinations_of_options(warehouse, ask):
    """Four builds, three configurations, three combinations; one option of three never changes."""
    assert [("public", "develop", "zlib", 4, 3, 3, 3, 1)] == ask(warehouse(**OPTIONS), "select * from package_diversity")


def test_options_that_are_not_said_are_not_options_that_are_not_there(warehouse, ask):
    """A build without options has one combination, the empty one; where nothing is said, nothing is counted."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "variants_text": ""}, {"spec_hash": B, "package": "zstd", "variants_text": None}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B, "package": "zstd"}],
    )

    query = "select package, combination_count, variant_count, constant_variant_count from package_diversity order by package"
    assert [("zlib", 1, 0, 0), ("zstd", None, None, None)] == ask(catalog, query)
