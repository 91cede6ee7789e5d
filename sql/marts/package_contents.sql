-- package_contents: what is in the cache for a package: versions, targets, operating systems, compilers.
-- Grain:     source, tag, package, version, compiler_name, compiler_version, platform, os, target
-- Reads:     data.tag_specs, data.specs, data.versions
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
--            where tag = 'develop' and package = (select min(package) from package_contents)
--            order by version_order desc, os, target, compiler_name;
create or replace view package_contents as
select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    specs.version,
    min(versions.version_order) as version_order,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target,
    count(*) as spec_count,
    count(distinct specs.configuration_id) as configuration_count
from data.tag_specs as tag_specs
join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
left join data.versions as versions on versions.package = specs.package and versions.version = specs.version
group by
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    specs.version,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target;
