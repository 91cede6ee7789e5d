"""The data dictionary: current, and whole."""

import re
from pathlib import Path

from etl.dictionary import dictionary
from etl.load.definitions import definitions, macros
from etl.rules import RULES
from etl.schema import TABLES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "data-dictionary.md"


def test_the_page_is_current():
    """`make docs` writes it anew."""
    assert dictionary() == PAGE.read_text(encoding="utf-8")


def test_every_view_macro_table_column_and_rule_is_in_it():
    """With its type and meaning."""
    text = dictionary()
    described = (*definitions(), *macros())
    columns = [(column.name, column.type, column.description) for one in described for column in (*one.columns, *one.arguments)]
    stored = [(name, table.duckdb_types[name], column.description) for table in TABLES.values() for name, column in table.columns.items()]

    assert {one.name for one in described} | {f"data.{name}" for name in TABLES} <= set(re.findall(r"^### (\S+)$", text, re.MULTILINE))
    assert [] == [column for column in (*columns, *stored) if f"| `{column[0]}` | {column[1]} | {column[2]} |" not in text]
    assert [] == [rule for rule in RULES if f"| `{rule}` |" not in text]


def test_every_rule_that_the_code_refuses_by_is_declared():
    """And no other."""
    sources = [path.read_text(encoding="utf-8") for path in (*ROOT.glob("etl/extract/**/*.py"), *ROOT.glob("etl/transform/*.py"))]
    raised = {rule for text in sources for rule in re.findall(r'Refusal\(\s*"(\w+)"', text)}
    chosen = {
        rule
        for text in sources
        for rule in re.findall(r'rule=pl\.lit\("(\w+)"\)|\.then\(pl\.lit\("(\w+)"\)\)', text)
        for rule in rule
        if rule
    }

    assert raised <= set(RULES)
    assert set(RULES) <= raised | chosen


def test_every_stored_column_from_the_pages_names_its_field():
    """So that one can look it up there."""
    fields = re.findall(r"From `([\w.\[\]0-9]+)`", dictionary())

    assert {"title", "meta.num_specs", "spec_details[].hash", "spec_details[].versions[0]", "spec_details[].platform"} <= set(fields)
