-- dated_tags: how much each weekly tag holds, in the order of their dates: a history from the tags alone, as old as they are.
-- Grain:     source, tag
-- Reads:     tag_builds, data.tags, tag_completeness
-- Columns:   source               VARCHAR  name of the source
--            tag                  VARCHAR  release line of the cache, e.g. develop-2026-11-15
--            tag_date             DATE     date in its name
--            spec_count           BIGINT   distinct specs
--            configuration_count  BIGINT   distinct configurations: builds that look alike count once
--            package_count        BIGINT   distinct packages
--            version_count        BIGINT   distinct versions of packages
--            compiler_count       BIGINT   distinct compilers, each version one
--            os_count             BIGINT   distinct operating systems
--            target_count         BIGINT   distinct targets
--            is_partial           BOOLEAN  the tag is known to be incomplete: its numbers are too small; NULL: not known
--            is_observed          BOOLEAN  the last snapshot of the source showed the tag; false: its numbers are those of before
-- Question:  How did the cache grow from week to week?
-- Example:   select tag_date, spec_count, package_count, version_count from dated_tags
--            where source = 'public' and is_partial is not true order by tag_date;
create or replace view dated_tags as
with

counted as (
    select
        builds.source,
        builds.tag,
        dates.tag_date,
        count(*) as spec_count,
        count(distinct builds.configuration_id) as configuration_count,
        count(distinct builds.package) as package_count,
        count(distinct builds.package || '@' || builds.version) as version_count,
        count(distinct builds.compiler_name || '@' || coalesce(builds.compiler_version, '')) as compiler_count,
        count(distinct builds.os) as os_count,
        count(distinct builds.target) as target_count
    from tag_builds as builds
    join data.tags as dates on dates.tag = builds.tag
    where dates.tag_date is not null
    group by builds.source, builds.tag, dates.tag_date
)

select
    counted.source,
    counted.tag,
    counted.tag_date,
    counted.spec_count,
    counted.configuration_count,
    counted.package_count,
    counted.version_count,
    counted.compiler_count,
    counted.os_count,
    counted.target_count,
    completeness.is_partial,
    completeness.is_observed
from counted
join tag_completeness as completeness on completeness.source = counted.source and completeness.tag = counted.tag;
