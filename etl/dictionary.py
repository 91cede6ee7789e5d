"""The data dictionary: every view, macro, table and column, from the SQL headers and the one declaration of tables."""

from collections.abc import Iterable, Iterator

import dataframely as dy

from etl.load.definitions import Definition, checks, definitions, macros
from etl.rules import OPTIONS, PAGES, SPECS
from etl.schema import SCHEMA_VERSION, SNAPSHOTS, TABLES, Table

__all__ = ["dictionary"]

_HEAD = f"""\
# Data dictionary

Made by `spack-cache-etl docs` from `etl/schema/` and the headers of `sql/`; schema version {SCHEMA_VERSION}. Do not edit it by hand.

Ask the **views**: they are the contract. Names tell units: `*_at` is a time in UTC, `*_date` a day, `*_bytes` bytes, `*_count` a number
of things, `is_*` true or false. NULL means "not said". The **stored tables**, in schema `data`, are what the views are made of.
"""

_LAYERS = {"core": "Core views: the model", "marts": "Marts: a view for each question"}


def dictionary() -> str:
    """The whole dictionary as Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    for layer, title in _LAYERS.items():
        yield f"## {title}\n"
        for one in sorted((one for one in definitions() if one.layer == layer), key=lambda one: one.name):
            yield from _view(one)
    yield "## Macros: views with arguments\n"
    yield "In a catalog that was attached to another, `USE` it first: DuckDB looks up what a macro reads where the question is asked.\n"
    for one in sorted(macros(), key=lambda one: one.name):
        yield from _view(one)
    yield "## Rules of refusal\n"
    yield "What breaks one of these is a row of `rejects`; the rest goes on.\n"
    for scope, rules in (("document", PAGES), ("spec", SPECS), ("variant", OPTIONS)):
        yield from _rows(("rule", "scope", "meaning"), ((f"`{rule}`", scope, words) for rule, words in rules.items()))
    yield "## Checks\n"
    yield "Each is a query that returns what breaks its claim; `spack-cache-etl check` runs them.\n"
    yield from _rows(("check", "severity", "claim"), ((f"`{one.name}`", one.severity, one.summary) for one in checks()))
    yield "## Stored tables\n"
    for name, table in {**TABLES, "snapshots": SNAPSHOTS}.items():
        yield from _table(name, table)


def _view(one: Definition) -> Iterator[str]:
    yield f"### {one.name}\n"  # without its arguments: the heading is what links point at
    yield f"{one.summary[:1].upper()}{one.summary[1:]} **Grain:** {one.grain}."
    if one.reads:
        yield f"**Reads:** {', '.join(f'`{read}`' for read in one.reads)}."
    yield ""
    if one.arguments:
        yield from _rows(("argument", "type", "meaning"), ((f"`{each.name}`", each.type, each.description) for each in one.arguments))
    yield from _rows(("column", "type", "meaning"), ((f"`{column.name}`", column.type, column.description) for column in one.columns))
    yield f"*{one.question}*\n"
    yield f"```sql\n{one.example}\n```\n"


def _table(name: str, table: Table) -> Iterator[str]:
    yield f"### data.{name}\n"
    kept = "Stands in the manifest, not in a file." if table is SNAPSHOTS else f"Sorted by {', '.join(table.sort_by)}."
    key = f" **Key:** {', '.join(table.key)}." if table.key else ""
    yield f"{table.schema.__doc__}{key} {kept}\n"
    types = table.duckdb_types
    yield from _rows(
        ("column", "type", "meaning", "rule"),
        ((f"`{column}`", types[column], declared.description or "", _rule(declared)) for column, declared in table.columns.items()),
    )


def _rule(column: dy.Column) -> str:
    """What a value must be, as the declaration checks it."""
    rules = [] if column.nullable else ["never NULL"]
    if (pattern := getattr(column, "regex", None)) is not None:
        rules.append(f"matches `{pattern}`".replace("|", "\\|"))
    if (least := getattr(column, "min", None)) is not None:
        rules.append(f"at least {least}")
    return ", ".join(rules)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
