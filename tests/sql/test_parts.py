"""A table that is stored in two parts: what has changed lies beside what was written before, and readers see one table."""

import pytest

from etl.load.catalog import build
from etl.load.manifest import Manifest
from etl.load.parquet import write_tables
from etl.load.released import read_table, row_count
from etl.schema import OPEN, RECENT, SCHEMA_VERSION, STORED

from .conftest import frames, snapshot

A, B, C = (letter * 32 for letter in "abc")
WEEKLY = "develop-2026-11-22"

OLDER = {
    "documents": [{"tag": "develop"}, {"tag": WEEKLY}, {"package": "xz"}],
    "tag_specs": [{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": A, "tag": WEEKLY}],
    "memberships": [{"spec_hash": A}, {"spec_hash": A, "tag": WEEKLY}],
    "specs": [{"spec_hash": A}, {"spec_hash": B}],
    "spec_variants": [{"spec_hash": A, "variant": "shared", "value": "true", "kind": "boolean", "is_propagated": False}],
    "versions": [{"version": "1.3", "version_order": 1, "is_newest": True}, {"package": "xz", "version_order": 1, "is_newest": True}],
}
NEWER = {
    "recent_pages": [{"tag": "develop"}, {"package": "xz"}],  # xz has gone
    "recent_documents": [{"tag": "develop", "changed_snapshot_id": 2}],
    "recent_tag_specs": [{"spec_hash": A}, {"spec_hash": C, "from_snapshot_id": 2}],  # b has gone
    "recent_memberships": [{"spec_hash": C, "from_snapshot_id": 2}],  # a left its stack
    "recent_specs": [{"spec_hash": A, "os": "rhel9"}, {"spec_hash": C, "version": "1.4"}],  # what is known of a is another
    "recent_versions": [
        {"version": "1.3", "version_order": 1, "is_newest": False},
        {"version": "1.4", "version_order": 2, "is_newest": True},
    ],
}
SEEN = {
    "data.documents": ("package, tag, changed_snapshot_id", [("zlib", "develop", 2), ("zlib", WEEKLY, 1)]),
    "data.tag_specs": ("tag, spec_hash, from_snapshot_id", [("develop", A, 1), ("develop", C, 2), (WEEKLY, A, 1)]),
    "data.memberships": ("tag, spec_hash, from_snapshot_id", [("develop", C, 2), (WEEKLY, A, 1)]),
    "data.specs": ("spec_hash, os, version", [(A, "rhel9", "1.3"), (B, "ubuntu24.04", "1.3"), (C, "ubuntu24.04", "1.4")]),
    "data.spec_variants": ("spec_hash, variant", []),  # those of a were in the older part
    "data.versions": ("package, version, is_newest", [("xz", "1.3", True), ("zlib", "1.3", False), ("zlib", "1.4", True)]),
}


@pytest.fixture
def files(tmp_path):
    """The files of both parts."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "r.json").write_text('{"run_id": "r", "status": "published", "started_at": "2026-11-22T04:00:00"}')
    return write_tables(frames(OLDER | NEWER), tmp_path)


def test_a_row_of_the_older_part_counts_unless_the_newer_has_its_page_its_spec_or_its_package(tmp_path, files, ask):
    """On both DuckDB versions, through the views."""
    build(tmp_path / "spack_cache.duckdb", Manifest(2, SCHEMA_VERSION, "0", {}, [snapshot()], files), tmp_path)
    for view, (columns, expected) in SEEN.items():
        assert expected == ask(tmp_path / "spack_cache.duckdb", f"select {columns} from {view} order by all"), view


def test_the_program_reads_the_same_rows_as_the_views(tmp_path, files):
    """And counts them."""
    for view, (columns, expected) in SEEN.items():
        name = view.removeprefix("data.")
        rows = read_table(tmp_path, files, name).select(columns.split(", ")).collect()

        assert expected == sorted(rows.rows()), name
        assert len(expected) == row_count(tmp_path, files, name)


def test_every_open_table_has_two_parts():
    """Their rows go by page, by spec or by package."""
    assert {RECENT[name] for name in OPEN} | {RECENT["pages"]} == {name for name in STORED if name.startswith("recent_")}
