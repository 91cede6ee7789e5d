-- build_counts: how many builds each tag holds for each platform, target, operating system and compiler.
-- Grain:     source, tag, platform, target_family, target, os, compiler_name, compiler_version
-- Reads:     data.tag_configurations
-- Columns:   source               VARCHAR  name of the source
--            tag                  VARCHAR  release line of the cache, e.g. develop
--            platform             VARCHAR  linux, darwin, windows
--            target_family        VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            target               VARCHAR  microarchitecture, e.g. x86_64_v3
--            os                   VARCHAR  operating system with its release, e.g. ubuntu22.04
--            compiler_name        VARCHAR  compiler's package; NULL: unknown
--            compiler_version     VARCHAR  its version
--            spec_count           BIGINT   distinct builds; each is in one row of its tag, so they add up within a tag, not over tags, which share builds
--            package_count        BIGINT   distinct packages among them; not to be added up
--            configuration_count  BIGINT   distinct configurations among them: builds that look alike count once; they add up as spec_count does
-- Question:  How many builds are there for each target, operating system and compiler?
-- Example:   select target, os, compiler_name, compiler_version, spec_count from build_counts
--            where tag = 'develop' order by spec_count desc, target, os, compiler_name, compiler_version limit 10;
create or replace view build_counts as
select
    source,
    tag,
    platform,
    target_family,
    target,
    os,
    compiler_name,
    compiler_version,
    cast(sum(spec_count) as bigint) as spec_count,
    count(distinct package) as package_count,
    count(*) filter (where is_first_set) as configuration_count
from data.tag_configurations
group by source, tag, platform, target_family, target, os, compiler_name, compiler_version;
