"""What documents say otherwise of a spec: kept as published, beside what was taken."""

from hypothesis import given, settings
from hypothesis import strategies as st


def conflicts(built, page, spec, *sayings):
    """Field, value and pages of each conflict, where each saying stands under a tag of its own."""
    pages = (page(spec("a", **said), tag=f"v1.{number}") for number, said in enumerate(sayings))
    return built(*pages).tables["spec_conflicts"].select("field", "value", "document_count").rows()


def test_what_most_pages_say_is_taken_and_the_rest_is_kept(built, page, spec):
    """With how many say so."""
    sayings = [{"os": "rhel8"}, {"os": "centos7"}, {"os": "rhel8"}, {"os": "rhel8"}, {"os": "centos7"}]

    assert [("os", "centos7", 2)] == conflicts(built, page, spec, *sayings)


def test_two_spellings_of_one_fact_are_no_conflict(built, page, spec):
    """`@=` and `@`, `=` and `:=`, and a list in another order."""
    sayings = [
        {"compiler": "gcc@=11.4.0", "variants": ["libs=shared,static", "+mpi"]},
        {"compiler": "gcc@11.4.0", "variants": ["+mpi", "libs:=static,shared"]},
    ]

    assert [] == conflicts(built, page, spec, *sayings)


def test_not_to_say_is_no_conflict(built, page, spec):
    """`none` is no compiler, `-` no size."""
    assert [] == conflicts(built, page, spec, {"compiler": "none", "size": "-"}, {"compiler": "gcc@11.4.0", "size": "5"})


def test_a_conflict_shows_what_stands_on_the_page(built, page, spec):
    """As published, options in byte order; each spelling on its own."""
    sayings = [{"compiler": "gcc@12"}, {"compiler": "gcc@12"}, {"compiler": "gcc@12"}, {"compiler": "gcc@=11"}, {"compiler": "gcc@11"}]
    options = [{"variants": ["+b", "~a"]}, {"variants": ["+b", "~a"]}, {"variants": ["~b", "libs:=x"]}]

    assert [("compiler", "gcc@11", 1), ("compiler", "gcc@=11", 1)] == conflicts(built, page, spec, *sayings)
    assert [("variants", "libs:=x ~b", 1)] == conflicts(built, page, spec, *options)


def test_pages_of_another_package_are_heard_about_nothing_else(built, page, spec):
    """A forged page that claims a hash of zlib does not get to say its version."""
    tables = built(
        page(spec("a"), tag="v1.0"),
        page(spec("a"), tag="v1.1"),
        page(spec("a", versions=["9"]), package="evil", tag="v1.0"),
    ).tables

    assert [("zlib", "1.3")] == tables["specs"].select("package", "version").rows()
    assert [("package", "evil", 1)] == tables["spec_conflicts"].select("field", "value", "document_count").rows()
    assert [("zlib", "1.3")] == tables["versions"].select("package", "version").rows()


@settings(max_examples=30, deadline=None)
@given(st.permutations([{"os": "rhel8"}, {"os": "centos7"}, {"os": "rhel8", "target": "zen4"}, {"os": "sequoia", "size": "7"}, {}]))
def test_the_order_of_pages_means_nothing(built, page, spec, sayings):
    """Whichever is read first: the same is taken, the same is kept."""
    expected = [("os", "centos7", 1), ("os", "sequoia", 1), ("os", "ubuntu22.04", 1), ("target", "zen4", 1)]

    assert expected == conflicts(built, page, spec, *sayings)
