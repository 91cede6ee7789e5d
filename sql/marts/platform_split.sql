-- platform_split: how much of a stack is built for linux, darwin and windows, and which accelerator the stack is for.
-- Grain:     source, tag, stack, platform
-- Reads:     stack_builds, data.stacks
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
select
    builds.source,
    builds.tag,
    builds.stack,
    builds.platform,
    stacks.accelerator,
    cast(sum(builds.spec_count) as bigint) as spec_count,
    count(distinct builds.package) as package_count,
    sum(builds.spec_count) / cast(
        sum(sum(builds.spec_count)) over (partition by builds.source, builds.tag, builds.stack) as double
    ) as spec_share
from stack_builds as builds
left join data.stacks as stacks on stacks.stack = builds.stack
group by builds.source, builds.tag, builds.stack, builds.platform, stacks.accelerator;
