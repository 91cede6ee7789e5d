-- coverage_matrix: for which operating systems and targets a stack has a package: the cells of a heat map.
-- Grain:     source, tag, stack, package, os, target
-- Reads:     data.tag_configurations, versions
-- Columns:   source          VARCHAR  name of the source
--            tag             VARCHAR  release line of the cache, e.g. develop
--            stack           VARCHAR  CI stack; NULL: the whole tag, also what stands in no stack
--            package         VARCHAR  package name
--            os              VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target          VARCHAR  microarchitecture, e.g. x86_64_v3
--            target_family   VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            spec_count      BIGINT   distinct builds; not to be added up over stacks, which share specs
--            newest_version  VARCHAR  newest version among them, in Spack's order: the newest release, a development version (view versions) only where there is no release
-- Question:  For which operating systems and targets does a stack have its packages?
-- Example:   select package, os, target, spec_count, newest_version from coverage_matrix
--            where tag = 'develop' and stack = 'e4s' order by package, os, target limit 20;
create or replace view coverage_matrix as
with

-- By set of stacks first: there are few, so that a build need not be looked at again for each stack that it stands in.
sets as (
    select
        source,
        tag,
        stacks_text,
        package,
        version,
        os,
        target,
        min(target_family) as target_family,
        sum(spec_count) as spec_count
    from data.tag_configurations
    group by source, tag, stacks_text, package, version, os, target
),

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        version,
        os,
        target,
        target_family,
        spec_count
    from sets
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        version,
        os,
        target,
        target_family,
        spec_count
    from sets
    where stacks_text <> ''
)

select
    places.source,
    places.tag,
    places.stack,
    places.package,
    places.os,
    places.target,
    min(places.target_family) as target_family,
    cast(sum(places.spec_count) as bigint) as spec_count,
    arg_max(places.version, versions.release_order) as newest_version
from places
left join versions on versions.package = places.package and versions.version = places.version
group by places.source, places.tag, places.stack, places.package, places.os, places.target;
