-- coverage_matrix: for which operating systems and targets a stack has a package: the cells of a heat map.
-- Grain:     source, tag, stack, package, os, target
-- Reads:     data.tag_specs, data.memberships, data.specs, data.targets, versions
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

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        spec_hash
    from data.tag_specs
    union all
    select
        source,
        tag,
        stack,
        package,
        spec_hash
    from data.memberships
)

select
    places.source,
    places.tag,
    places.stack,
    places.package,
    specs.os,
    specs.target,
    min(targets.family) as target_family,
    count(*) as spec_count,
    arg_max(specs.version, versions.release_order) as newest_version
from places
join data.specs as specs on specs.spec_hash = places.spec_hash
left join data.targets as targets on targets.target = specs.target
left join versions on versions.package = specs.package and versions.version = specs.version
group by places.source, places.tag, places.stack, places.package, specs.os, specs.target;
