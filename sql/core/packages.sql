-- packages: a package, over all sources and tags; also one that no source holds any more.
-- Grain:     package
-- Reads:     data.configurations, data.tag_specs, data.ended_tag_specs, data.specs, data.spec_conflicts, data.snapshots, data.versions
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

-- By page, not by spec: of some thousands of packages, each source has a first and a last snapshot.
stays as (
    select
        held.source,
        held.package,
        min(held.first_snapshot_id) as first_snapshot_id,
        cast(null as bigint) as last_snapshot_id
    from data.tag_specs as held
    group by held.source, held.package
    union all
    select
        ended.source,
        ended.package,
        min(ended.first_snapshot_id) as first_snapshot_id,
        max(ended.to_snapshot_id) - 1 as last_snapshot_id
    from data.ended_tag_specs as ended
    group by ended.source, ended.package
    union all
    -- A spec of the package may stand on the page of another, if that is forged; each such hash is among the conflicts.
    select
        claimed.source,
        own.package,
        min(claimed.first_snapshot_id) as first_snapshot_id,
        cast(null as bigint) as last_snapshot_id
    from data.tag_specs as claimed
    join data.specs as own on own.spec_hash = claimed.spec_hash
    where claimed.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
    group by claimed.source, own.package
),

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id
    from data.snapshots
    group by source
),

seen as (
    select
        stays.package,
        min(first.observed_at) as first_seen_at,
        max(last.observed_at) as last_seen_at
    from stays
    join latest on latest.source = stays.source
    join data.snapshots as first on first.source = stays.source and first.snapshot_id = stays.first_snapshot_id
    join data.snapshots as last
        on last.source = stays.source and last.snapshot_id = coalesce(stays.last_snapshot_id, latest.snapshot_id)
    group by stays.package
),

counted as (
    select
        known.package,
        cast(sum(known.spec_count) as bigint) as spec_count,
        count(distinct known.version) filter (where known.spec_count > 0) as version_count,
        coalesce(
            max(versions.version_order) filter (where known.spec_count > 0),
            max(versions.version_order)
        ) as newest_order
    from data.configurations as known
    left join data.versions as versions on versions.package = known.package and versions.version = known.version
    group by known.package
)

select
    counted.package,
    counted.spec_count,
    counted.version_count,
    newest.version as newest_version,
    seen.first_seen_at,
    seen.last_seen_at,
    counted.spec_count > 0 as is_current
from counted
left join seen on seen.package = counted.package
left join data.versions as newest on newest.package = counted.package and newest.version_order = counted.newest_order;
