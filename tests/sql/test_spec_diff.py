"""The macro spec_diff: what differs between two builds, on both DuckDB versions."""

A, B, C, D, E = "a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32
NEAR_A = "aaaaaaab" + "a" * 24  # begins as A does


def option(spec: str, variant: str, value: str, **other: object) -> dict[str, object]:
    """An option of a spec."""
    return {"spec_hash": spec, "variant": variant, "value": value, "kind": "value", "is_propagated": False, **other}


def dependency(spec: str, package: str, version: str | None, hash_: str) -> dict[str, object]:
    """A spec that another needs."""
    return {"spec_hash": spec, "dependency_hash": hash_, "dependency_package": package, "dependency_version": version, "kind": "link"}


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
