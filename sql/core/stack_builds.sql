-- stack_builds: how many builds of a package each stack has, by what they are built for and with; and the whole tag, as a row with no stack.
-- Grain:     source, tag, stack, package, platform, os, target_family, compiler_name, compiler_version
-- Reads:     data.tag_configurations
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            stack             VARCHAR  CI stack; NULL: the whole tag, also what stands in no stack
--            package           VARCHAR  package name
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target_family     VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            compiler_name     VARCHAR  compiler's package; NULL: unknown, the page says none
--            compiler_version  VARCHAR  its version
--            spec_count        BIGINT   distinct builds; they add up within a stack, not over stacks, which share builds
-- Question:  What does a stack build of a package, and what for?
-- Example:   select package, os, target_family, spec_count from stack_builds
--            where tag = 'develop' and stack = 'e4s' order by package, os, target_family, compiler_name, compiler_version limit 20;
create or replace view stack_builds as
with

-- By set of stacks first: there are few, so that a build need not be looked at again for each stack that it stands in.
sets as (
    select
        source,
        tag,
        stacks_text,
        package,
        platform,
        os,
        target_family,
        compiler_name,
        compiler_version,
        sum(spec_count) as spec_count
    from data.tag_configurations
    group by source, tag, stacks_text, package, platform, os, target_family, compiler_name, compiler_version
),

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        platform,
        os,
        target_family,
        compiler_name,
        compiler_version,
        spec_count
    from sets
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        platform,
        os,
        target_family,
        compiler_name,
        compiler_version,
        spec_count
    from sets
    where stacks_text <> ''
)

select
    source,
    tag,
    stack,
    package,
    platform,
    os,
    target_family,
    compiler_name,
    compiler_version,
    cast(sum(spec_count) as bigint) as spec_count
from places
group by source, tag, stack, package, platform, os, target_family, compiler_name, compiler_version;
