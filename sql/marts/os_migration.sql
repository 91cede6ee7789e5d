-- os_migration: how much of each weekly tag is built for which operating system, in the order of their dates.
-- Grain:     source, tag, os
-- Reads:     data.tags, data.tag_specs, data.specs
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop-2026-11-15
--            tag_date          DATE     date in its name
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            spec_count        BIGINT   distinct specs of the tag built for it
--            package_count     BIGINT   distinct packages among them
--            spec_share        DOUBLE   spec_count by all specs of the tag, 0 to 1
--            package_share     DOUBLE   package_count by all packages of the tag, 0 to 1; several may have a package, so these add up to more
-- Question:  How far is the move from one operating system to the next?
-- Example:   select tag_date, os, spec_share from os_migration
--            where source = 'public' and os like 'ubuntu%' order by tag_date, os;
create or replace view os_migration as
with

held as (
    select
        tag_specs.source,
        tag_specs.tag,
        tags.tag_date,
        specs.package,
        specs.spec_hash,
        specs.os
    from data.tag_specs as tag_specs
    join data.tags as tags on tags.tag = tag_specs.tag
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    where tags.tag_date is not null
),

totals as (
    select
        source,
        tag,
        count(distinct spec_hash) as spec_count,
        count(distinct package) as package_count
    from held
    group by source, tag
)

select
    held.source,
    held.tag,
    held.tag_date,
    held.os,
    count(distinct held.spec_hash) as spec_count,
    count(distinct held.package) as package_count,
    count(distinct held.spec_hash) / cast(min(totals.spec_count) as double) as spec_share,
    count(distinct held.package) / cast(min(totals.package_count) as double) as package_share
from held
join totals on totals.source = held.source and totals.tag = held.tag
group by held.source, held.tag, held.tag_date, held.os;
