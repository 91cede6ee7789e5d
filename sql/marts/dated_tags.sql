-- dated_tags: how much each weekly tag holds, in the order of their dates: a history from the tags alone, as old as they are.
-- Grain:     source, tag
-- Reads:     data.tag_configurations, data.tags, tag_completeness
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

-- A weekly's name is its date: to group by the date takes two thirds of the time that its name takes. And what has few values is
-- counted apart from what has many.
systems as (
    select
        held.source,
        dates.tag_date,
        held.compiler_name || '@' || coalesce(held.compiler_version, '') as compiler,
        held.os,
        held.target,
        sum(held.spec_count) as spec_count,
        count(*) filter (where held.is_first_set) as configuration_count
    from data.tag_configurations as held
    join data.tags as dates on dates.tag = held.tag
    where dates.tag_date is not null
    group by held.source, dates.tag_date, held.compiler_name, held.compiler_version, held.os, held.target
),

system_counts as (
    select
        source,
        tag_date,
        cast(sum(spec_count) as bigint) as spec_count,
        cast(sum(configuration_count) as bigint) as configuration_count,
        count(distinct compiler) as compiler_count,
        count(distinct os) as os_count,
        count(distinct target) as target_count
    from systems
    group by source, tag_date
),

package_versions as (
    select distinct
        held.source,
        dates.tag_date,
        held.package,
        held.version
    from data.tag_configurations as held
    join data.tags as dates on dates.tag = held.tag
    where dates.tag_date is not null
),

version_counts as (
    select
        source,
        tag_date,
        count(*) as version_count,
        count(distinct package) as package_count
    from package_versions
    group by source, tag_date
)

select
    system_counts.source,
    names.tag,
    system_counts.tag_date,
    system_counts.spec_count,
    system_counts.configuration_count,
    version_counts.package_count,
    version_counts.version_count,
    system_counts.compiler_count,
    system_counts.os_count,
    system_counts.target_count,
    completeness.is_partial,
    completeness.is_observed
from system_counts
join version_counts on version_counts.source = system_counts.source and version_counts.tag_date = system_counts.tag_date
join data.tags as names on names.tag_date = system_counts.tag_date
join tag_completeness as completeness on completeness.source = system_counts.source and completeness.tag = names.tag;
