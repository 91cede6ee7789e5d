"""The macro compatible_targets: which builds a machine can run, on both DuckDB versions."""

import archspec.cpu
import duckdb

A = "a" * 32


def test_a_machine_runs_what_was_built_for_it_and_for_what_it_is_a_successor_of(warehouse, ask):
    """The cache need not build for it: nobody builds for zen3, whose owner asks all the same."""
    query = "select target, target_steps from compatible_targets('zen3') order by target_steps"

    assert [("zen3", 0), ("zen2", 1), ("zen", 2), ("x86_64_v3", 3), ("x86_64_v2", 4), ("x86_64", 5)] == ask(warehouse(), query)


def test_a_target_may_be_typed_in_large_letters_or_beside_blanks(warehouse, ask):
    """All targets have small ones."""
    query = "select target, target_steps from compatible_targets(' X86_64_V2 ') order by target_steps"

    assert [("x86_64_v2", 0), ("x86_64", 1)] == ask(warehouse(), query)


def test_a_machine_that_archspec_does_not_know_runs_its_own_builds(warehouse, ask):
    """Of one that is not named nothing is known."""
    catalog = warehouse()

    assert [("graviton2", 0)] == ask(catalog, "select target, target_steps from compatible_targets('graviton2')")
    assert [] == ask(catalog, "select target from compatible_targets(null)")


def test_what_a_later_archspec_told_when_the_cache_was_read_is_known_too(warehouse, ask):
    """A target that the list lacks has the ancestors that its row has."""
    catalog = warehouse(targets=[{"target": "zen9", "ancestors_text": "zen5 zen4 x86_64"}])

    query = "select target from compatible_targets('zen9') order by target_steps"
    assert [("zen9",), ("zen5",), ("zen4",), ("x86_64",)] == ask(catalog, query)


def test_the_list_of_targets_is_that_of_the_installed_archspec(warehouse):
    """Where this fails, archspec has learned something: bring the list of the macro up to date."""
    expected = sorted((name, ancestor.name) for name, known in archspec.cpu.TARGETS.items() for ancestor in (known, *known.ancestors))
    with duckdb.connect(str(warehouse()), read_only=True) as connection:
        found = [
            (name, target)
            for name in archspec.cpu.TARGETS
            for (target,) in connection.execute(f"select target from compatible_targets('{name}')").fetchall()
        ]

    assert expected == sorted(found)


def test_no_target_comes_before_one_that_it_is_an_ancestor_of(warehouse):
    """Otherwise x86_64 could be called nearer than x86_64_v3."""
    with duckdb.connect(str(warehouse()), read_only=True) as connection:
        for name in archspec.cpu.TARGETS:
            order = [
                row[0] for row in connection.execute(f"select target from compatible_targets('{name}') order by target_steps").fetchall()
            ]
            misplaced = [(a, b) for i, a in enumerate(order) for b in order[i:] if archspec.cpu.TARGETS[b] > archspec.cpu.TARGETS[a]]

            assert [] == misplaced
