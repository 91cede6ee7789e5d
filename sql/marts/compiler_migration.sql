-- compiler_migration: how much of each weekly tag is built with which compiler, in the order of their dates.
-- Grain:     source, tag, compiler_name, compiler_version
-- Reads:     data.tag_configurations, data.tags, tag_completeness
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop-2026-11-15
--            tag_date          DATE     date in its name
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            spec_count        BIGINT   distinct specs of the tag built with it
--            package_count     BIGINT   distinct packages among them
--            spec_share        DOUBLE   spec_count by all specs of the tag, 0 to 1
--            package_share     DOUBLE   package_count by all packages of the tag, 0 to 1; several may have a package, so these add up to more
--            is_partial        BOOLEAN  the tag is known to be incomplete: its numbers are too small; NULL: not known
--            is_observed       BOOLEAN  the last snapshot of the source showed the tag; false: its numbers are those of before
-- Question:  How far is the move from one compiler to the next?
-- Example:   select tag_date, compiler_version, package_share from compiler_migration
--            where source = 'public' and is_partial is not true and compiler_name = 'gcc' order by tag_date, compiler_version;
create or replace view compiler_migration as
with

-- By package first, so that packages can be counted without looking at each build again; and by date, which is a weekly's name.
counted as (
    select
        builds.source,
        dates.tag_date,
        builds.package,
        builds.compiler_name,
        builds.compiler_version,
        sum(builds.spec_count) as spec_count
    from data.tag_configurations as builds
    join data.tags as dates on dates.tag = builds.tag
    where dates.tag_date is not null
    group by builds.source, dates.tag_date, builds.package, builds.compiler_name, builds.compiler_version
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
        compiler_name,
        compiler_version,
        sum(spec_count) as spec_count,
        count(*) as package_count
    from counted
    group by source, tag_date, compiler_name, compiler_version
)

select
    shares.source,
    names.tag,
    shares.tag_date,
    shares.compiler_name,
    shares.compiler_version,
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
