"""A snapshot on top of the release before: what goes on, what begins, what ends."""

import polars as pl
import pytest

from etl.extract import Totals
from etl.schema import TABLES
from etl.transform.continued import Continued, continued
from etl.transform.gaps import gaps

A, B = "a" * 32, "b" * 32
NO_GAPS = pl.DataFrame(schema=TABLES["gaps"].polars_schema)
ENDED = "ended_tag_specs", "ended_memberships"


@pytest.fixture
def tables(built, page, spec):
    """`tables(page, ...)` is all that pages say, as of snapshot 1; `tables(page, snapshot=2)` as of another."""

    def make(*pages, snapshot: int = 1) -> dict[str, pl.DataFrame]:
        found = {
            name: frame.with_columns(pl.lit(snapshot, pl.Int64).alias(column) for column in frame.columns if column.endswith("snapshot_id"))
            for name, frame in built(*pages).tables.items()
            if name != "rejects"
        }
        return found | {name: pl.DataFrame(schema=TABLES[name].polars_schema) for name in ENDED}

    return make


def spans(frame: pl.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """Rows by some columns, and since when they stand; until when, if they ended."""
    times = [name for name in ("first_snapshot_id", "from_snapshot_id", "to_snapshot_id") if name in frame.columns]
    return frame.select(*columns, *times).sort(columns).rows()


def night(old: Continued, new: dict[str, pl.DataFrame], now: int, lost: pl.DataFrame = NO_GAPS) -> Continued:
    """The next snapshot of the source `public`."""
    before = old.tables | {name: pl.DataFrame(schema=TABLES[name].polars_schema) for name in ENDED} | old.ended
    return continued({name: frame for name, frame in new.items() if name not in ENDED}, before, lost, {"public": now})


@pytest.fixture
def first(tables, page, spec) -> Continued:
    """Snapshot 1: spec a in e4s and root, spec b in root alone."""
    found = tables(page(spec("a", stacks=["e4s", "root"]), spec("b", stacks=["root"])))
    return Continued(found, {})


def test_equal_rows_go_on(first, tables, page, spec):
    """In another order, from other bytes: they stand since snapshot 1, and nothing ended."""
    found = night(first, tables(page(spec("b", stacks=["root"]), spec("a", stacks=["root", "e4s"])), snapshot=2), 2)

    assert [(A, 1, 1), (B, 1, 1)] == spans(found.tables["tag_specs"], "spec_hash")
    assert [(A, 1, 1)] == spans(found.tables["memberships"], "spec_hash")
    assert {0} == {frame.height for frame in found.ended.values()}
    assert [(1, 2)] == found.tables["documents"].select("first_snapshot_id", "changed_snapshot_id").rows()


def test_another_stack_ends_a_row_and_begins_one(first, tables, page, spec):
    """The spec was first seen when it was; its membership in e4s goes on, the one in hep begins."""
    found = night(first, tables(page(spec("a", stacks=["e4s", "hep", "root"]), spec("b", stacks=["root"])), snapshot=2), 2)

    assert [(A, "e4s,hep", 1, 2), (B, "", 1, 1)] == spans(found.tables["tag_specs"], "spec_hash", "stacks_text")
    assert [(A, "e4s", 1, 1, 2)] == spans(found.ended["ended_tag_specs"], "spec_hash", "stacks_text")
    assert [("e4s", 1, 1), ("hep", 2, 2)] == spans(found.tables["memberships"], "stack")


def test_what_left_has_ended_and_is_known_still(first, tables, page, spec):
    """Its row and its membership; the spec itself stays, with its options and its version's place in order."""
    found = night(first, tables(page(spec("b", stacks=["root"], versions=["1.4"])), snapshot=2), 2)

    assert [(A, 1, 1, 2)] == spans(found.ended["ended_tag_specs"], "spec_hash")
    assert [(A, "e4s", 1, 1, 2)] == spans(found.ended["ended_memberships"], "spec_hash", "stack")
    assert [A, B] == found.tables["specs"]["spec_hash"].to_list()
    assert [A, B] == found.tables["spec_variants"]["spec_hash"].to_list()
    assert [("1.3", 1), ("1.4", 2)] == found.tables["versions"].select("version", "version_order").rows()


def test_what_comes_back_was_first_seen_before(first, tables, page, spec):
    """It stands since now."""
    second = night(first, tables(page(spec("b", stacks=["root"])), snapshot=2), 2)
    third = night(second, tables(page(spec("a", stacks=["e4s", "root"]), spec("b", stacks=["root"])), snapshot=3), 3)

    assert [(A, 1, 3), (B, 1, 1)] == spans(third.tables["tag_specs"], "spec_hash")
    assert [(A, 1, 3)] == spans(third.tables["memberships"], "spec_hash")


def test_a_tag_that_was_not_observed_stays_as_it_was(first, tables, page, spec):
    """With its pages, which are stale, and all that they claimed."""
    lost = pl.DataFrame([("public", 2, "develop", None)], schema=TABLES["gaps"].polars_schema, orient="row")
    found = night(first, tables(page(spec("c"), tag="v1.0", package="zstd"), snapshot=2), 2, lost)

    assert [("develop", A, 1, 1), ("develop", B, 1, 1), ("v1.0", "c" * 32, 2, 2)] == spans(found.tables["tag_specs"], "tag", "spec_hash")
    assert [("develop", True), ("v1.0", False)] == found.tables["documents"].select("tag", "is_stale").sort("tag").rows()
    assert first.tables["reconciliation"].height <= found.tables["reconciliation"].height


def test_a_stack_that_was_not_observed_keeps_the_specs_that_are_still_there(first, tables, page, spec):
    """They stand as they stood: no row ended for the want of a label."""
    lost = pl.DataFrame([("public", 2, "develop", "e4s")], schema=TABLES["gaps"].polars_schema, orient="row")
    found = night(first, tables(page(spec("a", stacks=["root"]), spec("b", stacks=["root"])), snapshot=2), 2, lost)

    assert [(A, "e4s", 1, False, 1, 1), (B, "", 0, True, 1, 1)] == spans(
        found.tables["tag_specs"], "spec_hash", "stacks_text", "stack_count", "is_root_only"
    )
    assert [(A, "e4s", 1, 1)] == spans(found.tables["memberships"], "spec_hash", "stack")
    assert {0} == {frame.height for frame in found.ended.values()}


def test_root_may_be_unobserved_too(first, tables, page, spec):
    """Its specs stay in it; one that left the tag does not."""
    lost = pl.DataFrame([("public", 2, "develop", "root")], schema=TABLES["gaps"].polars_schema, orient="row")
    found = night(first, tables(page(spec("a", stacks=["e4s"])), snapshot=2), 2, lost)

    assert [(A, "e4s", True, 1, 1)] == spans(found.tables["tag_specs"], "spec_hash", "stacks_text", "is_in_root")
    assert [(B, 1, 1, 2)] == spans(found.ended["ended_tag_specs"], "spec_hash")


def test_a_gap_is_what_is_listed_and_not_named(first):
    """A tag without a page; a stack without a spec, of a tag that has pages. What is not listed is no gap."""
    said = {"public": Totals(stacks={"develop": ["e4s", "hep", "root"], "v1.0": ["e4s"]}), "own": Totals()}
    frames = (first.tables[name].lazy() for name in ("documents", "tag_specs", "memberships"))

    assert [("public", 7, "develop", "hep"), ("public", 7, "v1.0", None)] == gaps(*frames, said, {"public": 7, "own": 1}).rows()


def test_a_stale_page_names_nothing(first):
    """It is of an earlier night: whether its tag and stacks are there now, nobody knows."""
    said = {"public": Totals(stacks={"develop": ["e4s"]})}
    documents = first.tables["documents"].lazy().with_columns(is_stale=pl.lit(True))
    frames = (first.tables[name].lazy() for name in ("tag_specs", "memberships"))

    assert [("public", 2, "develop", None)] == gaps(documents, *frames, said, {"public": 2}).rows()
