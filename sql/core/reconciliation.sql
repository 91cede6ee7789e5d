-- reconciliation: each claim of the source about itself, beside what its specs add up to.
-- Grain:     source, tag, package, claim
-- Reads:     data.reconciliation, tags, data.published_tag_counts, data.published_tag_stacks, data.memberships, data.tag_specs
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            package    VARCHAR  package whose page makes the claim; NULL: the claim is about the whole tag
--            claim      VARCHAR  name of the page's field, e.g. num_specs or targets; of a tag: num_specs (its pages' added up), count and stacks (the source's own)
--            published  VARCHAR  what is claimed: a number, a set in byte order with a comma between, or stack=count pairs
--            computed   VARCHAR  what the accepted specs add up to, in the same form
--            is_equal   BOOLEAN  both say the same
-- Question:  Which pages contradict themselves?
-- Example:   select tag, package, claim, published, computed from reconciliation where not is_equal;
create or replace view reconciliation as
with

held_stacks as (
    select distinct
        source,
        tag,
        stack
    from data.memberships
    union all
    select distinct
        source,
        tag,
        'root' as stack
    from data.tag_specs
    where is_in_root
),

stack_lists as (
    select
        source,
        tag,
        string_agg(stack, ',' order by stack) as stacks_text
    from held_stacks
    group by source, tag
),

listed_stacks as (
    select
        source,
        tag,
        string_agg(stack, ',' order by stack) as stacks_text
    from data.published_tag_stacks
    group by source, tag
)

select
    source,
    tag,
    package,
    claim,
    published,
    coalesce(differs, published) as computed,
    differs is null as is_equal
from data.reconciliation
union all
select
    source,
    tag,
    cast(null as varchar) as package,
    'num_specs' as claim,
    cast(published_spec_count as varchar) as published,
    cast(spec_count as varchar) as computed,
    published_spec_count = spec_count as is_equal
from tags
where published_spec_count is not null
union all
select
    counts.source,
    counts.tag,
    cast(null as varchar) as package,
    'count' as claim,
    cast(counts.published_spec_count as varchar) as published,
    cast(coalesce(tags.spec_count, 0) as varchar) as computed,
    counts.published_spec_count = coalesce(tags.spec_count, 0) as is_equal
from data.published_tag_counts as counts
left join tags on tags.source = counts.source and tags.tag = counts.tag
union all
select
    listed.source,
    listed.tag,
    cast(null as varchar) as package,
    'stacks' as claim,
    listed.stacks_text as published,
    coalesce(held.stacks_text, '') as computed,
    listed.stacks_text = coalesce(held.stacks_text, '') as is_equal
from listed_stacks as listed
left join stack_lists as held on held.source = listed.source and held.tag = listed.tag;
