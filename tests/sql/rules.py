"""What every SQL file keeps to: each rule looks at one statement and yields what is wrong with it, in words.

The rules read the statement as sqlglot parses it, so that text in quotes and comments is not taken for code.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from etl.schema import TABLES

from .statements import HEAD, Statement, base_of, called, grains, name_of, own_of, sources_of, statements

# Tables with a row a build, or more: a cross join with one of them is never small.
LARGE = {"specs", "tag_specs", "memberships", "spec_variants", "ended_tag_specs", "ended_memberships", "spec_dependencies", "history_steps"}

# Of rows that are equal in the second column the first is equal too: within a source, and in what has a rank.
SAYS_AS_MUCH = {"snapshot_id": "observed_at", "run_id": "started_at", "spec_hash": "rank", "platform": "os", "target_family": "target"}

OTHER_IN_EACH_VERSION = {"~", "!~", "~~", "!~~", "->", "//", "%", "^@"}
OTHER_EACH_TIME = {"any_value", "arbitrary", "first", "last", "random", "uuid", "now", "today", "getvariable", "current_setting"}


Rule = Callable[[Statement], Iterator[str]]


def complaints(rule: Rule) -> list[str]:
    """What a rule has to say of all statements that are no exception to it."""
    excused = EXCEPTIONS.get(rule, {})
    return [f"{one.layer}/{one.name}: {wrong}" for one in statements() if one.name not in excused for wrong in rule(one)]


# The same in every version, every time


def means_the_same_in_every_version(one: Statement) -> Iterator[str]:
    """Operators whose meaning changed between DuckDB 1.5 and 2.0, or that fail where a divisor is 0, have a plain function instead."""
    for token in DuckDB.Tokenizer().tokenize(one.query):
        if token.text in OTHER_IN_EACH_VERSION and token.token_type.name not in ("STRING", "IDENTIFIER"):
            yield f"{token.text} in line {token.line}: use regexp_matches, lambda, starts_with or a division with nullif"


def says_the_same_each_time(one: Statement) -> Iterator[str]:
    """No clock, no chance, no setting, no value that happens to come first: the same release gives the same answers."""
    clock = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Rand, exp.AnyValue, exp.First, exp.Last)
    for call in one.tree.find_all(exp.Func):
        if isinstance(call, clock) or called(call) in OTHER_EACH_TIME:
            yield f"{call.sql(dialect='duckdb')}: it depends on more than the rows"


def joins_text_in_order(one: Statement) -> Iterator[str]:
    """Rows have no order, so that an aggregate that joins them into text needs one of its own."""
    for call in one.tree.find_all(exp.GroupConcat):
        if call.find(exp.Order) is None and call.find_ancestor(exp.ArraySort) is None:  # or sorted later
            yield f"{call.sql(dialect='duckdb')}: order by what?"


def sorts_only_where_order_counts(one: Statement) -> Iterator[str]:
    """Views and macros leave their order to whoever asks: inside one, a sort takes time and promises nothing."""
    if one.layer in ("core", "marts", "macros"):
        for order in one.tree.find_all(exp.Order):
            if isinstance(order.parent, exp.Query) and not order.parent.args.get("limit"):
                yield f"{order.sql(dialect='duckdb').strip()}: only in an aggregate, a window or with a limit"


def limits_only_what_is_in_order(one: Statement) -> Iterator[str]:
    """The first rows of no order are any rows; a tie in the order is as bad, so that it names every key of a group."""
    for query in one.tree.find_all(exp.Query):
        if not query.args.get("limit") or _is_one_row(query):
            continue
        order = query.args.get("order")
        if order is None:
            yield "a limit without an order"
            continue
        named = {key.this.name.lower() for key in order.expressions}
        sorted_by = named | {key for key, other in SAYS_AS_MUCH.items() if other in named}
        if "all" not in sorted_by and (loose := sorted(_keys(query) - sorted_by - _pinned(query) - {"source"})):  # mostly there is one
            yield f"a limit, and rows that differ only in {', '.join(loose)} have no order"


def _keys(query: exp.Expression) -> set[str]:
    """What tells the rows of a query apart: the keys of its groups, or the grain of the one view that it reads."""
    if group := query.args.get("group"):
        return {key.name for key in group.expressions if isinstance(key, exp.Column)}
    sources = sources_of(query) if isinstance(query, exp.Select) else []
    return set(grains().get(name_of(sources[0][0]), ())) if len(sources) == 1 else set()


def _is_one_row(query: exp.Expression) -> bool:
    return isinstance(query, exp.Select) and not query.args.get("group") and all(column.find(exp.AggFunc) for column in query.expressions)


def _pinned(select: exp.Expression) -> set[str]:
    """Columns that a WHERE holds to one value, or to those of a list."""
    where = select.args.get("where")
    tests = [test for test in where.find_all(exp.EQ, exp.Is, exp.In) if not isinstance(test.parent, exp.Not)] if where else []
    return {side.name for test in tests for side in (test.this, test.args.get("expression")) if isinstance(side, exp.Column)}


# Plain to read


def is_named_as_its_file(one: Statement) -> Iterator[str]:
    """Who knows the name of a view knows the file."""
    if one.layer in ("core", "marts", "macros"):
        match = HEAD.match(one.text)
        if match is None or match["name"] != one.name:
            yield f"it should begin with `create or replace {'macro' if one.layer == 'macros' else 'view'} {one.name}`"


def is_in_lower_case(one: Statement) -> Iterator[str]:
    """Words of SQL are no louder than names."""
    for token in DuckDB.Tokenizer().tokenize(one.query):
        written = one.query[token.start : token.end + 1]  # the text of a token is in large letters, however it was written
        if token.token_type.name not in ("STRING", "IDENTIFIER") and written != written.lower():
            yield f"{written} in line {token.line}: write it small"


def names_its_columns(one: Statement) -> Iterator[str]:
    """A star changes with what lies below; `count(*)` is none."""
    for star in one.tree.find_all(exp.Star):
        if not isinstance(star.parent, exp.Count):
            yield f"{star.parent_select.sql(dialect='duckdb')[:60]}: name the columns"


def gives_each_null_a_type(one: Statement) -> Iterator[str]:
    """A column that is NULL in each row is an INTEGER to DuckDB 1.5 and of no type at all to 2.0."""
    for select in one.selects:
        for column in select.expressions:
            if isinstance(column.unalias(), exp.Null):
                yield f"{column.sql(dialect='duckdb')}: cast it"


def does_more_than_pass_on(one: Statement) -> Iterator[str]:
    """A mart that only hands on the columns of another view is a second name for it."""
    if one.layer not in ("marts", "macros") or not isinstance(one.tree, exp.Select):
        return
    sources = sources_of(one.tree)
    own = ("where", "group", "having", "distinct", "qualify", "with_", "with", "limit")
    plain = all(isinstance(column.unalias(), exp.Column) for column in one.tree.expressions)
    if len(sources) == 1 and plain and not any(one.tree.args.get(part) for part in own):
        yield f"it only repeats {name_of(sources[0][0])}"


# Right numbers, in time


def divides_by_what_is_never_zero(one: Statement) -> Iterator[str]:
    """A number divided by 0 is infinite in one place and an error in another: `nullif` makes it NULL, not known."""
    for division in one.tree.find_all(exp.Div, exp.IntDiv, exp.Mod):
        below = division.expression
        while isinstance(below, exp.Paren | exp.Cast):
            below = below.this
        is_number = isinstance(below, exp.Literal) and not below.is_string and float(below.name) != 0
        if not is_number and not isinstance(below, exp.Nullif):
            yield f"{division.sql(dialect='duckdb')}: put nullif(..., 0) below"


def takes_root_for_no_stack(one: Statement) -> Iterator[str]:
    """`root` is a tag's whole index: it may be left out by name, never picked as if it were a stack."""
    for test in one.tree.find_all(exp.EQ, exp.In):
        texts = {literal.name for literal in test.find_all(exp.Literal) if literal.is_string}
        if "root" in texts and not isinstance(test.parent, exp.Not):
            yield f"{test.sql(dialect='duckdb')}: root is no stack"


def crosses_no_large_table(one: Statement) -> Iterator[str]:
    """A million rows for each row of another table take minutes: such a join has a condition."""
    for select in one.selects:
        for table, join in sources_of(select):
            is_bare = join is not None and not join.args.get("on") and not join.args.get("using")
            if is_bare and join.args.get("method") != "NATURAL" and base_of(name_of(table)) in LARGE:
                yield f"{join.sql(dialect='duckdb').strip()}: join it on something"


def keeps_specs_without_stacks(one: Statement) -> Iterator[str]:
    """Not all specs of a tag are found in its stacks: LEFT JOIN, or EXISTS where only those that are found are asked for."""
    for select in one.selects:
        sources = sources_of(select)
        if sources and base_of(name_of(sources[0][0])) in ("tag_specs", "ended_tag_specs", "tag_spec_history"):
            for table, join in sources[1:]:
                if base_of(name_of(table)) in MEMBERSHIPS and join.side != "LEFT" and join.kind not in ("SEMI", "ANTI"):
                    yield f"{join.sql(dialect='duckdb').strip()}: specs without a stack are lost"


def adds_up_no_stacks(one: Statement) -> Iterator[str]:
    """A spec stands in several stacks at once: what is counted over them belongs to one stack each, or counts the specs themselves.

    Rows count as one a stack where they are read from memberships, from a view or macro with `stack` in its grain, or
    from a CTE that hands such rows on one by one. Counting distinct values, and the least and the most, add nothing up.
    """
    parts = {cte.alias: cte.this for cte in one.tree.find_all(exp.CTE)}
    for select in one.selects:
        if not _multiplies(select, parts, frozenset()):
            continue
        group = select.args.get("group")
        if _ONE_STACK & ({key.name for key in group.expressions} if group else set()) or _ONE_STACK & _pinned(select):
            continue
        for call in own_of(select, exp.Count, exp.Sum, exp.Avg):
            if not isinstance(call.this, exp.Distinct) and not _is_of_one_stack(call):
                yield f"{call.sql(dialect='duckdb')}: it counts a spec once for each of its stacks"


MEMBERSHIPS = {"memberships", "ended_memberships", "membership_history", "memberships_as_of"}

# What tells rows of one stack, or of none, from others; `change` says whether a row of `changes` is of a stack.
_ONE_STACK = {"stack", "stacks_text", "change"}


@cache
def _by_stack() -> frozenset[str]:
    """Names whose rows are one a stack, with something beside it; what was not observed is a row of its own each."""
    stored = {f"data.{name}" for name, table in TABLES.items() if "stack" in table.columns}
    named = {name for name, grain in grains().items() if "stack" in grain and len(grain) > 1}
    return frozenset(stored | named) - {"data.stacks", "data.gaps", "gaps"}


def _is_by_stack(name: str, parts: dict[str, exp.Expression], seen: frozenset[str]) -> bool:
    if name not in parts or name in seen:
        return name in _by_stack()
    handed_on = (part for part in parts[name].find_all(exp.Select) if not part.args.get("group") and not part.args.get("distinct"))
    return any(_multiplies(part, parts, seen | {name}) for part in handed_on)


def _multiplies(select: exp.Select, parts: dict[str, exp.Expression], seen: frozenset[str]) -> bool:
    """Whether it reads rows that are one a stack, other than to look whether there are any."""
    joined = (table for table, join in sources_of(select) if join is None or join.kind not in ("SEMI", "ANTI"))
    return any(_is_by_stack(name_of(table), parts, seen) for table in joined)


def _is_of_one_stack(call: exp.Expression) -> bool:
    """Whether it counts the stacks themselves, or what a FILTER or a window has told apart by stack."""
    outer = call.find_ancestor(exp.Filter, exp.Window) or call
    return any(column.name in _ONE_STACK for column in outer.find_all(exp.Column))


RULES: tuple[Rule, ...] = (
    means_the_same_in_every_version,
    says_the_same_each_time,
    joins_text_in_order,
    sorts_only_where_order_counts,
    limits_only_what_is_in_order,
    is_named_as_its_file,
    is_in_lower_case,
    names_its_columns,
    gives_each_null_a_type,
    does_more_than_pass_on,
    divides_by_what_is_never_zero,
    takes_root_for_no_stack,
    crosses_no_large_table,
    keeps_specs_without_stacks,
    adds_up_no_stacks,
)


_ONE_AT_LEAST = "it divides by the number of rows of a group, and a group has one at least"

# Statements that a rule is not held against, each with the reason.
EXCEPTIONS: Mapping[Rule, Mapping[str, str]] = {
    says_the_same_each_time: {
        "freshness": "how old something is depends on when one asks",
    },
    divides_by_what_is_never_zero: {
        "compiler_migration": _ONE_AT_LEAST,
        "os_migration": _ONE_AT_LEAST,
        "platform_split": _ONE_AT_LEAST,
        "stack_compilers": _ONE_AT_LEAST,
        "stack_coverage": _ONE_AT_LEAST,
        "sudden_losses": "before a loss there was at least what was lost",
    },
}
