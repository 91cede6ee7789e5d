-- packages: a package, over all sources and tags; also one that no source holds any more.
-- Grain:     package
-- Reads:     specs, data.versions
-- Columns:   package         VARCHAR    package name
--            spec_count      BIGINT     distinct specs that some source holds now
--            version_count   BIGINT     distinct versions of those
--            newest_version  VARCHAR    newest of those in Spack's order, in which develop is newer than any number; of all it ever had where none is held now
--            first_seen_at   TIMESTAMP  observation in which it was first seen; UTC
--            last_seen_at    TIMESTAMP  last observation that still showed it; UTC
--            is_current      BOOLEAN    some source holds it now
-- Question:  Which packages have the most builds?
-- Example:   select package, spec_count, newest_version from packages order by spec_count desc, package limit 5;
create or replace view packages as
with

counted as (
    select
        specs.package,
        count(*) filter (where specs.is_current) as spec_count,
        count(distinct specs.version) filter (where specs.is_current) as version_count,
        coalesce(
            max(versions.version_order) filter (where specs.is_current),
            max(versions.version_order)
        ) as newest_order,
        min(specs.first_seen_at) as first_seen_at,
        max(specs.last_seen_at) as last_seen_at,
        bool_or(specs.is_current) as is_current
    from specs
    left join data.versions as versions on versions.package = specs.package and versions.version = specs.version
    group by specs.package
)

select
    counted.package,
    counted.spec_count,
    counted.version_count,
    newest.version as newest_version,
    counted.first_seen_at,
    counted.last_seen_at,
    counted.is_current
from counted
left join data.versions as newest on newest.package = counted.package and newest.version_order = counted.newest_order;
