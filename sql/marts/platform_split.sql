-- platform_split: how much of a stack is built for linux, darwin and windows, and which accelerator the stack is for.
-- Grain:     source, tag, stack, platform
-- Reads:     tag_builds, data.stacks
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

-- By set of stacks first: there are few, so that a build need not be looked at again for each stack that it stands in.
sets as (
    select
        source,
        tag,
        stacks_text,
        package,
        platform,
        count(*) as spec_count
    from tag_builds
    group by source, tag, stacks_text, package, platform
),

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        platform,
        spec_count
    from sets
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        platform,
        spec_count
    from sets
    where stacks_text <> ''
)

select
    places.source,
    places.tag,
    places.stack,
    places.platform,
    stacks.accelerator,
    cast(sum(places.spec_count) as bigint) as spec_count,
    count(distinct places.package) as package_count,
    sum(places.spec_count) / cast(
        sum(sum(places.spec_count)) over (partition by places.source, places.tag, places.stack) as double
    ) as spec_share
from places
left join data.stacks as stacks on stacks.stack = places.stack
group by places.source, places.tag, places.stack, places.platform, stacks.accelerator;
