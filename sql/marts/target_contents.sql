-- target_contents: which packages have builds for a target, and in which versions.
-- Grain:     source, tag, platform, target, package
-- Reads:     data.tag_configurations, versions
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
        held.source,
        held.tag,
        held.platform,
        held.target,
        held.package,
        held.version,
        held.os,
        min(held.target_family) as target_family,
        min(versions.release_order) as release_order,
        sum(held.spec_count) as spec_count
    from data.tag_configurations as held
    left join versions on versions.package = held.package and versions.version = held.version
    group by held.source, held.tag, held.platform, held.target, held.package, held.version, held.os
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
