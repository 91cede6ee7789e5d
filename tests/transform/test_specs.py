"""What many documents say of one spec, to what the warehouse says of it."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.transform.specs import CONFIGURATION

# as published, name, version
COMPILERS = [
    ("gcc@11.4.0", "gcc", "11.4.0"),
    ("gcc@=11.4.0", "gcc", "11.4.0"),
    ("oneapi@=2024.2.1", "intel-oneapi-compilers", "2024.2.1"),
    ("intel-oneapi-compilers@2024.2.1", "intel-oneapi-compilers", "2024.2.1"),
    ("oneapi", "intel-oneapi-compilers", None),
    ("apple-clang@=15.0.0", "apple-clang", "15.0.0"),
    ("msvc@=19.39.33523", "msvc", "19.39.33523"),
    ("gcc@12.develop", "gcc", "12.develop"),
    ("gcc", "gcc", None),
    ("gcc@", "gcc", None),
    ("gcc@=", "gcc", None),
    ("none", None, None),  # no statement of fact: other builds of the same say gcc
    ("@=11.4.0", None, None),
]


@pytest.fixture(scope="session")
def known(built, page, spec):
    """The one row of a spec of which documents say this: `known({"os": "rhel8"}, {"os": "centos7"})`, each under a tag of its own."""

    def make(*sayings):
        specs = built(*(page(spec("a", **said), tag=f"v1.{number}") for number, said in enumerate(sayings))).tables["specs"]
        return specs.row(0, named=True) if specs.height == 1 else pytest.fail(f"one spec has {specs.height} rows")

    return make


def test_a_spec_is_one_row_with_all_that_can_be_seen_of_it(known):
    """Its package is the page's; its version the only one of its list; its options one text."""
    row = known({"variants": ["~ipo", "+shared", "build_system=cmake"], "size": "123"})

    assert {
        "spec_hash": "a" * 32,
        "is_hashed": True,
        "package": "zlib",
        "version": "1.3",
        "compiler_name": "gcc",
        "compiler_version": "11.4.0",
        "platform": "linux",
        "os": "ubuntu22.04",
        "target": "x86_64_v3",
        "size_bytes": 123,
        "configuration_id": row["configuration_id"],
        "variants_text": "build_system=cmake ~ipo +shared",
    } == row


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "name", "version"), COMPILERS)
def test_a_compiler_is_a_name_and_a_version(known, text, name, version):
    """`@=` and `@` are the same; `oneapi` bears its package's name; what is not said is NULL."""
    row = known({"compiler": text})

    assert (name, version) == (row["compiler_name"], row["compiler_version"])


@pytest.mark.parametrize(
    ("size", "expected"), [("123", 123), (123, 123), ("0", 0), ("-", None), (None, None), ("1048576", None), (1048576, None)]
)
def test_a_size_is_a_number_of_bytes_or_not_said(known, size, expected):
    """`-` says nothing, and an old generator wrote 1048576 for every spec."""
    assert expected == known({"size": size})["size_bytes"]


# --- where documents differ -------------------------------------------------------------------------------------------


def test_a_value_beats_null(known):
    """However many documents do not say it."""
    row = known({"compiler": "none"}, {"compiler": "gcc@11.4.0", "size": "5"}, {"compiler": "none", "size": "1048576"})

    assert ("gcc", "11.4.0", 5) == (row["compiler_name"], row["compiler_version"], row["size_bytes"])


def test_what_most_documents_say_beats_the_smaller_value(known):
    """Two of three say ubuntu22.04."""
    assert "ubuntu22.04" == known({"os": "ubuntu22.04"}, {"os": "centos7"}, {"os": "ubuntu22.04"})["os"]


def test_among_equally_many_the_smallest_in_byte_order_stands(known):
    """Capitals come first, as bytes do."""
    assert "Rhel8" == known({"os": "centos7"}, {"os": "Rhel8"})["os"]


def test_documents_are_counted_after_normalizing(known):
    """Two writings of one compiler outvote another compiler; two lists that say the same outvote another list."""
    row = known(
        {"compiler": "gcc@=11.4.0", "variants": ["+b", "a=1,2"]},
        {"compiler": "clang@15", "variants": ["+a"]},
        {"compiler": "gcc@11.4.0", "variants": ["a:='2,1'", "+b"]},
    )

    assert ("gcc", "11.4.0", "a=1,2 +b") == (row["compiler_name"], row["compiler_version"], row["variants_text"])


def test_a_compiler_is_one_field(known):
    """Name and version are never taken from different documents."""
    row = known({"compiler": "gcc@9"}, {"compiler": "clang@5"}, {"compiler": "gcc@9"}, {"compiler": "clang@5"}, {"compiler": "xl@5"})

    assert ("clang", "5") == (row["compiler_name"], row["compiler_version"])


def test_fields_are_settled_one_by_one(known):
    """Each field follows its own majority, though no document says all of it."""
    row = known({"os": "rhel8", "target": "zen4"}, {"os": "rhel8"}, {"target": "zen4"})

    assert ("rhel8", "zen4") == (row["os"], row["target"])


def test_options_are_settled_as_a_whole_list(built, page, spec):
    """The rows of the options are those of the list that stands, not of all lists together."""
    pages = [
        page(spec("a", variants=variants), tag=tag)
        for tag, variants in (("v1.0", ["+x"]), ("v1.1", ["~x", "y=1"]), ("v1.2", ["~x", "y=1"]))
    ]
    options = built(*pages).tables["spec_variants"]

    assert [("x", "false"), ("y", "1")] == options.select("variant", "value").rows()


def test_a_hash_that_two_packages_claim_is_one_spec(built, page, spec):
    """Only a forged page can bring this about: most documents decide, then the smaller name."""
    tables = built(page(spec("a"), package="zlib"), page(spec("a"), package="cmake")).tables

    assert ["cmake"] == tables["specs"]["package"].to_list()
    assert ["cmake"] == tables["spec_variants"]["package"].unique().to_list()


SAYINGS = st.fixed_dictionaries(
    {
        "compiler": st.sampled_from(["none", "gcc", "gcc@1", "gcc@=1", "oneapi@2", "intel-oneapi-compilers@=2"]),
        "os": st.sampled_from(["rhel8", "centos7"]),
        "size": st.sampled_from(["-", "1048576", "1", "10", "9"]),
        "variants": st.sampled_from([[], ["+x"], ["~x"], ["y=1,2"], ["y:=2,1"], ["nonsense"]]),
        "versions": st.sampled_from([["1.9"], ["1.10"]]),
    }
)


@settings(deadline=None, max_examples=30)
@given(st.lists(SAYINGS, min_size=2, max_size=6).flatmap(lambda sayings: st.tuples(st.just(sayings), st.permutations(sayings))))
def test_the_order_of_documents_means_nothing(known, orders):
    """The same sayings, met in another order, make the same spec."""
    one, other = orders

    assert known(*one) == known(*other)


@settings(deadline=None, max_examples=30)
@given(st.lists(SAYINGS, min_size=1, max_size=6))
def test_a_field_is_what_the_rule_says(known, sayings):
    """A value beats NULL, then the most said, then the smallest: the rule once more, in plain words."""

    def settled(values):
        return min({value for value in values if value is not None}, key=lambda value: (-values.count(value), value), default=None)

    row = known(*sayings)
    sizes = [None if said["size"] in ("-", "1048576") else int(said["size"]) for said in sayings]

    assert settled([said["os"] for said in sayings]) == row["os"]
    assert settled([said["versions"][0] for said in sayings]) == row["version"]
    assert settled(sizes) == row["size_bytes"]


# --- configurations ---------------------------------------------------------------------------------------------------

OTHER = {
    "versions": ["1.2"],
    "compiler": "clang@11.4.0",
    "platform": "darwin",
    "os": "rhel8",
    "target": "zen4",
    "variants": ["~shared"],
}


def test_the_identity_of_a_configuration_never_changes(known):
    """Tables of years are joined by it: 16 digits of what `sha256sum` says of the JSON text."""
    said = '["zlib","1.3","gcc","11.4.0","linux","ubuntu22.04","x86_64_v3","+shared"]'

    assert "e8908181fb3ef3d2" == known({})["configuration_id"]
    assert hashlib.sha256(said.encode()).hexdigest()[:16] == known({})["configuration_id"]


def test_null_is_a_value_of_its_own(known):
    """A compiler that is not said is no compiler of the same name."""
    assert "6edb32050117a472" == known({"compiler": "none", "variants": []})["configuration_id"]
    assert known({"compiler": "none"})["configuration_id"] != known({"compiler": "null"})["configuration_id"]
    assert known({"compiler": "gcc"})["configuration_id"] != known({"compiler": "gcc@null"})["configuration_id"]


@pytest.mark.parametrize("said", [{name: value} for name, value in OTHER.items()] + [{"compiler": "gcc@12"}, {"compiler": "none"}], ids=str)
def test_a_configuration_differs_with_each_field(known, said):
    """Whatever a person can see of the spec is part of it."""
    assert known({})["configuration_id"] != known(said)["configuration_id"]


def test_a_configuration_differs_with_the_package(built, page, spec):
    """The same options of another package are another configuration."""
    specs = built(page(spec("a")), page(spec("b"), package="cmake")).tables["specs"]

    assert 2 == specs["configuration_id"].n_unique()


@pytest.mark.parametrize(
    "said",
    [{"hash": "b" * 32}, {"size": "5"}, {"stacks": []}, {"compiler": "gcc@=11.4.0"}, {"tarball": "https://example.org/b.spack"}],
    ids=str,
)
def test_a_configuration_is_the_same_where_only_hash_size_or_stacks_differ(known, said):
    """Nor does it matter how a compiler is written."""
    assert known({})["configuration_id"] == known(said)["configuration_id"]


@settings(deadline=None, max_examples=30)
@given(st.lists(SAYINGS, min_size=1, max_size=5))
def test_configurations_are_told_apart_and_computed_as_they_are_documented(built, page, spec, sayings):
    """The first 16 digits of the sha256 of a JSON array without blanks, in UTF-8, for every row."""
    specs = built(page(*(spec(letter, **said) for letter, said in zip("abcde", sayings, strict=False)))).tables["specs"]
    arrays = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in specs.select(CONFIGURATION).rows()]

    assert [hashlib.sha256(array.encode()).hexdigest()[:16] for array in arrays] == specs["configuration_id"].to_list()
    assert len(set(arrays)) == specs["configuration_id"].n_unique()
