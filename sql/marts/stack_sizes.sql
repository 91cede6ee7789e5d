-- stack_sizes: how many bytes the binaries of a tag and of each of its stacks take. Pages do not say sizes; the index of a build cache does.
-- Grain:     source, tag, stack
-- Reads:     data.tag_specs, data.specs, page_configurations
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop; tags share specs, so not to be added up over them
--            stack             VARCHAR  CI stack; NULL: the whole tag, specs without stacks included. Not to be added up over stacks, which share specs
--            spec_count        BIGINT   distinct specs
--            sized_spec_count  BIGINT   of those, how many have a known size
--            size_bytes        BIGINT   sum of the known sizes; NULL: none is known
--            own_spec_count    BIGINT   specs that stand in no other stack of the tag; NULL for the whole tag
--            own_size_bytes    BIGINT   sum of their known sizes, 0 where there are none; NULL: none is known, or the whole tag
-- Question:  How much space does each stack take, and how much of it is for that stack alone?
-- Example:   select source, tag, stack, size_bytes, own_size_bytes, sized_spec_count, spec_count from stack_sizes
--            where stack is not null order by size_bytes desc nulls last, source, tag, stack limit 10;
create or replace view stack_sizes as
with

-- Those alone that have a size: where pages are read, which say none, there is nothing to look up.
sized as (
    select
        held.source,
        held.tag,
        held.stacks_text,
        held.stack_count,
        count(*) as spec_count,
        sum(specs.size_bytes) as size_bytes
    from data.tag_specs as held
    join data.specs as specs on specs.spec_hash = held.spec_hash
    where specs.size_bytes is not null
    group by held.source, held.tag, held.stacks_text, held.stack_count
),

counted as (
    select
        source,
        tag,
        stacks_text,
        stack_count,
        sum(spec_count) as spec_count
    from page_configurations
    group by source, tag, stacks_text, stack_count
),

-- A million specs stand in some dozens of different sets of stacks: the sets are taken apart, not the specs.
sets as (
    select
        counted.source,
        counted.tag,
        counted.stacks_text,
        counted.stack_count,
        counted.spec_count,
        coalesce(sized.spec_count, 0) as sized_spec_count,
        sized.size_bytes
    from counted
    left join sized
        on sized.source = counted.source and sized.tag = counted.tag and sized.stacks_text is not distinct from counted.stacks_text
),

-- Each set counts for its stacks and, as NULL, for the tag.
places as (
    select
        source,
        tag,
        stack_count,
        spec_count,
        sized_spec_count,
        size_bytes,
        unnest(
            case
                when stacks_text <> '' then list_append(string_split(stacks_text, ','), cast(null as varchar))
                else [cast(null as varchar)]
            end
        ) as stack
    from sets
)

select
    source,
    tag,
    stack,
    cast(sum(spec_count) as bigint) as spec_count,
    cast(sum(sized_spec_count) as bigint) as sized_spec_count,
    cast(sum(size_bytes) as bigint) as size_bytes,
    case
        when stack is not null then cast(coalesce(sum(spec_count) filter (where stack_count = 1), 0) as bigint)
    end as own_spec_count,
    case
        when stack is null then cast(null as bigint)
        when count(*) filter (where stack_count = 1) = 0 then cast(0 as bigint)
        else cast(sum(size_bytes) filter (where stack_count = 1) as bigint)
    end as own_size_bytes
from places
group by source, tag, stack;
