-- target_contents: which packages have builds for a target, and in which versions.
-- Grain:     source, tag, target, package
-- Reads:     data.tag_specs, data.specs, data.targets, data.versions
-- Columns:   source          VARCHAR  name of the source
--            tag             VARCHAR  release line of the cache, e.g. develop
--            target          VARCHAR  microarchitecture that the builds are for, e.g. neoverse_v2
--            package         VARCHAR  package name
--            target_family   VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            newest_version  VARCHAR  newest version built for the target, in Spack's order, in which develop is newer than any number
--            version_count   BIGINT   distinct versions built for the target
--            spec_count      BIGINT   distinct builds, with or without stacks
--            os_text         VARCHAR  operating systems of those builds, a comma between
-- Question:  Which packages and versions exist for aarch64?
-- Example:   select target, package, newest_version, version_count, os_text from target_contents
--            where tag = 'develop' and target_family = 'aarch64' order by target, package limit 10;
create or replace view target_contents as
with

builds as (
    select
        tag_specs.source,
        tag_specs.tag,
        specs.target,
        tag_specs.package,
        specs.version,
        specs.os,
        min(targets.family) as target_family,
        min(versions.version_order) as version_order,
        count(*) as spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    left join data.targets as targets on targets.target = specs.target
    left join data.versions as versions on versions.package = specs.package and versions.version = specs.version
    group by tag_specs.source, tag_specs.tag, specs.target, tag_specs.package, specs.version, specs.os
)

select
    source,
    tag,
    target,
    package,
    min(target_family) as target_family,
    arg_max(version, version_order) as newest_version,
    count(distinct version) as version_count,
    cast(sum(spec_count) as bigint) as spec_count,
    string_agg(distinct os, ',' order by os) as os_text
from builds
group by source, tag, target, package;
