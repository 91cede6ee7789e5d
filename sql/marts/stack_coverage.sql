-- stack_coverage: how much of a stack each operating system and target family has.
-- Grain:     source, tag, stack, os, target_family
-- Reads:     stack_builds
-- Columns:   source         VARCHAR  name of the source
--            tag            VARCHAR  release line of the cache, e.g. develop
--            stack          VARCHAR  CI stack; NULL: the whole tag, also what stands in no stack
--            os             VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target_family  VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            package_count  BIGINT   distinct packages of the stack that have a build there
--            package_share  DOUBLE   package_count by all packages of the stack, 0 to 1; a package may stand in several rows, so these add up to more
--            spec_count     BIGINT   distinct builds; not to be added up over stacks, which share specs
-- Question:  How much of each stack is built for an operating system and a target family?
-- Example:   select stack, os, target_family, package_count, package_share from stack_coverage
--            where tag = 'develop' and stack is not null order by stack, package_share desc, os, target_family;
create or replace view stack_coverage as
with

-- `is_first`: true in one row of each package of a stack, so that the packages of a stack can be counted over its rows.
packages as (
    select
        source,
        tag,
        stack,
        package,
        os,
        target_family,
        sum(spec_count) as spec_count,
        row_number() over (partition by source, tag, stack, package) = 1 as is_first
    from stack_builds
    group by source, tag, stack, package, os, target_family
)

select
    source,
    tag,
    stack,
    os,
    target_family,
    count(*) as package_count,
    count(*) / cast(sum(count(*) filter (where is_first)) over (partition by source, tag, stack) as double) as package_share,
    cast(sum(spec_count) as bigint) as spec_count
from packages
group by source, tag, stack, os, target_family;
