-- dated_tags: how much each weekly tag holds, in the order of their dates: a history from the tags alone, as old as they are.
-- Grain:     source, tag
-- Reads:     data.tags, data.tag_specs, data.specs, data.spec_conflicts, tags
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

-- Only forged pages claim the hash of another package, and each such hash is among the conflicts: it counts once. To look for
-- these alone takes a fraction of the time of counting distinct hashes.
again as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        tag_specs.spec_hash
    from data.tag_specs as tag_specs
    where tag_specs.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
    qualify row_number() over (partition by tag_specs.source, tag_specs.tag, tag_specs.spec_hash order by tag_specs.package) > 1
),

counted as (
    select
        tag_specs.source,
        tag_specs.tag,
        dates.tag_date,
        count(*) as spec_count,
        count(distinct specs.configuration_id) as configuration_count,
        count(distinct specs.package) as package_count,
        count(distinct specs.package || '@' || specs.version) as version_count,
        count(distinct specs.compiler_name || '@' || coalesce(specs.compiler_version, '')) as compiler_count,
        count(distinct specs.os) as os_count,
        count(distinct specs.target) as target_count
    from data.tag_specs as tag_specs
    anti join again
        on
            again.source = tag_specs.source
            and again.tag = tag_specs.tag
            and again.package = tag_specs.package
            and again.spec_hash = tag_specs.spec_hash
    join data.tags as dates on dates.tag = tag_specs.tag
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    where dates.tag_date is not null
    group by tag_specs.source, tag_specs.tag, dates.tag_date
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
    tags.is_partial,
    tags.is_observed
from counted
join tags on tags.source = counted.source and tags.tag = counted.tag;
