"""The rules that all SQL keeps to: every file holds them, and each rule catches what it is there for."""

import pytest

from . import rules
from .statements import Statement, statements

COUNTED = "create or replace view tried as\nselect source, {} from data.memberships group by source, tag"

# What a rule complains of, each with what is nearly the same and right; in a mart, where nothing else is said.
CASES = {
    rules.means_the_same_in_every_version: (
        ("select a ~ 'x' as is_x from data.t", "select regexp_matches(a, '~') as is_x from data.t -- no ~"),
        ("select a // 2 as half from data.t", "select a / 2 as half from data.t"),
        ("select a % 2 as rest from data.t", "select 'a % 2' as rest from data.t where a like '%x'"),
        ("select list_filter(a, x -> x > 1) as big from data.t", "select list_filter(a, lambda x: x > 1) as big from data.t"),
    ),
    rules.says_the_same_each_time: (
        ("select now() as asked_at from data.t", "select max(observed_at) as observed_at from data.snapshots"),
        ("select current_date as today from data.t", "select cast('2026-11-22' as date) as today from data.t"),
        ("select a, any_value(b) as b from data.t group by a", "select a, min(b) as b from data.t group by a"),
        ("select first(b) as b from data.t", "select first_value(b) over (order by a, b) as b from data.t"),
    ),
    rules.joins_text_in_order: (
        ("select string_agg(a, ',') as a_text from data.t", "select string_agg(a, ',' order by a) as a_text from data.t"),
        (
            "select string_agg(distinct a, ',') as a_text from data.t",
            "select list_sort(string_split(string_agg(a, ','), ',')) as a_text from data.t",
        ),
    ),
    rules.sorts_only_where_order_counts: (
        ("select a from data.t order by a", "select row_number() over (order by a) as number from data.t"),
        ("with u as (select a from data.t order by a) select a from u", "select a from (select a from data.t order by a limit 1)"),
    ),
    rules.limits_only_what_is_in_order: (
        ("select a from data.t limit 3", "select count(*) as row_count from data.t limit 1"),
        (
            "select a, b, count(*) as n from data.t group by a, b order by n desc, a limit 3",
            "select a, b, count(*) as n from data.t where b = 'x' group by a, b order by n desc, a limit 3",
        ),
        (
            "select package from memberships where tag = 'develop' and stack <> 'e4s' order by spec_hash, package limit 3",
            "select package from memberships where tag = 'develop' and stack = 'e4s' order by spec_hash, package limit 3",
        ),
    ),
    rules.is_named_as_its_file: (
        ("create or replace view other as\nselect a from data.t", "create or replace view tried as\nselect a from data.t"),
        ("create view tried as\nselect a from data.t", "create or replace macro tried(x, y) as table\nselect a from data.t"),
    ),
    rules.is_in_lower_case: (
        ("SELECT a from data.t", "select 'A' as a from data.t -- A"),
        ("select a from data.t group BY a", "select a from data.t group by a"),
        ("select A from data.t", "select a from data.t"),
    ),
    rules.names_its_columns: (
        ("select * from data.t", "select count(*) as row_count from data.t"),
        ("select t.* from data.t as t", "select 2 * a as double from data.t"),
    ),
    rules.gives_each_null_a_type: (
        ("select null as stack from data.t", "select cast(null as varchar) as stack from data.t"),
        ("select a from data.t union all select null from data.t", "select case when a is null then 'none' end as a from data.t"),
    ),
    rules.does_more_than_pass_on: (
        ("select a, b as c from other", "select a, b + 1 as c from other"),
        ("select a from macro_of(1)", "select a from other where b"),
    ),
    rules.divides_by_what_is_never_zero: (
        ("select a / b as share from data.t", "select a / nullif(b, 0) as share from data.t"),
        ("select a / cast(count(*) as double) as share from data.t", "select a / cast(nullif(count(*), 0) as double) as share from data.t"),
        ("select a / 0 as share from data.t", "select a / 86400.0 as days from data.t"),
    ),
    rules.takes_root_for_no_stack: (
        ("select a from data.published_counts where stack = 'root'", "select a from data.published_counts where stack <> 'root'"),
        ("select a from data.t where stack in ('e4s', 'root')", "select a from data.t where stack not in ('none', 'root')"),
    ),
    rules.crosses_no_large_table: (
        ("select a from data.stacks cross join data.specs", "select a from data.specs cross join (select max(b) as b from data.t) as last"),
        ("select a from data.stacks, data.tag_specs", "select a from data.stacks join data.tag_specs using (tag)"),
    ),
    rules.keeps_specs_without_stacks: (
        (
            "select a from data.tag_specs as t join data.memberships as m on m.spec_hash = t.spec_hash",
            "select a from data.tag_specs as t left join data.memberships as m on m.spec_hash = t.spec_hash",
        ),
        (
            "select a from tag_specs join memberships using (spec_hash)",
            "select a from data.tag_specs as t semi join data.memberships as m on m.spec_hash = t.spec_hash",
        ),
    ),
    rules.adds_up_no_stacks: (
        (COUNTED.format("count(*) as spec_count"), COUNTED.format("count(distinct spec_hash) as spec_count")),
        (COUNTED.format("count(package) as spec_count"), COUNTED.format("max(package) as last_package")),
        (
            "select sum(spec_count) as spec_count from stack_contents group by tag",
            "select sum(spec_count) as spec_count from stack_contents group by stack",
        ),
        ("select count(*) as n from membership_history", "select count(*) as n from membership_history where stack = 'e4s'"),
        (
            "select sum(step) as n from history_steps where stack is not null",
            "select sum(step) as n from history_steps where stack is null",
        ),
        ("select count(*) as n from changes where package = 'zlib'", "select count(*) filter (where change = 'rebuilt') as n from changes"),
        (
            "select count(*) over (partition by tag) as n from memberships",
            "select count(*) over (partition by stack) as n from memberships",
        ),
        (
            "with m as (select tag, spec_hash from memberships where is_new) select tag, count(*) as n from m group by tag",
            "with m as (select distinct tag, spec_hash from memberships) select tag, count(*) as n from m group by tag",
        ),
        (
            "select count(*) as n from tag_specs left join memberships using (spec_hash)",
            "select count(*) as n from tag_specs semi join memberships using (spec_hash)",
        ),
    ),
}

RULES = pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)


@RULES
def test_every_file_keeps_to_the_rule(rule):
    """Views, macros, checks, saved queries and the examples in headers."""
    assert [] == rules.complaints(rule)


@RULES
def test_the_rule_catches_what_it_is_there_for_and_nothing_else(rule):
    """Each wrong statement draws one complaint at the least, its right neighbour none."""
    assert [(True, [])] * len(CASES[rule]) == [
        (list(rule(Statement("tried", "marts", wrong))) != [], list(rule(Statement("tried", _layer(right), right))))
        for wrong, right in CASES[rule]
    ]


def _layer(text: str) -> str:
    return "macros" if " macro " in text else "marts"


def test_a_check_and_a_query_may_sort_and_need_no_name():
    """They are asked, not read by other views."""
    for layer in ("checks", "examples", "example"):
        one = Statement("tried", layer, "select a from other order by a")

        assert [] == [*rules.sorts_only_where_order_counts(one), *rules.is_named_as_its_file(one), *rules.does_more_than_pass_on(one)]


def test_an_exception_is_of_a_statement_that_is_there():
    """One that was renamed or went takes its exception with it."""
    names = {one.name for one in statements()}

    assert set() == {name for excused in rules.EXCEPTIONS.values() for name in excused} - names
