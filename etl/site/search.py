"""What the search box looks through, as a script that a page loads: a page from a folder may load no JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence

from etl.load.definitions import Definition, checks, examples
from etl.rules import RULES
from etl.schema import SNAPSHOTS, TABLES

__all__ = ["search_index"]

Found = tuple[str, str, str, str]  # name, kind, link from the site's root, words about it


def search_index(found: Sequence[Definition], kinds: Mapping[str, str], links: Mapping[str, str]) -> str:
    """The script: views and macros with their questions, saved queries, tables, columns, checks, rules."""
    rows = ",\n".join(json.dumps(row) for row in _rows(found, kinds, links))
    return f"var SEARCH_INDEX = [\n{rows}\n];\n"


def _rows(found: Sequence[Definition], kinds: Mapping[str, str], links: Mapping[str, str]) -> Iterator[Found]:
    for one in found:
        yield one.name, kinds[one.layer], links[one.name], f"{one.question} {one.summary[:1].upper()}{one.summary[1:]}"
    for query in examples():
        yield query.name, "saved query", links[f"query {query.name}"], query.question
    for name, table in {**TABLES, "snapshots": SNAPSHOTS}.items():
        yield f"data.{name}", "stored table", links[f"data.{name}"], str(table.schema.__doc__)
    for one in found:
        for column in (*one.arguments, *one.columns):
            yield f"{one.name}.{column.name}", "column", f"{links[one.name]}#{column.name}", column.description
    for name, table in {**TABLES, "snapshots": SNAPSHOTS}.items():
        for column_name, declared in table.columns.items():
            yield f"data.{name}.{column_name}", "stored column", f"{links[f'data.{name}']}.{column_name}", declared.description or ""
    for check in checks():
        yield check.name, "check", links[f"check {check.name}"], check.summary
    for rule, meaning in RULES.items():
        yield rule, "rule", links[f"rule {rule}"], meaning
