"""The mart of churn by stack: rows of the stored tables -> answers, on both DuckDB versions.

The first night is a Sunday, the second a Monday.
"""

from .conftest import nights, snapshot

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


def test_churn_counts_what_came_and_went_in_a_week(warehouse, ask):
    """B replaces A, which looks the same; C comes and goes within the week; D comes a week later, to a stack that had nothing."""
    catalog = warehouse(
        snapshots=nights(9),
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}, {"spec_hash": D, "configuration_id": "1" * 16}],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 2}, {"spec_hash": D, "from_snapshot_id": 9}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}, {"spec_hash": C, "from_snapshot_id": 3, "to_snapshot_id": 4}],
        memberships=[{"spec_hash": B, "from_snapshot_id": 2}, {"spec_hash": D, "stack": "hep", "from_snapshot_id": 9}],
        ended_memberships=[{"spec_hash": A, "to_snapshot_id": 2}],
    )

    assert [
        ("public", "develop", None, "2026-11-23", "2026-W48", 1, 2, 2, 1, 1, 2 / 3, 0.5),
        ("public", "develop", None, "2026-11-30", "2026-W49", 1, 1, 0, 0, 2, 0.0, 0.0),
        ("public", "develop", "e4s", "2026-11-23", "2026-W48", 1, 1, 1, 1, 1, 0.5, 1.0),
        ("public", "develop", "hep", "2026-11-30", "2026-W49", 0, 1, 0, 0, 1, 0.0, 0.0),
    ] == ask(catalog, "select * from stack_churn order by stack nulls first, week_date")


def test_a_build_that_changes_stacks_has_not_left_its_tag(warehouse, ask):
    """It leaves one stack, which then is empty, and joins another; the tag itself has no churn."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
        memberships=[{"spec_hash": A, "stack": "hep", "from_snapshot_id": 2}],
        ended_memberships=[{"spec_hash": A, "stack": "e4s", "to_snapshot_id": 2}],
    )

    query = """select stack, start_spec_count, joined_spec_count, left_spec_count, spec_count, churn_share, rebuilt_share
               from stack_churn order by stack"""
    assert [("e4s", 1, 0, 1, 0, 1.0, None), ("hep", 0, 1, 0, 1, 0.0, 0.0)] == ask(catalog, query)


def test_a_build_replaces_another_only_under_the_same_stack_and_snapshot(warehouse, ask):
    """B looks as A, but joins another stack than A leaves: a rebuild for the tag, for neither stack. C comes a night too late to be one."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 2}, {"spec_hash": C, "from_snapshot_id": 3}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
        memberships=[{"spec_hash": B, "stack": "hep", "from_snapshot_id": 2}, {"spec_hash": C, "stack": "e4s", "from_snapshot_id": 3}],
        ended_memberships=[{"spec_hash": A, "stack": "e4s", "to_snapshot_id": 2}],
    )

    query = "select stack, joined_spec_count, left_spec_count, rebuilt_spec_count from stack_churn order by stack nulls first"
    assert [(None, 2, 1, 1), ("e4s", 1, 1, 0), ("hep", 1, 0, 0)] == ask(catalog, query)


def test_no_more_builds_are_rebuilt_than_went(warehouse, ask):
    """Under the tag three came for one that looks the same: one replaced it. In e4s one came for it, in hep none of the two did."""
    joined = {B: "e4s", C: "hep", D: "hep"}
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        tag_specs=[{"spec_hash": spec, "from_snapshot_id": 2} for spec in joined],
        ended_tag_specs=[{"spec_hash": A}],
        memberships=[{"spec_hash": spec, "stack": stack, "from_snapshot_id": 2} for spec, stack in joined.items()],
        ended_memberships=[{"spec_hash": A}],
    )

    query = (
        "select stack, joined_spec_count, left_spec_count, rebuilt_spec_count, rebuilt_share from stack_churn order by stack nulls first"
    )
    assert [(None, 3, 1, 1, 1 / 3), ("e4s", 1, 1, 1, 1.0), ("hep", 2, 0, 0, 0.0)] == ask(catalog, query)


def test_the_first_snapshot_is_the_start_of_its_week_not_a_change(warehouse, ask):
    """Two snapshots in one week: what the first showed had not come. A source of one snapshot has no churn, and sources are kept apart."""
    monday, tuesday = (night.observed_at for night in nights(3)[1:])
    catalog = warehouse(
        snapshots=(snapshot(number=1, at=monday), snapshot(number=2, at=tuesday), snapshot("own", at=tuesday)),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "source": "own"}],
        ended_tag_specs=[{"spec_hash": B, "to_snapshot_id": 2}],
    )

    query = "select source, stack, start_spec_count, joined_spec_count, left_spec_count, spec_count, churn_share from stack_churn"
    assert [("public", None, 2, 0, 1, 1, 0.5)] == ask(catalog, query)
