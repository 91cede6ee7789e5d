-- package_contents: what is in the cache for a package: versions, targets, operating systems, compilers.
-- Grain:     source, tag, package, version, compiler_name, compiler_version, platform, os, target
-- Reads:     data.tag_specs, data.specs, data.spec_conflicts, data.versions
-- Columns:   source               VARCHAR  name of the source
--            tag                  VARCHAR  release line of the cache, e.g. develop
--            package              VARCHAR  package name
--            version              VARCHAR  version as published
--            version_order        BIGINT   1 is the oldest of the package in Spack's version order
--            compiler_name        VARCHAR  compiler's package; NULL: unknown
--            compiler_version     VARCHAR  its version
--            platform             VARCHAR  linux, darwin, windows
--            os                   VARCHAR  operating system, e.g. ubuntu22.04
--            target               VARCHAR  microarchitecture, e.g. x86_64_v3
--            spec_count           BIGINT   distinct builds
--            configuration_count  BIGINT   distinct configurations among them: builds that look alike count once
-- Question:  What is in the cache for a package?
-- Example:   select version, os, target, compiler_name, spec_count from package_contents
--            where tag = 'develop' and package = (select min(package) from documents)
--            order by version_order desc, os, target, compiler_name;
create or replace view package_contents as
with

-- Joined by package too, so that whoever asks for one reads its rows alone. Only forged pages claim the hash of another package,
-- and each such hash is among the conflicts.
described as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.package as version_package,
        specs.version,
        specs.compiler_name,
        specs.compiler_version,
        specs.platform,
        specs.os,
        specs.target,
        specs.configuration_id
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.package = tag_specs.package and specs.spec_hash = tag_specs.spec_hash
    union all
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.package as version_package,
        specs.version,
        specs.compiler_name,
        specs.compiler_version,
        specs.platform,
        specs.os,
        specs.target,
        specs.configuration_id
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    where
        specs.package <> tag_specs.package
        and tag_specs.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
)

select
    described.source,
    described.tag,
    described.package,
    described.version,
    min(versions.version_order) as version_order,
    described.compiler_name,
    described.compiler_version,
    described.platform,
    described.os,
    described.target,
    count(*) as spec_count,
    count(distinct described.configuration_id) as configuration_count
from described
left join data.versions as versions on versions.package = described.version_package and versions.version = described.version
group by
    described.source,
    described.tag,
    described.package,
    described.version,
    described.compiler_name,
    described.compiler_version,
    described.platform,
    described.os,
    described.target;
