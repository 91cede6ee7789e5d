-- target_contents: which packages have builds for a target, and in which versions.
-- Grain:     source, tag, platform, target, package
-- Reads:     data.tag_specs, data.specs, data.targets, versions
-- Columns:   source          VARCHAR  name of the source
--            tag             VARCHAR  release line of the cache, e.g. develop
--            platform        VARCHAR  platform that the builds are for, e.g. linux
--            target          VARCHAR  microarchitecture that the builds are for, e.g. neoverse_v2
--            package         VARCHAR  package name
--            target_family   VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            newest_version  VARCHAR  newest version built for the target, in Spack's order: the newest release, a development version (view versions) only where there is no release
--            version_count   BIGINT   distinct versions built for the target
--            spec_count      BIGINT   distinct builds, with or without stacks
--            os_text         VARCHAR  operating systems of those builds, a comma between
-- Question:  Which packages and versions exist for aarch64?
-- Example:   select platform, target, package, newest_version, version_count, os_text from target_contents
--            where tag = 'develop' and target_family = 'aarch64' order by platform, target, package limit 10;
create or replace view target_contents as
with

builds as (
    select
        tag_specs.source,
        tag_specs.tag,
        specs.platform,
        specs.target,
        tag_specs.package,
        specs.version,
        specs.os,
        min(targets.family) as target_family,
        min(versions.release_order) as release_order,
        count(*) as spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    left join data.targets as targets on targets.target = specs.target
    left join versions on versions.package = specs.package and versions.version = specs.version
    group by tag_specs.source, tag_specs.tag, specs.platform, specs.target, tag_specs.package, specs.version, specs.os
)

select
    source,
    tag,
    platform,
    target,
    package,
    min(target_family) as target_family,
    arg_max(version, release_order) as newest_version,
    count(distinct version) as version_count,
    cast(sum(spec_count) as bigint) as spec_count,
    string_agg(distinct os, ',' order by os) as os_text
from builds
group by source, tag, platform, target, package;
