-- package_contents: what is in the cache for a package: versions, targets, operating systems, compilers.
-- Grain:     source, tag, package, version, compiler_name, compiler_version, platform, os, target
-- Reads:     data.tag_configurations, data.versions
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
select
    builds.source,
    builds.tag,
    builds.package,
    builds.version,
    min(versions.version_order) as version_order,
    builds.compiler_name,
    builds.compiler_version,
    builds.platform,
    builds.os,
    builds.target,
    cast(sum(builds.spec_count) as bigint) as spec_count,
    count(*) filter (where builds.is_first_set) as configuration_count
from data.tag_configurations as builds
left join data.versions as versions on versions.package = builds.package and versions.version = builds.version
group by
    builds.source,
    builds.tag,
    builds.package,
    builds.version,
    builds.compiler_name,
    builds.compiler_version,
    builds.platform,
    builds.os,
    builds.target;
