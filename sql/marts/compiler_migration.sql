-- compiler_migration: how much of each weekly tag is built with which compiler, in the order of their dates.
-- Grain:     source, tag, compiler_name, compiler_version
-- Reads:     data.tags, data.tag_specs, data.specs, data.spec_conflicts, tags
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
        specs.package,
        specs.compiler_name,
        specs.compiler_version,
        count(*) as spec_count
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
    group by tag_specs.source, tag_specs.tag, dates.tag_date, specs.package, specs.compiler_name, specs.compiler_version
),

totals as (
    select
        source,
        tag,
        sum(spec_count) as spec_count,
        count(distinct package) as package_count
    from counted
    group by source, tag
)

select
    counted.source,
    counted.tag,
    counted.tag_date,
    counted.compiler_name,
    counted.compiler_version,
    cast(sum(counted.spec_count) as bigint) as spec_count,
    count(*) as package_count,
    sum(counted.spec_count) / cast(min(totals.spec_count) as double) as spec_share,
    count(*) / cast(min(totals.package_count) as double) as package_share,
    tags.is_partial,
    tags.is_observed
from counted
join totals on totals.source = counted.source and totals.tag = counted.tag
join tags on tags.source = counted.source and tags.tag = counted.tag
group by counted.source, counted.tag, counted.tag_date, counted.compiler_name, counted.compiler_version, tags.is_partial, tags.is_observed;
