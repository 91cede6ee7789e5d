-- packages: a package, over all sources and tags.
-- Grain:     package
-- Reads:     specs, data.versions
-- Columns:   package         VARCHAR    package name
--            spec_count      BIGINT     distinct specs
--            version_count   BIGINT     distinct versions
--            newest_version  VARCHAR    newest in Spack's order, in which develop is newer than any number
--            first_seen_at   TIMESTAMP  observation in which it was first seen; UTC
--            last_seen_at    TIMESTAMP  last observation that still showed it; UTC
--            is_current      BOOLEAN    some source holds it now
-- Question:  Which packages have the most builds?
-- Example:   select package, spec_count, newest_version from packages order by spec_count desc, package limit 5;
create or replace view packages as
with

newest as (
    select
        package,
        version
    from data.versions
    where is_newest
)

select
    specs.package,
    count(*) as spec_count,
    count(distinct specs.version) as version_count,
    min(newest.version) as newest_version,
    min(specs.first_seen_at) as first_seen_at,
    max(specs.last_seen_at) as last_seen_at,
    bool_or(specs.is_current) as is_current
from specs
left join newest on newest.package = specs.package
group by specs.package;
