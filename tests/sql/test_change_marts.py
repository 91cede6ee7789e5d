"""The marts of change: rows of the history -> answers, worked out by hand, on both DuckDB versions."""

import datetime as dt

from .conftest import NIGHT, night, nights, snapshot

A, B, C, D, E, F, G = (letter * 32 for letter in "abcdefg")


def at_days(*days: int) -> tuple[object, ...]:
    """Snapshots of a source, so many days after its first."""
    return tuple(snapshot(number=number, at=NIGHT + dt.timedelta(days=day)) for number, day in enumerate((0, *days), start=1))


def test_recent_changes_are_counted_back_from_the_sources_last_snapshot(warehouse, ask):
    """30 days and no more; 7 days; the last snapshot alone."""
    catalog = warehouse(
        snapshots=at_days(10, 11, 33, 40),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        tag_specs=[{"spec_hash": spec, "from_snapshot_id": number} for spec, number in ((A, 2), (B, 3), (C, 4), (D, 5))],
    )

    query = """select spec_hash, days_ago, is_in_last_snapshot, is_in_last_7_days from recent_changes
               where change = 'spec_added' order by spec_hash"""
    assert [(B, 29.0, False, False), (C, 7.0, False, False), (D, 0.0, True, True)] == ask(catalog, query)


def test_a_package_joins_a_stack_with_its_first_build_and_leaves_with_its_last(warehouse, ask):
    """What is between is a change; builds that left and joined are counted."""
    catalog = warehouse(
        snapshots=nights(4),
        memberships=[{"spec_hash": C, "stack": "hep", "from_snapshot_id": 1}],
        ended_memberships=[
            {"spec_hash": A, "from_snapshot_id": 2, "to_snapshot_id": 3},
            {"spec_hash": B, "from_snapshot_id": 3, "to_snapshot_id": 4},
        ],
    )

    query = "select snapshot_id, stack, joined_spec_count, left_spec_count, spec_count, change from stack_changes order by snapshot_id"
    assert [(2, "e4s", 1, 0, 1, "joined"), (3, "e4s", 1, 1, 1, "changed"), (4, "e4s", 0, 1, 0, "left")] == ask(catalog, query)


def test_a_version_bump_is_a_newest_version_that_is_newer(warehouse, ask):
    """1.9 to 1.10 at 2. An older version at 3 is none, nor are more builds of the newest; after 1.10 left, 1.9 is no bump."""
    catalog = warehouse(
        snapshots=nights(4),
        specs=[
            {"spec_hash": A, "version": "1.9"},
            {"spec_hash": B, "version": "1.10"},
            {"spec_hash": C, "version": "1.8"},
            {"spec_hash": D, "version": "1.10"},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": C, "from_snapshot_id": 3}],
        ended_tag_specs=[
            {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 4},
            {"spec_hash": D, "from_snapshot_id": 3, "to_snapshot_id": 4},
        ],
        memberships=[{"spec_hash": A}],
        ended_memberships=[{"spec_hash": D, "from_snapshot_id": 3, "to_snapshot_id": 4}],
        versions=[{"version": version, "version_order": order} for order, version in enumerate(("1.8", "1.9", "1.10"), start=1)],
    )

    query = "select snapshot_id, week_date, stack, package, previous_version, version from version_bumps order by snapshot_id"
    assert [
        (2, "2026-11-23", None, "zlib", "1.9", "1.10"),
        (3, "2026-11-23", "e4s", "zlib", "1.9", "1.10"),
    ] == ask(catalog, query)


def test_a_package_that_is_new_has_no_version_to_be_newer_than(warehouse, ask):
    """Nor has one that comes back after it was gone."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A, "version": "1.9"}, {"spec_hash": B, "version": "1.10"}],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 3}],
        ended_tag_specs=[{"spec_hash": A, "to_snapshot_id": 2}],
        versions=[{"version": "1.9", "version_order": 1}, {"version": "1.10", "version_order": 2}],
    )

    assert [] == ask(catalog, "select version from version_bumps")


def test_a_development_version_hides_no_bump(warehouse, ask):
    """zlib, with main all along, goes from 1.0 to 2.0. zstd gets its first release beside main. curl loses its release: main is no bump."""
    of = {A: ("zlib", "main"), B: ("zlib", "1.0"), C: ("zlib", "2.0"), D: ("zstd", "main"), E: ("zstd", "1.0")}
    of |= {F: ("curl", "1.0"), G: ("curl", "main")}
    rows = {spec: {"spec_hash": spec, "package": package, "version": version} for spec, (package, version) in of.items()}
    catalog = warehouse(
        snapshots=nights(2),
        specs=list(rows.values()),
        tag_specs=[rows[A], rows[D], *({**rows[spec], "from_snapshot_id": 2} for spec in (C, E, G))],
        ended_tag_specs=[rows[B], rows[F]],
        versions=[
            {"package": package, "version": version, "version_order": order}
            for package in ("zlib", "zstd", "curl")
            for order, version in enumerate(("1.0", "2.0", "main"), start=1)
        ],
    )

    query = "select package, previous_version, version from version_bumps order by package"
    assert [("zlib", "1.0", "2.0"), ("zstd", "main", "1.0")] == ask(catalog, query)


def test_churn_is_counted_by_week_from_monday(warehouse, ask):
    """Of the week that begins with night 2: A went; B came for it, and C, which looks like none. Night 1 is a Sunday."""
    catalog = warehouse(
        snapshots=nights(9),
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "2" * 16},
        ],
        tag_specs=[{"spec_hash": C, "from_snapshot_id": 8}],
        ended_tag_specs=[
            {"spec_hash": A, "to_snapshot_id": 2},
            {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 9},
        ],
    )

    assert [
        ("public", "develop", "zlib", "2026-11-23", "2026-W48", 2, 1, 1, 0.5),
        ("public", "develop", "zlib", "2026-11-30", "2026-W49", 0, 1, 0, None),
    ] == ask(catalog, "select * from weekly_churn order by week_date")


def test_no_more_builds_are_rebuilt_than_went(warehouse, ask):
    """One went and three came that look the same: one replaced it, two are more. Another week, two went and one came for both."""
    catalog = warehouse(
        snapshots=nights(9),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D, E)],
        tag_specs=[{"spec_hash": B, "from_snapshot_id": 2}, {"spec_hash": E, "from_snapshot_id": 9}],
        ended_tag_specs=[
            {"spec_hash": A, "to_snapshot_id": 2},
            {"spec_hash": C, "from_snapshot_id": 2, "to_snapshot_id": 9},
            {"spec_hash": D, "from_snapshot_id": 2, "to_snapshot_id": 9},
        ],
    )

    query = "select added_spec_count, removed_spec_count, rebuilt_spec_count, rebuilt_share from weekly_churn order by week_date"
    assert [(3, 1, 1, 1 / 3), (1, 2, 1, 1.0)] == ask(catalog, query)
    assert [(2, 3), (9, 1)] == ask(catalog, "select snapshot_id, count(*) from changes where change = 'rebuilt' group by all order by all")


def test_lifetimes_are_those_of_stays_whose_arrival_was_seen(warehouse, ask):
    """A, there from the start, tells nothing. Of three stays two are over, after 2 and 8 days; D is young: 7 days back it was not there."""
    catalog = warehouse(
        snapshots=at_days(1, 3, 9, 20, 22),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        tag_specs=[{"spec_hash": D, "from_snapshot_id": 5}],
        ended_tag_specs=[
            {"spec_hash": A, "from_snapshot_id": 1, "to_snapshot_id": 5},
            {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 3},
            {"spec_hash": C, "from_snapshot_id": 2, "to_snapshot_id": 4},
        ],
    )

    query = """select stack, target, stay_count, ended_stay_count, median_days, kept_7_days_share, kept_14_days_share, kept_30_days_share
               from spec_lifetimes"""
    assert [(None, "x86_64_v3", 3, 2, 5.0, 0.5, 0.0, None)] == ask(catalog, query)


def test_a_package_flaps_if_it_came_back(warehouse, ask):
    """zlib went twice and came back once; in its stack it came and went, and came again; zstd is only new."""
    catalog = warehouse(
        snapshots=nights(5),
        specs=[{"spec_hash": A}, {"spec_hash": B, "package": "zstd"}],
        tag_specs=[{"spec_hash": B, "package": "zstd", "from_snapshot_id": 2}],
        ended_tag_specs=[
            {"spec_hash": A, "from_snapshot_id": 1, "to_snapshot_id": 2},
            {"spec_hash": A, "from_snapshot_id": 3, "to_snapshot_id": 5},
        ],
        memberships=[{"spec_hash": A, "from_snapshot_id": 4}],
        ended_memberships=[{"spec_hash": A, "from_snapshot_id": 2, "to_snapshot_id": 3}],
    )

    query = (
        "select stack, package, removed_count, returned_count, last_changed_at, is_there from flapping_packages order by stack nulls first"
    )
    assert [
        (None, "zlib", 2, 1, str(night(5)), False),
        ("e4s", "zlib", 1, 1, str(night(4)), True),
    ] == ask(catalog, query)


def test_a_spec_is_at_risk_if_it_left_its_stacks_and_is_only_in_root(warehouse, ask):
    """A left at 3, a change of root after that is no matter. B stands in a stack, C was never seen in one, D is not in root."""
    plain = {"stack_count": 0, "stacks_text": "", "is_root_only": True}
    in_stacks = {"stack_count": 2, "stacks_text": "e4s,hep", "is_root_only": False}
    catalog = warehouse(
        snapshots=nights(5),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        tag_specs=[
            {"spec_hash": A, **plain, "from_snapshot_id": 4},
            {"spec_hash": B, **in_stacks, "from_snapshot_id": 4},
            {"spec_hash": C, **plain},
            {"spec_hash": D, **plain, "is_root_only": False, "is_in_root": False, "from_snapshot_id": 4},
        ],
        ended_tag_specs=[
            {"spec_hash": A, **in_stacks, "stacks_text": "ml", "to_snapshot_id": 2},
            {"spec_hash": A, **in_stacks, "from_snapshot_id": 2, "to_snapshot_id": 3},
            {"spec_hash": A, **plain, "is_root_only": False, "from_snapshot_id": 3, "to_snapshot_id": 4},
            {"spec_hash": B, **plain, "to_snapshot_id": 4},
            {"spec_hash": D, **in_stacks, "to_snapshot_id": 4},
        ],
    )

    assert [("public", "develop", "zlib", "1.3", "x86_64_v3", A, "e4s,hep", str(night(3)), 2.0)] == ask(
        catalog, "select * from specs_at_risk"
    )


def test_a_loss_has_its_stack_its_target_and_its_tag(warehouse, ask):
    """At 2 the tag loses one of two builds, hep its only one, zen4 its only one; e4s and aarch64 lose none."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": A, "target": "aarch64"}, {"spec_hash": B, "target": "zen4"}],
        tag_specs=[{"spec_hash": A}],
        ended_tag_specs=[{"spec_hash": B}],
        memberships=[{"spec_hash": A, "stack": "e4s"}],
        ended_memberships=[{"spec_hash": B, "stack": "hep"}],
    )

    query = "select snapshot_id, dimension, name, spec_count, previous_spec_count, lost_share from sudden_losses order by dimension"
    assert [(2, "stack", "hep", 0, 1, 1.0), (2, "tag", "develop", 1, 2, 0.5), (2, "target", "zen4", 0, 1, 1.0)] == ask(catalog, query)


def test_builds_that_others_replace_are_no_loss(warehouse, ask):
    """Two go and two come: neither tag nor target is smaller."""
    catalog = warehouse(
        snapshots=nights(2),
        specs=[{"spec_hash": spec} for spec in (A, B, C, D)],
        tag_specs=[{"spec_hash": C, "from_snapshot_id": 2}, {"spec_hash": D, "from_snapshot_id": 2}],
        ended_tag_specs=[{"spec_hash": A}, {"spec_hash": B}],
    )

    assert [] == ask(catalog, "select name from sudden_losses")
