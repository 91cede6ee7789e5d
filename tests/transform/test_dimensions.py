"""The dimensions: a row for each name that occurs, known or not."""

from datetime import date

import pytest

from etl.schema import TABLES
from etl.transform.dimensions import dimensions

NAMES = {
    "targets": ["zen4", "quantum9", "zen4"],
    "operating_systems": ["ubuntu22.04", "sequoia"],
    "stacks": ["ml-linux-x86_64-cuda", "e4s"],
    "tags": ["v0.22.0", "develop-2024-04-14", "develop"],
}
DIMENSIONS = ["targets", "operating_systems", "stacks", "tags"]


@pytest.mark.parametrize("table", DIMENSIONS)
def test_a_dimension_has_the_columns_of_its_table(table):
    """With their types, keys and checks."""
    frame = dimensions(NAMES)[table]

    assert TABLES[table].polars_schema == dict(frame.schema)
    TABLES[table].schema.validate(frame)


@pytest.mark.parametrize("table", DIMENSIONS)
def test_each_distinct_name_is_one_row_in_byte_order(table):
    """However often and in whatever order it was met."""
    (key,) = TABLES[table].key

    assert sorted(set(NAMES[table])) == dimensions(NAMES)[table][key].to_list()


def test_an_unknown_name_is_a_row_that_says_nothing_else():
    """A target that archspec does not know has NULLs, and no failure."""
    found = dimensions(NAMES)["targets"]

    assert [("quantum9", None, None, None, None)] == found.filter(target="quantum9").rows()
    assert [("zen4", "x86_64", "x86_64_v4")] == found.filter(target="zen4").select("target", "family", "generic_target").rows()


def test_each_dimension_says_what_its_names_say():
    """A tag's kind and date, a system's release, a stack's accelerator."""
    found = dimensions(NAMES)

    assert [("develop", "develop", None), ("develop-2024-04-14", "weekly", date(2024, 4, 14)), ("v0.22.0", "release", None)] == found[
        "tags"
    ].rows()
    assert [("sequoia", "macos", "15"), ("ubuntu22.04", "ubuntu", "22.04")] == found["operating_systems"].rows()
    assert [("e4s", None), ("ml-linux-x86_64-cuda", "cuda")] == found["stacks"].select("stack", "accelerator").rows()


@pytest.mark.parametrize("names", [{}, dict.fromkeys(DIMENSIONS, [])], ids=["none given", "none met"])
def test_no_names_make_empty_dimensions(names):
    """Every table is there, with its columns."""
    assert {name: TABLES[name].polars_schema for name in DIMENSIONS} == {
        name: dict(frame.schema) for name, frame in dimensions(names).items()
    }
    assert {0} == {frame.height for frame in dimensions(names).values()}
