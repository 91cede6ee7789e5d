"""Any history, told night by night, and the views of it say the same; with the installed DuckDB."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.load.catalog import views_sql
from etl.load.manifest import Manifest
from etl.load.parquet import write_tables
from etl.schema import SCHEMA_VERSION, TABLES

from .conftest import PLAIN, night, nights

# spec: package, version, configuration
SPECS = {
    "a" * 32: ("zlib", "1.9", "1"),
    "b" * 32: ("zlib", "1.9", "1"),
    "c" * 32: ("zlib", "1.10", "2"),
    "d" * 32: ("zlib", "1.8", "4"),
    "e" * 32: ("zstd", "1.9", "3"),
}
VERSIONS = ("1.8", "1.9", "1.10")
STACKS = ("e4s", "hep")

# What stands under the tag in a night: each spec with its stacks.
Night = dict[str, frozenset[str]]
HISTORIES = st.lists(st.dictionaries(st.sampled_from(sorted(SPECS)), st.frozensets(st.sampled_from(STACKS))), min_size=1, max_size=5)


def intervals(values: Sequence[object]) -> Iterator[tuple[int, int | None, object]]:
    """Each run of equal values but None: first snapshot, the one after its last (None: it goes on), value."""
    start = 0
    for end in range(1, len(values) + 1):
        if end == len(values) or values[end] != values[start]:
            if values[start] is not None:
                yield start + 1, end + 1 if end < len(values) else None, values[start]
            start = end


def stored(history: Sequence[Night]) -> dict[str, list[dict[str, object]]]:
    """The rows that a warehouse has after these nights."""
    rows: dict[str, list[dict[str, object]]] = {"tag_specs": [], "ended_tag_specs": [], "memberships": [], "ended_memberships": []}
    for spec, (package, *_) in SPECS.items():
        plain = {"spec_hash": spec, "package": package}
        for begin, end, stacks in intervals([one.get(spec) for one in history]):
            row = {**plain, "stacks_text": ",".join(sorted(stacks)), "from_snapshot_id": begin, "to_snapshot_id": end}
            rows["ended_tag_specs" if end else "tag_specs"].append(row)
        for stack in STACKS:
            for begin, end, _ in intervals([True if stack in one.get(spec, ()) else None for one in history]):
                row = {**plain, "stack": stack, "from_snapshot_id": begin, "to_snapshot_id": end}
                rows["ended_memberships" if end else "memberships"].append(row)
    return rows


def connected(history: Sequence[Night], folder: Path) -> duckdb.DuckDBPyConnection:
    """The views over these nights."""
    rows = stored(history)
    rows["specs"] = [
        {"spec_hash": spec, "package": package, "version": version, "configuration_id": configuration * 16}
        for spec, (package, version, configuration) in SPECS.items()
    ]
    rows["versions"] = [
        {"package": package, "version": version, "version_order": order}
        for package in ("zlib", "zstd")
        for order, version in enumerate(VERSIONS, start=1)
    ]
    frames = {
        name: pl.DataFrame(
            [{column: row.get(column, PLAIN.get(column)) for column in table.columns} for row in rows.get(name, [])],
            schema=table.polars_schema,
        )
        for name, table in TABLES.items()
    }
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    (folder / "runs" / "r.json").write_text('{"run_id": "r"}')
    files = write_tables(frames, folder)
    connection = duckdb.connect()
    connection.execute(views_sql(Manifest(1, SCHEMA_VERSION, "0", {}, list(nights(len(history))), files), folder))
    return connection


def place(one: Night, stack: str | None) -> set[str]:
    """The specs under the tag, or in a stack of it."""
    return {spec for spec, stacks in one.items() if stack is None or stack in stacks}


def differences(before: Night, after: Night) -> Iterator[tuple[object, ...]]:
    """Stack, spec and change, as compare_times has them."""
    for stack in (None, *STACKS):
        came, went = ("spec_added", "spec_removed") if stack is None else ("stack_joined", "stack_left")
        yield from ((stack, spec, came) for spec in place(after, stack) - place(before, stack))
        yield from ((stack, spec, went) for spec in place(before, stack) - place(after, stack))


def changes(before: Night, after: Night) -> Iterator[tuple[object, ...]]:
    """Stack, package, spec, version and change, as changes has them."""
    for stack, spec, change in differences(before, after):
        yield stack, SPECS[spec][0], spec, SPECS[spec][1], change
    for name, width in (("package", 1), ("version", 2)):
        held = [{(*SPECS[spec][:width], None)[:2] for spec in one} for one in (before, after)]
        yield from ((None, package, None, version, f"{name}_added") for package, version in held[1] - held[0])
        yield from ((None, package, None, version, f"{name}_removed") for package, version in held[0] - held[1])
    lost = {(SPECS[spec][0], SPECS[spec][2]) for spec in set(before) - set(after)}
    for spec in set(after) - set(before):
        package, version, configuration = SPECS[spec]
        if (package, configuration) in lost:
            yield None, package, spec, version, "rebuilt"


def bumps(before: Night, after: Night) -> Iterator[tuple[object, ...]]:
    """Stack, package, older and newer version, as version_bumps has them."""
    for stack in (None, *STACKS):
        for package in ("zlib", "zstd"):
            old, new = (
                max((VERSIONS.index(SPECS[spec][1]) for spec in place(one, stack) if SPECS[spec][0] == package), default=None)
                for one in (before, after)
            )
            if old is not None and new is not None and new > old:
                yield stack, package, VERSIONS[old], VERSIONS[new]


def counts(before: Night, one: Night) -> Iterator[tuple[object, ...]]:
    """Stack, specs, packages and configurations, as snapshot_trend has them: none at the night that took the last."""
    for stack in (None, *STACKS):
        specs = place(one, stack)
        if specs or place(before, stack):
            packages = {SPECS[spec][0] for spec in specs}
            yield stack, len(specs), len(packages), len({(SPECS[spec][0], SPECS[spec][2]) for spec in specs})


@settings(deadline=None, max_examples=25)
@given(history=HISTORIES)
def test_the_views_of_a_history_say_what_happened(history, tmp_path_factory):
    """The changes of each night, the newer versions, the counts, and the state and the differences of any two times."""
    connection = connected(history, tmp_path_factory.mktemp("warehouse"))

    def got(query: str) -> list[tuple[object, ...]]:
        return sorted(connection.execute(query).fetchall(), key=str)

    def told(rows: Iterator[tuple[object, ...]]) -> list[tuple[object, ...]]:
        return sorted(rows, key=str)

    numbered = list(enumerate(pairwise(history), start=2))
    assert told((number, *row) for number, both in numbered for row in changes(*both)) == got(
        "select snapshot_id, stack, package, spec_hash, version, change from changes"
    )
    assert told((number, *row) for number, both in numbered for row in bumps(*both)) == got(
        "select snapshot_id, stack, package, previous_version, version from version_bumps"
    )
    assert told((number, *row) for number, both in enumerate(pairwise([{}, *history]), start=1) for row in counts(*both)) == got(
        "select snapshot_id, stack, spec_count, package_count, configuration_count from snapshot_trend"
    )
    for first, before in enumerate(history, start=1):
        assert told((spec, ",".join(sorted(stacks))) for spec, stacks in before.items()) == got(
            f"select spec_hash, stacks_text from tag_specs_as_of(timestamp '{night(first)}')"
        )
        assert told((stack, spec) for stack in STACKS for spec in place(before, stack)) == got(
            f"select stack, spec_hash from memberships_as_of(timestamp '{night(first)}')"
        )
        for second, after in enumerate(history, start=1):
            assert told(differences(before, after)) == got(
                f"select stack, spec_hash, change from compare_times(timestamp '{night(first)}', timestamp '{night(second)}')"
            )
    connection.close()
