"""What changed between two releases, times or tags."""

import pytest

from etl.diff import Wanted, difference
from etl.errors import UsageError

from .conftest import NIGHT, go, later, spec

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


@pytest.fixture
def warehouse(cache, options):
    """Three nights: zlib b comes in the second and a leaves e4s, zstd comes in the third; a release tag has one build of its own."""
    cache({"develop/zlib": [spec("a")], "v1.0.0/zlib": [spec("c", os="rhel8")]})
    go(options)
    cache({"develop/zlib": [spec("a", stacks=["root"]), spec("b", stacks=["root"])]})
    go(options, observed_at=later(), accept_shrink=True)
    cache({"develop/zstd": [spec("d", stacks=["hep"])]})
    go(options, observed_at=later(2))
    return options.warehouse


def changes(answer) -> list[tuple[object, ...]]:
    """Hash or package, stack and change of each row."""
    place = {name: number for number, name in enumerate(answer.columns)}
    rows = ((row[place["package"]], row[place["spec_hash"]][0], row[place["stack"]], row[place["change"]]) for row in answer.rows)
    return sorted(rows, key=repr)


@pytest.mark.parametrize(("before", "after"), [("1", "2"), (NIGHT.isoformat(), later().isoformat()), ("1", "2026-11-23T05:00:00Z")])
def test_releases_and_times_mean_the_same_moments(warehouse, before, after):
    """A release is as old as its last snapshot."""
    assert [("zlib", "a", "e4s", "stack_left"), ("zlib", "b", None, "spec_added")] == changes(
        difference(warehouse, before, after, Wanted())
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(package="zstd"), {"spec_added", "stack_joined"}),
        (Wanted(stack="hep"), {"stack_joined"}),
        (Wanted(tag="v1.0.0"), set()),
    ],
)
def test_some_of_the_changes_can_be_asked_for(warehouse, wanted, expected):
    """By package, stack, tag."""
    assert expected == {row[3] for row in changes(difference(warehouse, "1", "3", wanted))}


def test_two_tags_are_compared_as_they_are_now(warehouse):
    """What one holds and the other lacks, both ways."""
    found = difference(warehouse, "develop", "v1.0.0", Wanted())
    place = {name: number for number, name in enumerate(found.columns)}

    assert [("develop", A), ("develop", B), ("develop", "d" * 32), ("v1.0.0", C)] == sorted(
        (row[place["tag"]], row[place["spec_hash"]]) for row in found.rows
    )


@pytest.mark.parametrize(
    ("before", "after", "wanted", "says"),
    [
        ("1", "9", Wanted(), "release 9 is not kept"),
        ("1", "develop", Wanted(), "no two of a kind"),
        ("develop", "v2.0.0", Wanted(), "'v2.0.0' is no release, no time and no tag"),
        ("develop", "v1.0.0", Wanted(stack="e4s"), "--stack has no meaning between two tags"),
        ("9" * 5000, "v1.0.0", Wanted(), "no tag of the warehouse"),
        ("dev'elop", "v1.0.0", Wanted(), "no tag of the warehouse"),
    ],
)
def test_what_cannot_be_compared_is_told(warehouse, before, after, wanted, says):
    """With what to do."""
    with pytest.raises(UsageError, match=says):
        difference(warehouse, before, after, wanted)
