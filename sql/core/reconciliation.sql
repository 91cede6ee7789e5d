-- reconciliation: each claim of the source about itself, beside what its specs add up to.
-- Grain:     source, tag, package, claim
-- Reads:     data.reconciliation, data.documents, data.published_tag_counts, data.published_tag_stacks, data.memberships, data.tag_specs, tag_completeness
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

pages as (
    select
        source,
        tag,
        cast(sum(published_spec_count) as bigint) as published_spec_count
    from data.documents
    group by source, tag
    having count(published_spec_count) > 0
),

-- Only of the tags whose stacks the source lists, as few sources do.
held_stacks as (
    select distinct
        held.source,
        held.tag,
        held.stack
    from data.memberships as held
    semi join data.published_tag_stacks as listed on listed.source = held.source and listed.tag = held.tag
    union all
    select distinct
        held.source,
        held.tag,
        'root' as stack
    from data.tag_specs as held
    semi join data.published_tag_stacks as listed on listed.source = held.source and listed.tag = held.tag
    where held.is_in_root
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
    pages.source,
    pages.tag,
    cast(null as varchar) as package,
    'num_specs' as claim,
    cast(pages.published_spec_count as varchar) as published,
    cast(held.spec_count as varchar) as computed,
    pages.published_spec_count = held.spec_count as is_equal
from pages
join tag_completeness as held on held.source = pages.source and held.tag = pages.tag
union all
select
    counts.source,
    counts.tag,
    cast(null as varchar) as package,
    'count' as claim,
    cast(counts.published_spec_count as varchar) as published,
    cast(coalesce(held.spec_count, 0) as varchar) as computed,
    counts.published_spec_count = coalesce(held.spec_count, 0) as is_equal
from data.published_tag_counts as counts
left join tag_completeness as held on held.source = counts.source and held.tag = counts.tag
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
