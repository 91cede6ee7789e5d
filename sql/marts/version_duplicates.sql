-- version_duplicates: how many builds of one version of a package there are, and how many of them look like another one.
-- Grain:     source, tag, package, version
-- Reads:     data.tag_configurations
-- Columns:   source                    VARCHAR  name of the source
--            tag                       VARCHAR  release line of the cache, e.g. develop
--            package                   VARCHAR  package name
--            version                   VARCHAR  version as published
--            spec_count                BIGINT   distinct builds
--            configuration_count       BIGINT   distinct configurations among them: builds that look alike count once
--            duplicate_spec_count      BIGINT   builds beyond the first of each configuration
--            duplicate_share           DOUBLE   duplicate_spec_count by spec_count, 0 to 1
--            largest_group_spec_count  BIGINT   builds of the configuration that has the most
-- Question:  Which package versions are built most often without a visible difference?
-- Example:   select package, version, spec_count, configuration_count, duplicate_share from version_duplicates
--            where tag = 'develop' order by duplicate_spec_count desc, package, version limit 10;
create or replace view version_duplicates as
with

configurations as (
    select
        source,
        tag,
        package,
        version,
        configuration_id,
        cast(sum(spec_count) as bigint) as spec_count
    from data.tag_configurations
    group by source, tag, package, version, configuration_id
)

select
    source,
    tag,
    package,
    version,
    cast(sum(spec_count) as bigint) as spec_count,
    count(*) as configuration_count,
    cast(sum(spec_count - 1) as bigint) as duplicate_spec_count,
    cast(sum(spec_count - 1) as double) / nullif(cast(sum(spec_count) as double), 0) as duplicate_share,
    max(spec_count) as largest_group_spec_count
from configurations
group by source, tag, package, version;
