-- stack_sizes: how many bytes the binaries of a tag and of each of its stacks take. Pages do not say sizes; the index of a build cache does.
-- Grain:     source, tag, stack
-- Reads:     data.tag_specs, data.specs
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

-- Those alone: where pages are read, which say no sizes, there is nothing to look up.
sized as (
    select
        spec_hash,
        size_bytes
    from data.specs
    where size_bytes is not null
),

-- A million specs stand in some dozens of different sets of stacks: the sets are taken apart, not the specs.
sets as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.stacks_text,
        tag_specs.stack_count,
        count(*) as spec_count,
        count(sized.size_bytes) as sized_spec_count,
        sum(sized.size_bytes) as size_bytes
    from data.tag_specs as tag_specs
    left join sized on sized.spec_hash = tag_specs.spec_hash
    group by tag_specs.source, tag_specs.tag, tag_specs.stacks_text, tag_specs.stack_count
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
