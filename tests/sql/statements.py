"""The statements of sql/ as the rules read them: each with its query, parsed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import sqlglot
from sqlglot import exp

from etl.load.definitions import checks, counted, definitions, examples, macros

HEAD = re.compile(r"^create or replace (view|macro) (?P<name>\w+)(?:\(.*?\))? as(?: table)?\n", re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """A view, macro, check, way to count, saved query or example of a header, and the query in it."""

    name: str
    layer: str  # core, marts, macros, checks, counted; examples: saved queries; example: of a header
    text: str

    @property
    def query(self) -> str:
        """The statement without what creates the object."""
        return re.sub(r"\$\{\w+\}", "'given'", HEAD.sub("", self.text))

    @cached_property
    def tree(self) -> exp.Expression:
        """The query, parsed."""
        return sqlglot.parse_one(self.query, dialect="duckdb")

    @property
    def selects(self) -> Iterator[exp.Select]:
        """Each SELECT in it, at any depth."""
        return self.tree.find_all(exp.Select)


@cache
def statements() -> tuple[Statement, ...]:
    """Every statement of sql/, and the examples in headers."""
    files = [Statement(one.name, one.layer, one.statement) for one in (*definitions(), *macros(), *checks(), *counted().values())]
    saved = [Statement(one.name, "examples", one.query) for one in examples()]
    shown = [Statement(one.name, "example", one.example) for one in (*definitions(), *macros())]
    return (*files, *saved, *shown)


@cache
def grains() -> dict[str, tuple[str, ...]]:
    """The columns that tell the rows of each view and macro apart."""
    return {one.name: tuple(one.grain.replace(",", " ").split()) for one in (*definitions(), *macros())}


def name_of(table: exp.Table) -> str:
    """The name of a table as it is written, or of the macro that stands there."""
    return f"{table.db}.{table.name}".lstrip(".") if isinstance(table.this, exp.Identifier) else called(table.this)


def called(call: exp.Expression) -> str:
    """The name of a function; of anything else none."""
    return call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower() if isinstance(call, exp.Func) else ""


def base_of(name: str) -> str:
    """A name without its schema."""
    return name.rpartition(".")[2]


def sources_of(select: exp.Select) -> list[tuple[exp.Table, exp.Join | None]]:
    """The tables that a SELECT itself reads, with the join that brings each; none for the first."""
    first = select.args.get("from_") or select.args.get("from")
    found = [(first.this, None)] if first else []
    found += [(join.this, join) for join in select.args.get("joins") or []]
    return [(table, join) for table, join in found if isinstance(table, exp.Table)]


def own_of(select: exp.Select, *kinds: type[exp.Expression]) -> Iterator[exp.Expression]:
    """Nodes of a SELECT that are not of a query inside it."""
    return (node for node in select.find_all(*kinds) if node.find_ancestor(exp.Select) is select)
