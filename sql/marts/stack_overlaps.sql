-- stack_overlaps: how many builds two stacks of a tag share by hash; each pair both ways, also pairs that share none.
-- Grain:     source, tag, stack, other_stack
-- Reads:     data.tag_configurations
-- Columns:   source             VARCHAR  name of the source
--            tag                VARCHAR  release line of the cache, e.g. develop
--            stack              VARCHAR  CI stack; root, the whole index, is not among them
--            other_stack        VARCHAR  another stack of the tag
--            spec_count         BIGINT   distinct specs in stack
--            other_spec_count   BIGINT   distinct specs in other_stack
--            shared_spec_count  BIGINT   specs that stand in both
--            shared_share       DOUBLE   shared_spec_count by spec_count: how much of stack the other holds too, 0 to 1
--            jaccard_share      DOUBLE   shared_spec_count by the specs that stand in either, 0 to 1; the same both ways
-- Question:  Which stacks share their builds?
-- Example:   select stack, other_stack, shared_spec_count, jaccard_share from stack_overlaps
--            where tag = 'develop' and stack < other_stack order by jaccard_share desc, stack, other_stack limit 10;
create or replace view stack_overlaps as
with

-- A million specs stand in some dozens of different sets of stacks: the sets are paired, not the specs.
sets as (
    select
        source,
        tag,
        stacks_text,
        sum(spec_count) as spec_count
    from data.tag_configurations
    where stack_count > 0
    group by source, tag, stacks_text
),

set_stacks as (
    select
        source,
        tag,
        stacks_text,
        spec_count,
        unnest(string_split(stacks_text, ',')) as stack
    from sets
),

stacks as (
    select
        source,
        tag,
        stack,
        cast(sum(spec_count) as bigint) as spec_count
    from set_stacks
    group by source, tag, stack
),

shared as (
    select
        ours.source,
        ours.tag,
        ours.stack,
        others.stack as other_stack,
        cast(sum(ours.spec_count) as bigint) as spec_count
    from set_stacks as ours
    join set_stacks as others
        on others.source = ours.source and others.tag = ours.tag and others.stacks_text = ours.stacks_text
    group by ours.source, ours.tag, ours.stack, others.stack
)

select
    stacks.source,
    stacks.tag,
    stacks.stack,
    others.stack as other_stack,
    stacks.spec_count,
    others.spec_count as other_spec_count,
    coalesce(shared.spec_count, 0) as shared_spec_count,
    cast(coalesce(shared.spec_count, 0) as double) / nullif(cast(stacks.spec_count as double), 0) as shared_share,
    cast(coalesce(shared.spec_count, 0) as double)
    / nullif(cast(stacks.spec_count + others.spec_count - coalesce(shared.spec_count, 0) as double), 0) as jaccard_share
from stacks
join stacks as others on others.source = stacks.source and others.tag = stacks.tag and others.stack <> stacks.stack
left join shared
    on
        shared.source = stacks.source
        and shared.tag = stacks.tag
        and shared.stack = stacks.stack
        and shared.other_stack = others.stack;
