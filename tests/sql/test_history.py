"""The views of what was and what is: ended and open rows -> since when, until when, and what is current."""

from .conftest import night, nights, snapshot

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


def test_a_spec_that_changed_its_stacks_has_a_row_for_each_state(warehouse, ask):
    """Half-open: what ends at a snapshot and what begins there do not overlap. The last one stands open."""
    catalog = warehouse(
        snapshots=nights(3),
        tag_specs=[{"stacks_text": "e4s,hep", "stack_count": 2, "from_snapshot_id": 2}],
        ended_tag_specs=[{"stacks_text": "e4s", "stack_count": 1, "to_snapshot_id": 2}],
    )

    query = "select stacks_text, first_seen_at, valid_from, valid_to from tag_spec_history order by valid_from"
    assert [
        ("e4s", str(night(1)), str(night(1)), str(night(2))),
        ("e4s,hep", str(night(1)), str(night(2)), None),
    ] == ask(catalog, query)


def test_a_membership_that_came_back_has_two_stays(warehouse, ask):
    """The first sighting is that before the absence."""
    catalog = warehouse(
        snapshots=nights(4),
        memberships=[{"first_snapshot_id": 1, "from_snapshot_id": 4}],
        ended_memberships=[{"to_snapshot_id": 3}],
    )

    query = "select stack, first_seen_at, valid_from, valid_to from membership_history order by valid_from"
    assert [
        ("e4s", str(night(1)), str(night(1)), str(night(3))),
        ("e4s", str(night(1)), str(night(4)), None),
    ] == ask(catalog, query)
    assert [("e4s", str(night(1)))] == ask(catalog, "select stack, first_seen_at from memberships")


def test_times_are_those_of_the_rows_own_source(warehouse, ask):
    """Snapshot 2 of one source is another night than snapshot 2 of another."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own", 1, night(5)), snapshot("own", 2, night(6))),
        ended_tag_specs=[{}, {"source": "own"}],
    )

    query = "select source, valid_from, valid_to from tag_spec_history order by source"
    assert [("own", str(night(5)), str(night(6))), ("public", str(night(1)), str(night(2)))] == ask(catalog, query)


def test_a_spec_that_ended_everywhere_was_last_seen_the_snapshot_before(warehouse, ask):
    """A current one in the last snapshot of a source that holds it; first seen counts stays that are over."""
    catalog = warehouse(
        snapshots=(*nights(4), snapshot("own", 1, night(2))),
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        tag_specs=[{"spec_hash": B, "first_snapshot_id": 1, "from_snapshot_id": 3}, {"spec_hash": C, "source": "own"}],
        ended_tag_specs=[
            {"spec_hash": A, "to_snapshot_id": 3},
            {"spec_hash": B, "to_snapshot_id": 2},
        ],
    )

    assert [
        (A, str(night(1)), str(night(2)), False),
        (B, str(night(1)), str(night(4)), True),
        (C, str(night(2)), str(night(2)), True),
    ] == ask(catalog, "select spec_hash, first_seen_at, last_seen_at, is_current from specs order by spec_hash")


def test_packages_count_what_is_there_now(warehouse, ask):
    """zlib lost its newest version, zstd is gone as a whole: it keeps the newest it ever had, and counts nothing."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[
            {"spec_hash": A, "version": "1.3"},
            {"spec_hash": B, "version": "1.10"},
            {"spec_hash": C, "package": "zstd", "version": "2"},
        ],
        tag_specs=[{"spec_hash": A}],
        ended_tag_specs=[{"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        versions=[
            {"version": "1.3", "version_order": 1},
            {"version": "1.10", "version_order": 2, "is_newest": True},
            {"package": "zstd", "version": "2", "version_order": 1, "is_newest": True},
        ],
    )

    query = "select package, spec_count, version_count, newest_version, last_seen_at, is_current from packages order by package"
    assert [("zlib", 1, 1, "1.3", str(night(2)), True), ("zstd", 0, 0, "2", str(night(1)), False)] == ask(catalog, query)


def test_a_compiler_and_a_stack_stay_when_nothing_is_built_with_them_any_more(warehouse, ask):
    """A compiler with the count 0, a stack that is not current."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A}, {"spec_hash": B, "compiler_version": "11.4.0"}],
        tag_specs=[{"spec_hash": A}],
        ended_tag_specs=[{"spec_hash": B}],
        memberships=[{"spec_hash": A, "stack": "e4s"}],
        ended_memberships=[{"spec_hash": B, "stack": "hep"}],
        stacks=[{"stack": "e4s"}, {"stack": "hep"}],
    )

    assert [("11.4.0", 0), ("13.2.0", 1)] == ask(catalog, "select compiler_version, spec_count from compilers order by compiler_version")
    assert [("e4s", True), ("hep", False)] == ask(catalog, "select stack, is_current from stacks order by stack")


def test_a_tag_is_not_observed_only_if_the_last_snapshot_missed_it_as_a_whole(warehouse, ask):
    """A gap of an earlier snapshot is over; a gap of one stack leaves the tag observed; another source's gap is its own."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own", 1, night(1)), snapshot("own", 2, night(2))),
        documents=[{"tag": tag} for tag in ("earlier", "missed", "stack")] + [{"tag": "missed", "source": "own"}],
        tags=[{"tag": tag} for tag in ("earlier", "missed", "stack")],
        gaps=[
            {"tag": "earlier", "snapshot_id": 1, "stack": None},
            {"tag": "missed", "snapshot_id": 2, "stack": None},
            {"tag": "stack", "snapshot_id": 2, "stack": "e4s"},
        ],
    )

    query = "select source, tag, is_observed from tags order by source, tag"
    assert [("own", "missed", True), ("public", "earlier", True), ("public", "missed", False), ("public", "stack", True)] == ask(
        catalog, query
    )


def test_gaps_have_the_time_of_their_snapshot(warehouse, ask):
    """Of their own source, whose last snapshot may have fewer than the one before, or none."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own", 1, night(1)), snapshot("own", 2, night(2))),
        gaps=[
            {"snapshot_id": 2, "stack": None},
            {"snapshot_id": 1, "tag": "v1.0", "stack": "e4s"},
            {"snapshot_id": 1, "tag": "v1.1", "stack": None, "source": "own"},
        ],
    )

    assert [
        ("public", 2, str(night(2)), "develop", None, True),
        ("public", 1, str(night(1)), "v1.0", "e4s", False),
        ("own", 1, str(night(1)), "v1.1", None, False),
    ] == ask(catalog, "select * from gaps order by tag")


def test_steps_add_up_to_what_stands_there(warehouse, ask):
    """A stays and only changes its stacks: two steps that cancel out. B left at 3. Memberships have steps of their own."""
    catalog = warehouse(
        snapshots=nights(3),
        tag_specs=[{"spec_hash": A, "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}, {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 3}],
        memberships=[{"spec_hash": A, "from_snapshot_id": 2}],
        ended_memberships=[{"spec_hash": A, "stack": "hep", "to_snapshot_id": 2}],
    )

    query = "select stack, spec_hash, snapshot_id, step from history_steps order by stack nulls first, spec_hash, snapshot_id, step"
    assert [
        (None, A, 1, 1),
        (None, A, 2, -1),
        (None, A, 2, 1),
        (None, B, 2, 1),
        (None, B, 3, -1),
        ("e4s", A, 2, 1),
        ("hep", A, 1, 1),
        ("hep", A, 2, -1),
    ] == ask(catalog, query)


def test_a_stay_is_not_broken_by_a_change_of_stacks(warehouse, ask):
    """A: since the start, through a change, until 3; then back from 4. B: came at 2 and stays. The stack has a stay of its own."""
    catalog = warehouse(
        snapshots=nights(4),
        tag_specs=[{"spec_hash": A, "from_snapshot_id": 4}, {"spec_hash": B, "from_snapshot_id": 3}],
        ended_tag_specs=[
            {"spec_hash": A, "from_snapshot_id": 1, "to_snapshot_id": 2},
            {"spec_hash": A, "from_snapshot_id": 2, "to_snapshot_id": 3},
            {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 3},
        ],
        ended_memberships=[{"spec_hash": A, "from_snapshot_id": 2, "to_snapshot_id": 3}],
    )

    query = "select stack, spec_hash, began_at, ended_at, is_since_start from spec_stays order by stack nulls first, spec_hash, began_at"
    assert [
        (None, A, str(night(1)), str(night(3)), True),
        (None, A, str(night(4)), None, False),
        (None, B, str(night(2)), None, False),
        ("e4s", A, str(night(2)), str(night(3)), False),
    ] == ask(catalog, query)
