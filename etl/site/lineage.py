"""Where the columns of a view come from, read out of its SQL."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from etl.load.definitions import Definition, definitions
from etl.schema import SNAPSHOTS, TABLES

__all__ = ["Origin", "origins"]

DIALECT = "duckdb"
# sqlglot wants a schema for every name or for none: what stands without one in our SQL is a view.
_VIEWS = "main"
_HEAD = re.compile(r"^create or replace (?:view \w+ as|macro \w+\(.*?\) as table)\s", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a column is made of: columns and arguments, or rows that are counted; of none of these: set in the view itself."""

    columns: tuple[tuple[str, str], ...]  # view or table that the view reads, column
    rows: tuple[str, ...]  # views or tables
    arguments: tuple[str, ...]  # of a macro
    is_same: bool  # handed on as it is, at most cast


def origins(one: Definition) -> Mapping[str, Origin]:
    """The origin of each column: what goes into its value, not what only chooses or joins the rows."""
    if "${" in one.statement:  # the catalog puts in a path or rows when it is built: there is nothing to follow a column to
        return {column.name: Origin((), (), (), False) for column in one.columns}
    query = _HEAD.sub("", one.statement).rstrip(";")
    arguments = {argument.name for argument in one.arguments}
    parsed = sqlglot.parse_one(query, dialect=DIALECT)
    for column in list(parsed.find_all(exp.Column)):
        if not column.table and column.name in arguments:  # else sqlglot would take it for a column of what is read
            column.replace(exp.Placeholder(this=column.name))
    tree = qualify(
        parsed,
        dialect=DIALECT,
        schema=_schema(),
        db=_VIEWS,
        validate_qualify_columns=False,
        identify=False,
        quote_identifiers=False,
    )
    scope = build_scope(tree)
    inner = {query.alias: query.this for query in tree.find_all(exp.CTE)}
    found = {}
    for told in one.columns:
        node = lineage(told.name, tree, schema=_schema(), scope=scope, dialect=DIALECT, copy=False, trim_selects=False)
        assert isinstance(node, Node)  # it is asked for one column
        found[told.name] = _origin(node, inner)
    return found


@cache
def _schema() -> MappingSchema:
    views = {one.name: {column.name: column.type for column in one.columns} for one in definitions()}
    stored = {name: table.duckdb_types for name, table in {**TABLES, "snapshots": SNAPSHOTS}.items()}
    return MappingSchema({_VIEWS: views, "data": stored}, dialect=DIALECT)


def _origin(root: Node, inner: Mapping[str, exp.Query]) -> Origin:
    leaves = [node for node in root.walk() if not node.downstream]
    columns = {(_full_name(leaf.expression), _last(leaf.name)) for leaf in leaves if _is_table(leaf)}
    used = {found.name for node in root.walk() for found in node.expression.find_all(exp.Placeholder)}
    counted = {name for leaf in leaves for name in _counted(leaf, inner) if not _is_table(leaf)}
    is_same = bool(columns) and all(_is_same(node) or _is_nothing(node) for node in root.walk())
    return Origin(tuple(sorted(columns)), tuple(sorted(counted)), tuple(sorted(used)), is_same)


def _is_table(node: Node) -> bool:
    """Whether a leaf is a column of something that is stored, and not one that the query itself made up."""
    return isinstance(node.expression, exp.Table) and bool(node.expression.name)


def _full_name(table: object) -> str:
    assert isinstance(table, exp.Table)
    return table.name if table.db == _VIEWS else f"{table.db}.{table.name}"


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _counted(leaf: Node, inner: Mapping[str, exp.Query]) -> Iterator[str]:
    """What a query counts the rows of, if it does."""
    if any(isinstance(count.this, exp.Star) for count in leaf.expression.find_all(exp.Count)):
        yield from _first_tables(leaf.source, inner, set())


def _first_tables(query: exp.Expr, inner: Mapping[str, exp.Query], seen: set[str]) -> Iterator[str]:
    """What stands first behind FROM, in each branch of a UNION; through queries that the query names itself."""
    if isinstance(query, exp.SetOperation):
        for branch in (query.this, query.expression):
            yield from _first_tables(branch, inner, seen)
    elif (first := query.find(exp.From)) is not None:  # breadth first: its own FROM before those within
        if isinstance(first.this, exp.Table) and first.this.db:
            yield _full_name(first.this)
        elif isinstance(first.this, exp.Table) and first.this.name in inner and first.this.name not in seen:
            yield from _first_tables(inner[first.this.name], inner, seen | {first.this.name})
        elif isinstance(first.this, exp.Subquery):
            yield from _first_tables(first.this.this, inner, seen)


def _is_same(node: Node) -> bool:
    """Whether a step of the query hands a column on: a column, a cast of one, a branch of a UNION."""
    if _is_table(node):
        return True
    inner = node.expression.unalias()
    while isinstance(inner, exp.Cast | exp.Paren):
        inner = inner.this
    return isinstance(inner, exp.Column | exp.SetOperation)


def _is_nothing(node: Node) -> bool:
    """Whether it is NULL: a branch of a UNION that has no such column."""
    inner = node.expression.unalias()
    return isinstance(inner.this if isinstance(inner, exp.Cast) else inner, exp.Null)
