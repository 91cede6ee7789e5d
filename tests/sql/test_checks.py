"""The checks: each holds on one set of rows and names what breaks it on another, on both DuckDB versions."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from etl.load.definitions import checks

A, B, C = "a" * 32, "b" * 32, "c" * 32

# A small warehouse in which every claim holds.
SOUND = {
    "documents": [{"published_spec_count": 1}],
    "specs": [{"spec_hash": A}],
    "spec_variants": [{"spec_hash": A, "variant": "mpi", "value": "true", "kind": "boolean", "is_propagated": False}],
    "tag_specs": [{"spec_hash": A}],
    "memberships": [{"spec_hash": A, "from_snapshot_id": 2}],
    "ended_memberships": [{"spec_hash": A}],
    "reconciliation": [{"claim": "oss", "published": "rhel8", "differs": None}],
    "versions": [{"version": "1.3", "version_order": 1, "is_newest": True}],
    "targets": [{"target": "x86_64_v3", "family": "x86_64"}],
    "operating_systems": [{"os": "ubuntu24.04"}],
    "stacks": [{"stack": "e4s", "family": "e4s"}],
    "tags": [{"tag": "develop"}],
}

# What breaks each claim: the rows put in place of the sound ones, and what the check returns.
BROKEN = {
    "pages_agree_with_themselves": (
        {"reconciliation": [{"claim": "oss", "published": "rhel8", "differs": "centos7"}]},
        [("public", "develop", "zlib", "oss", "rhel8", "centos7")],
    ),
    "pages_agree_about_specs": (
        {"spec_conflicts": [{"spec_hash": A, "field": "os", "value": "centos7", "document_count": 1}]},
        [(A, "zlib", "os", "centos7", 1)],
    ),
    "every_hash_is_one_spec": ({"specs": [{"spec_hash": A}, {"spec_hash": A, "package": "zstd"}]}, [(A, 2)]),
    "every_tag_spec_has_its_spec": (
        {"tag_specs": [{"spec_hash": A}, {"spec_hash": B}], "ended_tag_specs": [{"spec_hash": C}]},
        [("public", "develop", "zlib", B), ("public", "develop", "zlib", C)],
    ),
    "every_membership_has_its_tag_spec": (
        {"memberships": [{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}]},
        [("public", "v1.0", "e4s", A)],
    ),
    "no_row_of_history_overlaps_another": (
        {
            "tag_specs": [{"spec_hash": A, "from_snapshot_id": 2}],
            "ended_tag_specs": [
                {"spec_hash": A, "to_snapshot_id": 3},
                {"spec_hash": B, "from_snapshot_id": 2, "to_snapshot_id": 2},
            ],
            "memberships": [{"spec_hash": A, "from_snapshot_id": 1}],
            "ended_memberships": [{"spec_hash": A, "from_snapshot_id": 3, "to_snapshot_id": 4}],
        },
        [
            ("public", "develop", "e4s", "zlib", A, 1, None),
            ("public", "develop", None, "zlib", A, 1, 3),
            ("public", "develop", None, "zlib", B, 2, 2),
        ],
    ),
    "every_option_has_its_spec": ({"spec_variants": [{"spec_hash": B, "variant": "mpi", "value": "true"}]}, [(B, "mpi", "true")]),
    "every_name_has_its_dimension": (
        {
            "specs": [{"spec_hash": A, "target": "zen4", "os": "rhel8", "version": "9"}],
            "memberships": [{"spec_hash": A, "stack": "hep"}],
            "documents": [{"tag": "v1.0"}],
            "ended_memberships": [{"spec_hash": A, "stack": "ml"}],
            "ended_tag_specs": [{"spec_hash": A, "tag": "v0.9"}],
        },
        [
            ("operating_systems", "rhel8"),
            ("stacks", "hep"),
            ("stacks", "ml"),
            ("tags", "v0.9"),
            ("tags", "v1.0"),
            ("targets", "zen4"),
            ("versions", "zlib@9"),
        ],
    ),
    "every_build_is_counted": (
        {"tag_specs": [{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B}]},
        [("public", "develop", 1, 2)],
    ),
    "every_target_is_known": ({"targets": [{"target": "x86_64_v3", "family": "x86_64"}, {"target": "z80"}]}, [("z80",)]),
    "every_stack_is_known": ({"stacks": [{"stack": "e4s", "family": "e4s"}, {"stack": "new"}]}, [("new",)]),
}

ALL = pytest.mark.parametrize("one", checks(), ids=lambda one: one.name)


@ALL
def test_a_claim_holds_where_nothing_is_wrong(one, warehouse, ask):
    """No row, no complaint."""
    assert [] == ask(warehouse(**SOUND), one.statement)


@ALL
def test_a_check_returns_what_breaks_its_claim(one, warehouse, ask):
    """Just that, in order."""
    rows, expected = BROKEN[one.name]

    assert expected == ask(warehouse(**{**SOUND, **rows}), one.statement)


@ALL
def test_the_header_says_claim_severity_and_what_is_read(one):
    """As a view's header does."""
    tree = sqlglot.parse_one(one.statement, dialect="duckdb")

    assert one.summary.endswith(".") and one.severity in ("error", "warning")
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)} - inner == set(one.reads)
    assert 1 == len(duckdb.extract_statements(one.statement))
