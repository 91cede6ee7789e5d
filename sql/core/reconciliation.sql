-- reconciliation: each claim a page makes about itself, beside what its specs add up to.
-- Grain:     source, tag, package, claim
-- Reads:     data.published_counts, data.documents, data.tag_specs, data.memberships
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            package    VARCHAR  package name
--            claim      VARCHAR  name of the page's field: num_specs, num_specs_by_stack
--            published  VARCHAR  what the page says; counts by stack as stack=count, a comma between
--            computed   VARCHAR  what its accepted specs add up to, in the same form
--            is_equal   BOOLEAN  both say the same
-- Question:  Which pages contradict themselves?
-- Example:   select tag, package, claim, published, computed from reconciliation where not is_equal;
create or replace view reconciliation as
with

stack_counts as (
    select
        source,
        tag,
        package,
        stack,
        count(*) as spec_count
    from data.memberships
    group by source, tag, package, stack
    union all
    select
        source,
        tag,
        package,
        'root' as stack,
        count(*) as spec_count
    from data.tag_specs
    where is_in_root
    group by source, tag, package
),

computed_by_stack as (
    select
        source,
        tag,
        package,
        string_agg(stack || '=' || spec_count, ',' order by stack) as computed
    from stack_counts
    group by source, tag, package
),

published_by_stack as (
    select
        source,
        tag,
        package,
        string_agg(stack || '=' || published_spec_count, ',' order by stack) as published
    from data.published_counts
    where stack is not null
    group by source, tag, package
),

claims as (
    select
        source,
        tag,
        package,
        'num_specs' as claim,
        cast(published_spec_count as varchar) as published,
        cast(spec_count as varchar) as computed
    from data.documents
    where published_spec_count is not null
    union all
    select
        published_by_stack.source,
        published_by_stack.tag,
        published_by_stack.package,
        'num_specs_by_stack' as claim,
        published_by_stack.published,
        coalesce(computed_by_stack.computed, '') as computed
    from published_by_stack
    left join computed_by_stack
        on
            computed_by_stack.source = published_by_stack.source
            and computed_by_stack.tag = published_by_stack.tag
            and computed_by_stack.package = published_by_stack.package
)

select
    source,
    tag,
    package,
    claim,
    published,
    computed,
    published = computed as is_equal
from claims;
