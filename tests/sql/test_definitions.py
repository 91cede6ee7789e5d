"""The SQL files themselves: what each header says is what the view does."""

import re
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from etl.load.definitions import FOLDER, checks, counted, definitions, examples, macros
from etl.schema import TABLES

# The public contract: the columns that must be there, the grain first.
CONTRACT = {
    "snapshots": "source snapshot_id observed_at revision document_count changed_document_count spec_count",
    "documents": "source tag package path layout sha256 spec_count published_spec_count first_seen_at changed_at is_stale",
    "tags": "source tag kind tag_date package_count spec_count stack_count published_spec_count is_partial is_observed",
    "stacks": "stack family platform accelerator",
    "packages": "package spec_count version_count newest_version first_seen_at last_seen_at is_current",
    "specs": "spec_hash is_hashed package version compiler_name compiler_version platform os target target_family size_bytes "
    "configuration_id variants_text first_seen_at last_seen_at is_current",
    "spec_variants": "spec_hash variant value kind is_propagated",
    "spec_conflicts": "spec_hash field value document_count",
    "versions": "package version version_order is_newest",
    "targets": "target family vendor generic_target ancestors_text",
    "operating_systems": "os distribution release",
    "compilers": "compiler_name compiler_version",
    "tag_specs": "source tag package spec_hash stack_count stacks_text is_root_only first_seen_at",
    "memberships": "source tag stack spec_hash package first_seen_at",
    "tag_spec_history": "source tag package spec_hash stack_count stacks_text is_root_only first_seen_at valid_from valid_to",
    "membership_history": "source tag stack spec_hash package first_seen_at valid_from valid_to",
    "changes": "source snapshot_id observed_at tag stack package spec_hash version change",
    "gaps": "source snapshot_id observed_at tag stack",
    "published_counts": "source tag package stack published_spec_count",
    "reconciliation": "source tag package claim published computed is_equal",
    "rejects": "source run_id observed_at path scope rule detail line excerpt",
    "runs": "run_id started_at finished_at status release documents_seen documents_read documents_rejected seconds peak_rss_bytes "
    "reason version",
}

VIEWS = pytest.mark.parametrize("one", definitions(), ids=lambda one: one.name)
MACROS = pytest.mark.parametrize("one", macros(), ids=lambda one: one.name)
ALL = pytest.mark.parametrize("one", (*definitions(), *macros()), ids=lambda one: one.name)


@pytest.fixture
def catalog(warehouse) -> Path:
    """A warehouse without rows: its views have columns all the same."""
    return warehouse()


@pytest.mark.parametrize("view", CONTRACT)
def test_a_view_of_the_contract_has_its_columns(view):
    """They may be scripted against: none may go or change its name."""
    columns = {column.name for one in definitions() if one.name == view for column in one.columns}

    assert set() == set(CONTRACT[view].split()) - columns


@VIEWS
def test_the_header_names_the_views_columns_and_types(one, catalog, ask):
    """In order, on both versions of DuckDB; no view has a list, a struct or an untyped NULL."""
    described = [(name, type_) for name, type_, *_ in ask(catalog, f"describe {one.name}")]

    assert [(column.name, column.type) for column in one.columns] == described
    assert {"VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "DOUBLE"} >= {type_ for _, type_ in described}


@ALL
def test_the_header_names_what_the_view_reads(one):
    """The order of creation is made from it."""
    query = re.sub(r"^create or replace macro .*?\) as table", "", one.statement)
    tree = sqlglot.parse_one(re.sub(r"\$\{\w+\}", "'given'", query), dialect="duckdb")
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)} - inner - {one.name, ""}
    asked = {call.name for call in tree.find_all(exp.Anonymous)} & {each.name for each in macros()}

    assert set(one.reads) == read | asked


@MACROS
def test_the_header_names_the_macros_columns_and_types(one, catalog, ask):
    """As those of views; an argument may be an untyped NULL."""
    described = [
        (name, type_) for name, type_, *_ in ask(catalog, f"describe select * from {one.name}({', '.join('NULL' for _ in one.arguments)})")
    ]

    assert [(column.name, column.type) for column in one.columns] == described
    assert {"VARCHAR", "BIGINT", "BOOLEAN", "TIMESTAMP", "DATE", "DOUBLE"} >= {type_ for _, type_ in described}


@MACROS
def test_the_header_names_the_macros_arguments(one, catalog):
    """In order, as DuckDB has them; none is named as a column is, which DuckDB could not tell from it."""
    columns = {column.name for each in definitions() for column in each.columns}
    with duckdb.connect(str(catalog), read_only=True) as connection:
        found = connection.execute("select parameters, comment from duckdb_functions() where function_name = ?", [one.name]).fetchall()

    assert [([argument.name for argument in one.arguments], found[0][1])] == found
    assert f"Grain: {one.grain}." in found[0][1]
    assert set() == {argument.name for argument in one.arguments} & columns


@VIEWS
def test_every_view_and_column_has_its_comment(one, catalog):
    """They are what a BI tool shows."""
    with duckdb.connect(str(catalog), read_only=True) as connection:
        view = connection.execute("select comment from duckdb_views() where schema_name = 'main' and view_name = ?", [one.name]).fetchone()
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'main' and table_name = ? order by column_index",
            [one.name],
        ).fetchall()

    assert view is not None and f"Grain: {one.grain}." in view[0]
    assert [(column.name, column.description) for column in one.columns] == columns


@pytest.mark.parametrize("table", TABLES)
def test_every_stored_table_has_its_comments(table, catalog):
    """From the one declaration in etl/schema/."""
    with duckdb.connect(str(catalog), read_only=True) as connection:
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'data' and table_name = ? order by column_index", [table]
        ).fetchall()

    assert [(name, column.description) for name, column in TABLES[table].columns.items()] == columns


@ALL
def test_the_sql_means_the_same_in_every_version(one):
    """What changed its meaning or was dropped between DuckDB 1.5 and 2.0 is not used; columns are named, not starred."""
    code = re.sub(r"'[^']*'|--.*", "''", one.statement)

    assert not re.search(r"~|->|//|(?<![\w(])\*|\bat\b", code), "use regexp_matches, lambda, nullif before a division, named columns"


@ALL
def test_the_header_says_all_that_a_stranger_needs(one):
    """What a row is, what is asked of it, and an example."""
    assert one.summary.endswith(".") and one.grain and one.question.endswith("?") and one.example.endswith(";")
    assert all(column.description for column in one.columns)


@ALL
def test_the_example_runs(one, catalog, ask):
    """As it stands in the header."""
    ask(catalog, one.example)


def test_every_sql_file_is_a_definition():
    """One view, macro, check, saved query or way to count a file, named as the file."""
    defined = sorted(one.name for one in (*definitions(), *macros(), *checks(), *examples(), *counted().values()))

    assert sorted(path.stem for path in FOLDER.glob("*/*.sql")) == defined
