"""Each claim of a page beside what its specs add up to."""

import pytest


@pytest.fixture(scope="session")
def claims(built, page):
    """`claim: (published, differs)` of one page."""

    def make(*specs, **meta):
        rows = built(page(*specs, meta=meta)).tables["reconciliation"].select("claim", "published", "differs").rows()
        return {claim: (published, differs) for claim, published, differs in rows}

    return make


def test_a_page_that_is_right_differs_nowhere(claims, spec):
    """All eight claims of a page are compared, lists as sets in byte order."""
    found = claims(
        spec("a", stacks=["e4s", "hep", "root"]),
        spec("b", stacks=["root"], os="rhel8", versions=["1.10"], compiler="none"),
        num_specs=2,
        num_specs_by_stack={"root": 2, "hep": 1, "e4s": 1},
        compilers=["none", "gcc@11.4.0"],
        oss=["rhel8", "ubuntu22.04"],
        platforms=["linux"],
        stacks=["root", "e4s", "hep"],
        targets=["x86_64_v3"],
        versions=["1.3", "1.10"],
    )

    assert {
        "num_specs": ("2", None),
        "num_specs_by_stack": ("e4s=1,hep=1,root=2", None),
        "compilers": ("gcc@11.4.0,none", None),
        "oss": ("rhel8,ubuntu22.04", None),
        "platforms": ("linux", None),
        "stacks": ("e4s,hep,root", None),
        "targets": ("x86_64_v3", None),
        "versions": ("1.10,1.3", None),
    } == found


@pytest.mark.parametrize(
    ("claim", "said", "row"),
    [
        ("num_specs", 3, ("3", "1")),
        ("num_specs_by_stack", {"e4s": 2, "root": 1}, ("e4s=2,root=1", "e4s=1,root=1")),
        ("num_specs_by_stack", {"root": 1}, ("root=1", "e4s=1,root=1")),
        ("compilers", ["gcc@=11.4.0"], ("gcc@=11.4.0", "gcc@11.4.0")),
        ("oss", [], ("", "ubuntu22.04")),
        ("platforms", ["darwin", "linux"], ("darwin,linux", "linux")),
        ("stacks", ["e4s"], ("e4s", "e4s,root")),
        ("targets", ["zen4"], ("zen4", "x86_64_v3")),
        ("versions", ["1.3", "1.4"], ("1.3,1.4", "1.3")),
    ],
)
def test_a_wrong_claim_stands_beside_the_count(claims, spec, claim, said, row):
    """Too many, too few, another, in another spelling: what the page says against what it holds."""
    assert {claim: row} == claims(spec("a"), **{claim: said})


def test_a_claim_that_is_not_made_has_no_row(claims, spec):
    """What a page does not say cannot be wrong."""
    assert {} == claims(spec("a"))


def test_a_refused_spec_does_not_count(claims, spec):
    """The difference is the trace it leaves."""
    assert {"num_specs": ("2", "1")} == claims(spec("a"), spec("b") | {"hash": "short"}, num_specs=2)


def test_a_page_without_specs_counts_nothing(claims):
    """Zero is a number, and the empty list a list."""
    expected = {"num_specs": ("0", None), "oss": ("", None), "num_specs_by_stack": ("e4s=1", "")}

    assert expected == claims(num_specs=0, oss=[], num_specs_by_stack={"e4s": 1})
