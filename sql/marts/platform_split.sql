-- platform_split: how much of a stack is built for linux, darwin and windows, and which accelerator the stack is for.
-- Grain:     source, tag, stack, platform
-- Reads:     data.tag_specs, data.memberships, data.specs, data.stacks
-- Columns:   source         VARCHAR  name of the source
--            tag            VARCHAR  release line of the cache, e.g. develop
--            stack          VARCHAR  CI stack; NULL: the whole tag, also what stands in no stack
--            platform       VARCHAR  linux, darwin, windows; as the builds say
--            accelerator    VARCHAR  cuda, rocm, mps, oneapi, cpu, by the stack's label; NULL: the label names none, or it is the whole tag
--            spec_count     BIGINT   distinct builds; not to be added up over stacks, which share specs
--            package_count  BIGINT   distinct packages among them
--            spec_share     DOUBLE   spec_count by all builds of the stack, 0 to 1; they add up to 1 within a stack
-- Question:  How are builds split over platforms, and which stacks are for accelerators?
-- Example:   select stack, platform, accelerator, spec_count, spec_share from platform_split
--            where tag = 'develop' order by accelerator, stack nulls first, platform;
create or replace view platform_split as
with

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        spec_hash
    from data.tag_specs
    union all
    select
        source,
        tag,
        stack,
        spec_hash
    from data.memberships
),

counted as (
    select
        places.source,
        places.tag,
        places.stack,
        specs.platform,
        count(distinct specs.spec_hash) as spec_count,
        count(distinct specs.package) as package_count
    from places
    join data.specs as specs on specs.spec_hash = places.spec_hash
    group by places.source, places.tag, places.stack, specs.platform
)

select
    counted.source,
    counted.tag,
    counted.stack,
    counted.platform,
    stacks.accelerator,
    counted.spec_count,
    counted.package_count,
    counted.spec_count / cast(
        sum(counted.spec_count) over (partition by counted.source, counted.tag, counted.stack) as double
    ) as spec_share
from counted
left join data.stacks as stacks on stacks.stack = counted.stack;
