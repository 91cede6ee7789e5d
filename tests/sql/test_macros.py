"""The macros: rows of the stored tables and arguments -> answers, on both DuckDB versions."""

import datetime as dt

from .conftest import night, nights, snapshot

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)

# A was in e4s, then in hep; B left at 3, came back at 4.
HISTORY = {
    "snapshots": nights(4),
    "specs": [{"spec_hash": A}, {"spec_hash": B}],
    "tag_specs": [
        {"spec_hash": A, "stacks_text": "hep", "stack_count": 1, "from_snapshot_id": 2},
        {"spec_hash": B, "from_snapshot_id": 4},
    ],
    "ended_tag_specs": [
        {"spec_hash": A, "stacks_text": "e4s", "stack_count": 1, "to_snapshot_id": 2},
        {"spec_hash": B, "to_snapshot_id": 3},
    ],
    "memberships": [{"spec_hash": A, "stack": "hep", "from_snapshot_id": 2}],
    "ended_memberships": [{"spec_hash": A, "stack": "e4s", "to_snapshot_id": 2}],
}


def at(time: dt.datetime) -> str:
    """A time as SQL has it."""
    return f"timestamp '{time}'"


def test_the_state_as_of_a_time_is_that_of_the_last_snapshot_not_after_it(warehouse, ask):
    """At the very time of a snapshot it is that one; before the first there is nothing."""
    catalog = warehouse(**HISTORY)
    second = dt.timedelta(seconds=1)
    expected = {
        night(1) - second: [],
        night(1): [(A, "e4s"), (B, "")],
        night(2) - second: [(A, "e4s"), (B, "")],
        night(2): [(A, "hep"), (B, "")],
        night(3): [(A, "hep")],
        night(9): [(A, "hep"), (B, "")],
    }

    query = " union all ".join(
        f"select {number} as moment, spec_hash, stacks_text from tag_specs_as_of({at(time)})" for number, time in enumerate(expected)
    )
    assert [(number, *row) for number, rows in enumerate(expected.values()) for row in rows] == ask(catalog, f"{query} order by all")


def test_memberships_as_of_a_time_are_those_of_that_snapshot(warehouse, ask):
    """Each source by snapshots of its own: one that began later has none yet."""
    history = {**HISTORY, "snapshots": (*nights(4), snapshot("own", 1, night(3)))}
    catalog = warehouse(**{**history, "memberships": [*HISTORY["memberships"], {"spec_hash": A, "source": "own"}]})

    assert [("public", "develop", "e4s", A, "zlib")] == ask(catalog, f"select * from memberships_as_of({at(night(1))})")
    assert [("own", "e4s"), ("public", "hep")] == ask(
        catalog, f"select source, stack from memberships_as_of({at(night(3))}) order by source"
    )


def test_a_time_may_be_given_as_text_or_date(warehouse, ask):
    """It is cast."""
    catalog = warehouse(**HISTORY)

    query = f"select count(*) from tag_specs_as_of('{night(3)}') union all select count(*) from tag_specs_as_of(date '2026-11-24')"
    assert [(1,), (2,)] == ask(catalog, query)


def test_compare_times_tells_what_differs_and_nothing_of_what_came_back(warehouse, ask):
    """From night 1 to 4 only A's stacks; from 1 to 3 B too."""
    catalog = warehouse(**HISTORY)
    query = "select stack, spec_hash, change from compare_times({}, {}) order by change, stack"

    assert [("hep", A, "stack_joined"), ("e4s", A, "stack_left")] == ask(catalog, query.format(at(night(1)), at(night(4))))
    assert [(None, B, "spec_removed"), ("hep", A, "stack_joined"), ("e4s", A, "stack_left")] == ask(
        catalog, query.format(at(night(1)), at(night(3)))
    )
    assert [] == ask(catalog, query.format(at(night(3)), at(night(3))))


def test_compare_times_backwards_turns_every_change_round(warehouse, ask):
    """What was removed since counts as added."""
    catalog = warehouse(**HISTORY)

    query = f"select stack, spec_hash, change from compare_times({at(night(3))}, {at(night(1))}) order by change, stack"
    assert [(None, B, "spec_added"), ("e4s", A, "stack_joined"), ("hep", A, "stack_left")] == ask(catalog, query)


def test_compare_times_leaves_out_a_source_that_one_of_the_times_does_not_know(warehouse, ask):
    """Its first snapshot is the start, not a change."""
    catalog = warehouse(**{**HISTORY, "snapshots": (*nights(4), snapshot("own", 1, night(3))), "tag_specs": [{"source": "own"}]})

    assert [] == ask(catalog, f"select source from compare_times({at(night(1))}, {at(night(4))}) where source = 'own'")


def test_compare_tags_says_how_near_the_other_tag_comes(warehouse, ask):
    """A stands in both: no row. B has its like, C its version, D its package; zstd is not in the release at all."""
    e, f = "e" * 32, "f" * 32
    catalog = warehouse(
        specs=[
            {"spec_hash": A, "configuration_id": "1" * 16},
            {"spec_hash": B, "configuration_id": "1" * 16},
            {"spec_hash": C, "configuration_id": "3" * 16},
            {"spec_hash": D, "configuration_id": "4" * 16, "version": "1.4"},
            {"spec_hash": e, "configuration_id": "5" * 16, "package": "zstd"},
            {"spec_hash": f, "configuration_id": "6" * 16, "version": "1.2"},
        ],
        tag_specs=[
            *({"spec_hash": spec} for spec in (A, B, C, D)),
            {"spec_hash": e, "package": "zstd"},
            {"spec_hash": A, "tag": "v1.0"},
            {"spec_hash": f, "tag": "v1.0"},
            {"spec_hash": f, "tag": "v2.0"},
        ],
    )

    assert [
        ("develop", "v1.0", "zlib", "1.3", B, "configuration"),
        ("develop", "v1.0", "zlib", "1.3", C, "version"),
        ("develop", "v1.0", "zlib", "1.4", D, "package"),
        ("develop", "v1.0", "zstd", "1.3", e, "none"),
        ("v1.0", "develop", "zlib", "1.2", f, "package"),
    ] == ask(catalog, "select tag, other_tag, package, version, spec_hash, match from compare_tags('develop', 'v1.0') order by all")


def test_compare_tags_compares_within_a_source(warehouse, ask):
    """What another source has under the tag is no answer."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own")),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0", "source": "own"}],
    )

    query = "select source, tag, match from compare_tags('develop', 'v1.0') order by source"
    assert [("own", "v1.0", "none"), ("public", "develop", "none")] == ask(catalog, query)


def edge(spec: str, dependency: str, package: str = "zlib", version: str = "1.3", kind: str = "link") -> dict[str, object]:
    """A spec that depends on another."""
    return {"spec_hash": spec, "dependency_hash": dependency, "dependency_package": package, "dependency_version": version, "kind": kind}


# app (C) needs lib (B) and zlib (A); lib needs zlib; tool (D) needs another zlib.
GRAPH = {
    "specs": [
        {"spec_hash": A},
        {"spec_hash": B, "package": "lib", "version": "2"},
        {"spec_hash": C, "package": "app", "version": "3"},
        {"spec_hash": D, "package": "tool", "version": "4"},
    ],
    "tag_specs": [{"spec_hash": spec, "package": package} for spec, package in ((A, "zlib"), (B, "lib"), (C, "app"), (D, "tool"))],
    "spec_dependencies": [
        edge(B, A),
        edge(B, A, kind="build"),
        edge(C, B, "lib", "2"),
        edge(D, "e" * 32, version="1.2"),
    ],
}


def test_all_dependents_go_on_to_what_depends_on_them(warehouse, ask):
    """lib is one step from zlib 1.3, app two; tool only depends on another version, which NULL includes."""
    catalog = warehouse(**GRAPH)

    query = "select package, version, depth from all_dependents('zlib', {}) order by depth, package"
    assert [("lib", "2", 1), ("app", "3", 2)] == ask(catalog, query.format("'1.3'"))
    assert [("lib", "2", 1), ("tool", "4", 1), ("app", "3", 2)] == ask(catalog, query.format("null"))


def test_all_dependents_have_their_shortest_way_once(warehouse, ask):
    """app needs zlib itself too: depth 1, one row."""
    catalog = warehouse(**{**GRAPH, "spec_dependencies": [*GRAPH["spec_dependencies"], edge(C, A, kind="run")]})

    assert [("app", 1), ("lib", 1)] == ask(catalog, "select package, depth from all_dependents('zlib', '1.3') order by package")


def test_all_dependents_are_builds_that_are_there_now(warehouse, ask):
    """The way may lead through one that is gone: lib left, app did not."""
    catalog = warehouse(**{**GRAPH, "tag_specs": [{"spec_hash": C, "package": "app"}]})

    assert [("app", 2)] == ask(catalog, "select package, depth from all_dependents('zlib', '1.3')")


def test_made_up_hashes_that_run_in_a_circle_come_to_an_end(warehouse, ask):
    """An index may claim anything."""
    catalog = warehouse(**{**GRAPH, "spec_dependencies": [edge(B, A), edge(A, B, "lib", "2")]})

    assert [("lib", 1), ("zlib", 2)] == ask(catalog, "select package, depth from all_dependents('zlib', '1.3') order by depth")
