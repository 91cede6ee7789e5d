"""Spans of versions to the intervals of specs, worked out by hand on the smallest frames that show the point."""

import polars as pl
import pytest

from etl.transform.courses import Change, Held, Span, course
from etl.transform.intervals import Gaps, intervals, merged, named

E4S, BOTH, ROOT, NONE = "\x1fe4s", "\x1fe4s\x1froot", "\x1froot", ""
DIGESTS = {0: "zero", 1: "one", 2: "two"}


def spans(*rows):
    """Of one package: version, begin, end, and whether it is stale."""
    schema = {"tag": pl.String, "package": pl.String, "version": pl.Int64, "is_stale": pl.Boolean, "begin": pl.Int64, "end": pl.Int64}
    full = [("develop", "zlib", version, is_stale, begin, end) for version, begin, end, is_stale in rows]
    return pl.DataFrame(full, schema=schema, orient="row")


def rows(*said):
    """What versions hold: version, spec, stacks."""
    return pl.DataFrame(said, schema={"version": pl.Int64, "spec_hash": pl.String, "stacks_key": pl.String}, orient="row")


def gaps(tags=(), stacks=()):
    """Times of develop, or of a stack under it, that were not observed."""
    times = {"begin": pl.Int64, "end": pl.Int64}
    return Gaps(
        pl.DataFrame([("develop", *one) for one in tags], schema={"tag": pl.String, **times}, orient="row"),
        pl.DataFrame([("develop", *one) for one in stacks], schema={"tag": pl.String, "stack": pl.String, **times}, orient="row"),
    )


def standing(found):
    """The rows of specs: hash, stacks, root, begin, end."""
    return found.tag_specs.select("spec_hash", "stacks_text", "is_in_root", "begin", "end").rows()


def standing_in(found):
    """The rows of memberships: hash, stack, begin, end."""
    return found.memberships.select("spec_hash", "stack", "begin", "end").rows()


def test_equal_rows_of_adjacent_spans_are_one():
    """Another order of stacks, and another page, are nothing new; a time without the spec is."""
    said = rows((0, "a", "\x1fe4s\x1fhep"), (1, "a", "\x1fhep\x1fe4s"), (2, "a", "\x1fhep\x1fe4s"))
    found = intervals(spans((0, 1, 2, False), (1, 2, 4, False), (2, 6, 7, False)), said, gaps())

    assert [("a", "e4s,hep", False, 1, 4), ("a", "e4s,hep", False, 6, 7)] == standing(found)
    assert [("a", "e4s", 1, 4), ("a", "e4s", 6, 7), ("a", "hep", 1, 4), ("a", "hep", 6, 7)] == standing_in(found)


def test_a_change_of_stacks_ends_a_row_and_not_the_other_memberships():
    """The row begins anew at the snapshot that changed it."""
    found = intervals(spans((0, 1, 3, False), (1, 3, 5, False)), rows((0, "a", E4S), (1, "a", BOTH)), gaps())

    assert [("a", "e4s", False, 1, 3), ("a", "e4s", True, 3, 5)] == standing(found)
    assert [("a", "e4s", 1, 5)] == standing_in(found)


def test_a_stack_that_is_not_observed_keeps_the_specs_that_stay():
    """One that leaves its tag leaves the stack; one that names it no more when it is observed again left it then."""
    said = rows((0, "a", BOTH), (0, "b", BOTH), (1, "a", ROOT), (2, "a", ROOT))
    found = intervals(spans((0, 1, 2, False), (1, 2, 4, False), (2, 4, 6, False)), said, gaps(stacks=[("e4s", 2, 4)]))

    assert [("a", "e4s", True, 1, 4), ("a", "", True, 4, 6), ("b", "e4s", True, 1, 2)] == standing(found)
    assert [("a", "e4s", 1, 4), ("b", "e4s", 1, 2)] == standing_in(found)


def test_root_is_kept_like_a_stack_and_is_none():
    """It makes the row, and no membership."""
    found = intervals(spans((0, 1, 2, False), (1, 2, 3, False)), rows((0, "a", BOTH), (1, "a", E4S)), gaps(stacks=[("root", 2, 3)]))

    assert [("a", "e4s", True, 1, 3)] == standing(found)
    assert [("a", "e4s", 1, 3)] == standing_in(found)


@pytest.mark.parametrize("kept", ["tag", "page"])
def test_what_is_kept_in_a_stack_stays_through_a_time_in_which_nothing_is_seen(kept):
    """The stack is missed, then the whole tag or the page, then the stack again."""
    shown = spans((0, 1, 2, False), (1, 2, 3, False), (1, 3, 4, True), (1, 4, 6, False))
    missed = gaps([(3, 4)] if kept == "tag" else [], [("e4s", 2, 3), ("e4s", 4, 5)])
    found = intervals(shown, rows((0, "a", BOTH), (1, "a", ROOT)), missed)

    assert [("a", "e4s", 1, 5)] == standing_in(found)


def test_what_says_nothing_of_stacks_has_none_known():
    """NULL, not empty."""
    found = intervals(spans((0, 1, 2, False)), rows((0, "a", None)), gaps(stacks=[("e4s", 1, 2)]))

    assert [("a", None, None, 1, 2)] == standing(found)
    assert [] == standing_in(found)


def test_intervals_that_touch_or_overlap_are_one():
    """By key and looks; NULL is a look of its own."""
    frame = pl.DataFrame({"key": list("aaaab"), "look": ["x", "x", None, "x", "x"], "begin": [1, 2, 4, 5, 5], "end": [3, 4, 5, 6, 6]})

    assert [("a", "x", 1, 4), ("a", None, 4, 5), ("a", "x", 5, 6), ("b", "x", 5, 6)] == merged(frame, ["key"], ["look"]).rows()


def test_naming_begins_and_ends_with_the_documents():
    """Each counts once for its tag and for each label, whatever its specs are."""
    found = named(spans((0, 1, 3, False), (1, 3, 4, False)), rows((0, "a", BOTH), (0, "b", E4S), (1, "a", NONE)))

    assert [(None, 1, 1), (None, 4, -1), ("e4s", 1, 1), ("e4s", 3, -1), ("root", 1, 1), ("root", 3, -1)] == (
        found.select("stack", "at", "count").sort("stack", "at", nulls_last=False).rows()
    )


def test_a_page_speaks_until_it_changes_or_goes():
    """A change is renewal; what goes and comes back is first seen anew."""
    found = course([Change(1, "p", 0), Change(3, "p", 1), Change(4, "p", None), Change(6, "p", 1)], DIGESTS, [], 1, 8)

    assert [Span(0, False, 1, 3), Span(1, False, 3, 4), Span(1, False, 6, 8)] == found.spans
    assert ([1, 3, 6], [], Held("p", 1, False, 6, 6)) == (found.renewed, found.refused, found.held)


def test_a_page_that_cannot_be_read_leaves_the_last_good_one_standing():
    """As long as it is listed; one that was good again as before has not changed."""
    found = course([Change(1, "p", 0), Change(2, "p", 9), Change(4, "p", 0)], DIGESTS, [], 1, 6)

    assert [Span(0, False, 1, 2), Span(0, True, 2, 4), Span(0, False, 4, 6)] == found.spans
    assert ([1], [(2, 4, 1)], Held("p", 0, False, 1, 1)) == (found.renewed, found.refused, found.held)


def test_a_page_that_never_could_be_read_says_nothing():
    """It is refused, each time."""
    found = course([Change(1, "p", 9)], DIGESTS, [], 1, 3)

    assert ([], [(1, 3, 1)], None) == (found.spans, found.refused, found.held)


def test_a_page_that_went_while_its_tag_was_not_observed_stays_that_long():
    """When the tag is observed again, it is gone."""
    found = course([Change(1, "p", 0), Change(2, "p", None)], DIGESTS, [(2, 4)], 1, 6)

    assert [Span(0, False, 1, 2), Span(0, True, 2, 4)] == found.spans


def test_of_two_pages_that_can_be_read_the_first_speaks():
    """The other is refused; when the first goes, it speaks."""
    found = course([Change(1, "a", 0), Change(1, "b", 1), Change(3, "a", None)], DIGESTS, [], 1, 4)

    assert [Span(0, False, 1, 3), Span(1, False, 3, 4)] == found.spans
    assert [(1, 3, 1)] == found.refused


def test_a_course_goes_on_from_what_stood_before():
    """The same bytes have not changed, under whatever number."""
    before = Held("p", -1, False, 2, 3)
    found = course([Change(5, "p", 0)], DIGESTS | {-1: "zero"}, [], 5, 6, before)

    assert ([], Held("p", 0, False, 2, 3)) == (found.renewed, found.held)
