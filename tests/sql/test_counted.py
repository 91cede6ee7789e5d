"""What a release counts beforehand: the same rows whether it is stored or counted when asked, by polars or by SQL."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import counting
from etl.counting import write_counted
from etl.load.catalog import build, tables_sql
from etl.load.definitions import counted
from etl.load.manifest import Manifest
from etl.load.parquet import write_tables
from etl.load.released import read_table
from etl.schema import COUNTED, SCHEMA_VERSION, TABLES

from .conftest import frames, snapshot

A, B, C, D = (letter * 32 for letter in "abcd")

# Two builds that look alike, in the same stacks and in others; one for a target that nobody knows; one that has left.
ROWS = {
    "specs": [
        {"spec_hash": A},
        {"spec_hash": B},
        {"spec_hash": C, "target": "z80", "variants_text": None, "compiler_name": None, "compiler_version": None},
        {"spec_hash": D},
    ],
    "tag_specs": [
        {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2},
        {"spec_hash": B, "stacks_text": "e4s,hep", "stack_count": 2},
        {"spec_hash": C, "stacks_text": None, "stack_count": None, "is_root_only": None},
        {"spec_hash": A, "tag": "v1.0", "is_root_only": True},
        {"spec_hash": B, "tag": "v1.0"},
    ],
    "ended_tag_specs": [{"spec_hash": D, "to_snapshot_id": 2}],
    "targets": [{"target": "x86_64_v3", "family": "x86_64"}, {"target": "z80"}],
}
TAG_CONFIGURATIONS = [
    ("develop", "z80", None, None, None, None, 1),
    ("develop", "x86_64_v3", "x86_64", 2, "e4s,hep", False, 2),
    ("v1.0", "x86_64_v3", "x86_64", 0, "", False, 1),
    ("v1.0", "x86_64_v3", "x86_64", 0, "", True, 1),
]


def made(folder: Path, rows: dict[str, list[dict[str, object]]], is_stored: bool) -> Path:
    """A catalog over these rows, with what is counted of them in files or not."""
    (folder / "runs").mkdir(parents=True)
    (folder / "runs" / "r.json").write_text('{"run_id": "r", "status": "published", "started_at": "2026-11-22T04:00:00"}')
    files = write_tables({name: frame for name, frame in frames(rows).items() if name not in COUNTED}, folder)
    files += write_counted((folder,), files) if is_stored else []
    build(folder / "spack_cache.duckdb", Manifest(1, SCHEMA_VERSION, "0", {}, [snapshot()], files), folder)
    return folder / "spack_cache.duckdb"


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "counted when asked"])
def test_builds_are_counted_by_what_can_be_seen_of_them(is_stored, tmp_path, ask):
    """In each tag and set of stacks; root alone, no stack at all and nothing said are three things."""
    catalog = made(tmp_path, ROWS, is_stored)
    columns = "tag, target, target_family, stack_count, stacks_text, is_root_only, spec_count"

    assert TAG_CONFIGURATIONS == ask(
        catalog, f"select {columns} from tag_configurations order by tag, target desc, is_root_only nulls first"
    )
    assert [("z80", C, 1, 1), ("x86_64_v3", A, 2, 3)] == ask(
        catalog, "select target, first_spec_hash, spec_count, known_spec_count from configurations order by target desc"
    )


CLAIMS = (("develop", "evil"), ("develop", "zlib"), ("v1.0", "evil"), ("v1.0", "bad"))


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "counted when asked"])
def test_a_hash_that_pages_of_two_packages_claim_is_counted_once(is_stored, tmp_path, ask):
    """Where its own package is, else under the first by name; only a forged page brings that about."""
    rows = {
        "specs": [{"spec_hash": A, "package": "zlib"}],
        "tag_specs": [{"spec_hash": A, "tag": tag, "package": package} for tag, package in CLAIMS],
        "spec_conflicts": [{"spec_hash": A, "package": "zlib", "field": "package", "value": "evil", "document_count": 1}],
    }

    assert [("develop", "zlib", 1), ("v1.0", "bad", 1)] == ask(
        made(tmp_path, rows, is_stored), "select tag, package, spec_count from tag_configurations order by tag"
    )


def test_nothing_is_counted_of_nothing(tmp_path, ask):
    """A table without rows has no file, and its view no rows."""
    catalog = made(tmp_path, {}, is_stored=True)

    assert [] == list((tmp_path / "data").glob("*configurations/*"))
    assert [(0, 0)] == ask(catalog, "select (select count(*) from configurations), (select count(*) from tag_configurations)")


# A canonical text, and what it says: variant, kind, values, whether it is handed on.
OPTIONS = [
    (None, []),
    ("", []),
    ("+mpi", [("mpi", "boolean", ["true"], False)]),
    ("languages=c,c++ ~~mpi", [("languages", "value", ["c", "c++"], False), ("mpi", "boolean", ["false"], True)]),
    ("cflags='-O2 -g,x' note==\"it's\"", [("cflags", "value", ["-O2 -g", "x"], False), ("note", "value", ["it's"], True)]),
]
HASHES = st.sampled_from([letter * 32 for letter in "abcdef"])
PACKAGES = st.sampled_from(["xz", "zlib"])
SPECS = st.lists(
    st.fixed_dictionaries(
        {
            "spec_hash": HASHES,
            "package": PACKAGES,
            "version": st.sampled_from(["1.3", "1.4"]),
            "target": st.sampled_from(["zen4", "z80"]),
            "compiler_version": st.sampled_from(["13", None]),
            "options": st.sampled_from(OPTIONS),
        }
    ),
    unique_by=lambda row: row["spec_hash"],
)
TAG_SPECS = st.lists(
    st.fixed_dictionaries(
        {
            "spec_hash": HASHES,
            "source": st.sampled_from(["own", "public"]),
            "tag": st.sampled_from(["develop", "v1.0"]),
            "package": PACKAGES,
            "stacks": st.sampled_from([("", 0, False), ("", 0, True), ("e4s", 1, False), ("e4s,hep", 2, False), (None, None, None)]),
        }
    ),
    max_size=12,
    unique_by=lambda row: (row["spec_hash"], row["source"], row["tag"], row["package"]),
)


@given(specs=SPECS, held=TAG_SPECS, has_ended=st.booleans(), most_specs=st.sampled_from([1, 3, counting.MOST_SPECS]))
def test_polars_and_sql_count_the_same(specs, held, has_ended, most_specs, tmp_path_factory):
    """Of any rows, in one range of packages or several: forged pages, specs that have left, what nobody says, options in quotes."""
    folder = tmp_path_factory.mktemp("counted")
    packages: dict[str, set[str]] = {}
    for row in held:
        packages.setdefault(row["spec_hash"], set()).add(row["package"])
    known = {row["spec_hash"]: row for row in specs}
    rows = {
        "specs": [{**row, "variants_text": row["options"][0]} for row in specs],
        "spec_variants": [
            {"spec_hash": row["spec_hash"], "variant": variant, "kind": kind, "value": value, "is_propagated": is_propagated}
            for row in specs
            for variant, kind, values, is_propagated in row["options"][1]
            for value in values
        ],
        "tag_specs": [
            {**row, "stacks_text": text, "stack_count": count, "is_root_only": alone}
            for row in held
            if row["spec_hash"] in known
            for text, count, alone in [row["stacks"]]
        ],
        "spec_conflicts": [
            {"spec_hash": one, "field": "package", "value": name, "document_count": 1}
            for one, names in packages.items()
            if len(names) > 1
            for name in names
        ],
        # A release without rows that ended holds all that it knows.
        "ended_tag_specs": [{"spec_hash": row["spec_hash"]} for row in specs] if has_ended else [],
        "targets": [{"target": "zen4", "family": "x86_64"}, {"target": "z80"}],
    }
    if not has_ended:
        held_hashes = {row["spec_hash"] for row in rows["tag_specs"]}
        rows["specs"] = [row for row in rows["specs"] if row["spec_hash"] in held_hashes]
    files = write_tables({name: frame for name, frame in frames(rows).items() if name not in COUNTED}, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MOST_SPECS", most_specs)
        stored = write_counted((folder,), files)
    with duckdb.connect(":memory:") as connection:
        connection.execute(tables_sql(files, [folder]))
        for name in COUNTED:
            connection.execute(f"create or replace view data.{name} as {counted()[name].statement}")
            columns = ", ".join(TABLES[name].columns)
            by_sql = connection.execute(f"select {columns} from data.{name}").fetchall()

            assert sorted(by_sql, key=repr) == sorted(
                read_table(folder, stored, name).select(list(TABLES[name].columns)).collect().rows(), key=repr
            )
