-- os_migration: how much of each weekly tag is built for which operating system, in the order of their dates.
-- Grain:     source, tag, os
-- Reads:     data.tag_configurations, data.tags, tag_completeness
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop-2026-11-15
--            tag_date          DATE     date in its name
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            spec_count        BIGINT   distinct specs of the tag built for it
--            package_count     BIGINT   distinct packages among them
--            spec_share        DOUBLE   spec_count by all specs of the tag, 0 to 1
--            package_share     DOUBLE   package_count by all packages of the tag, 0 to 1; several may have a package, so these add up to more
--            is_partial        BOOLEAN  the tag is known to be incomplete: its numbers are too small; NULL: not known
--            is_observed       BOOLEAN  the last snapshot of the source showed the tag; false: its numbers are those of before
-- Question:  How far is the move from one operating system to the next?
-- Example:   select tag_date, os, spec_share from os_migration
--            where source = 'public' and is_partial is not true and os like 'ubuntu%' order by tag_date, os;
create or replace view os_migration as
with

-- By package first, so that packages can be counted without looking at each build again; and by date, which is a weekly's name.
counted as (
    select
        builds.source,
        dates.tag_date,
        builds.package,
        builds.os,
        sum(builds.spec_count) as spec_count
    from data.tag_configurations as builds
    join data.tags as dates on dates.tag = builds.tag
    where dates.tag_date is not null
    group by builds.source, dates.tag_date, builds.package, builds.os
),

totals as (
    select
        source,
        tag_date,
        sum(spec_count) as spec_count,
        count(distinct package) as package_count
    from counted
    group by source, tag_date
),

shares as (
    select
        source,
        tag_date,
        os,
        sum(spec_count) as spec_count,
        count(*) as package_count
    from counted
    group by source, tag_date, os
)

select
    shares.source,
    names.tag,
    shares.tag_date,
    shares.os,
    cast(shares.spec_count as bigint) as spec_count,
    shares.package_count,
    shares.spec_count / cast(totals.spec_count as double) as spec_share,
    shares.package_count / cast(totals.package_count as double) as package_share,
    completeness.is_partial,
    completeness.is_observed
from shares
join totals on totals.source = shares.source and totals.tag_date = shares.tag_date
join data.tags as names on names.tag_date = shares.tag_date
join tag_completeness as completeness on completeness.source = shares.source and completeness.tag = names.tag;
