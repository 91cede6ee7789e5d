"""Which stacks a spec stands in, under each tag: nothing is lost, `root` apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# stacks as published, named ones, is in root, is in root only
LISTS = [
    (["e4s", "root"], ["e4s"], True, False),
    (["root", "radiuss", "e4s"], ["e4s", "radiuss"], True, False),
    (["e4s"], ["e4s"], False, False),  # a tag without a top-level index
    (["root"], [], True, True),
    ([], [], False, False),  # not said is not the same as in root alone
    (["e4s", "e4s", "root", "root"], ["e4s"], True, False),  # a label may stand twice
    (["root", "root"], [], True, True),
    (["e4s-neoverse_v1", "e4s-neoverse-v2"], ["e4s-neoverse-v2", "e4s-neoverse_v1"], False, False),  # `-` before `_`
    (["hep", "Hep", "é"], ["Hep", "hep", "é"], False, False),
    (["root-of-all", "Root"], ["Root", "root-of-all"], False, False),  # no more than stacks of such a name
    (["a,b", "a"], ["a", "a,b"], False, False),  # one label, whatever it holds
]


@pytest.mark.parametrize(("stacks", "named", "is_in_root", "is_root_only"), LISTS, ids=str)
def test_a_spec_stands_in_its_named_stacks(built, page, spec, stacks, named, is_in_root, is_root_only):
    """One row under its tag, whatever its list; one membership for each named stack."""
    tables = built(page(spec("a", stacks=stacks))).tables

    assert [(len(named), ",".join(named), is_in_root, is_root_only)] == tables["tag_specs"].select(
        "stack_count", "stacks_text", "is_in_root", "is_root_only"
    ).rows()
    assert [("develop", stack, "a" * 32, "zlib") for stack in named] == tables["memberships"].select(
        "tag", "stack", "spec_hash", "package"
    ).rows()


def test_stacks_are_those_of_the_tag(built, page, spec):
    """A spec of two tags has its own stacks under each."""
    tables = built(page(spec("a", stacks=["e4s"])), page(spec("a", stacks=["hep", "root"]), tag="v0.22.0")).tables

    assert [("develop", "e4s"), ("v0.22.0", "hep")] == tables["memberships"].select("tag", "stack").rows()
    assert [("develop", "e4s", False), ("v0.22.0", "hep", True)] == tables["tag_specs"].select("tag", "stacks_text", "is_in_root").rows()


def test_a_tag_without_root_loses_nothing(built, page, spec):
    """Its specs and memberships are there as with `root`, but for the flag."""
    with_root = built(page(spec("a", stacks=["e4s", "root"]), spec("b", stacks=["hep", "root"]))).tables
    without = built(page(spec("a", stacks=["e4s"]), spec("b", stacks=["hep"]))).tables

    assert with_root["memberships"].equals(without["memberships"])
    assert with_root["tag_specs"].drop("is_in_root").equals(without["tag_specs"].drop("is_in_root"))


def test_a_spec_without_stacks_keeps_its_neighbours(built, page, spec):
    """Three specs under the tag, two memberships."""
    tables = built(page(spec("a", stacks=[]), spec("b", stacks=["e4s"]), spec("c", stacks=["root", "hep"]))).tables

    assert ["", "e4s", "hep"] == tables["tag_specs"]["stacks_text"].to_list()
    assert [("e4s", "b" * 32), ("hep", "c" * 32)] == tables["memberships"].select("stack", "spec_hash").rows()


def test_root_is_named_nowhere_as_a_stack(built, page, spec):
    """Neither among memberships nor among the names of which the table of stacks is made."""
    found = built(page(spec("a", stacks=["root", "e4s"])))

    assert ["e4s"] == found.tables["memberships"]["stack"].to_list()
    assert ["e4s"] == found.names["stacks"]


LABELS = st.lists(st.sampled_from(["root", "e4s", "e4s-arm", "e4s_arm", "a,b", "é"]), max_size=6)


@settings(deadline=None, max_examples=25)
@given(st.lists(LABELS, min_size=1, max_size=4), st.data())
def test_order_and_repeats_mean_nothing(built, page, spec, lists, data):
    """A list of labels is a set: in another order, and with its first label said once more, it is the same."""
    letters = "abcd"[: len(lists)]
    one = [spec(letter, stacks=labels) for letter, labels in zip(letters, lists, strict=True)]
    other = [spec(letter, stacks=data.draw(st.permutations(labels + labels[:1]))) for letter, labels in zip(letters, lists, strict=True)]
    tables, again = built(page(*one)).tables, built(page(*other)).tables

    assert tables["tag_specs"].equals(again["tag_specs"])
    assert tables["memberships"].equals(again["memberships"])
    assert tables["memberships"].height == sum(len(set(labels) - {"root"}) for labels in lists)
