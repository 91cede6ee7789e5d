-- version_bumps: when the newest version of a package in a stack became a newer one. The newest is the newest release, a development version (view versions) only where there is no release: the first release beside develop is newer.
-- Grain:     source, snapshot_id, tag, stack, package
-- Reads:     history_steps, data.specs, versions, data.snapshots, page_configurations
-- Columns:   source            VARCHAR    name of the source
--            snapshot_id       BIGINT     snapshot of the source that first shows the newer version; the first snapshot is the start, not a change
--            observed_at       TIMESTAMP  time of that snapshot; UTC
--            week_date         DATE       Monday of its week
--            tag               VARCHAR    release line of the cache, e.g. develop
--            stack             VARCHAR    CI stack; NULL: the whole tag
--            package           VARCHAR    package name
--            version           VARCHAR    newest version from then on, in Spack's order; of versions that Spack holds equal, as 1.2-1 and 1.2.1, the text decides
--            previous_version  VARCHAR    newest version until then
-- Question:  Which packages got a newer version this week, by stack?
-- Example:   select stack, package, previous_version, version from version_bumps
--            where tag = 'develop' and week_date = (select max(week_date) from version_bumps) order by stack, package, snapshot_id limit 20;
create or replace view version_bumps as
with

-- Most packages got no build since the start: only the others are counted, and from now backwards.
touched as (
    select distinct
        steps.source,
        steps.tag,
        steps.stack,
        steps.package
    from history_steps as steps
    where steps.snapshot_id > 1 and steps.step = 1
),

later_steps as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.stack,
        steps.package,
        specs.version,
        sum(steps.step) as step
    from history_steps as steps
    semi join touched
        on
            touched.source = steps.source
            and touched.tag = steps.tag
            and touched.stack is not distinct from steps.stack
            and touched.package = steps.package
    join data.specs as specs on specs.spec_hash = steps.spec_hash
    where steps.snapshot_id > 1
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack, steps.package, specs.version
),

sets as (
    select
        builds.source,
        builds.tag,
        builds.stacks_text,
        builds.package,
        builds.version,
        sum(builds.spec_count) as spec_count
    from page_configurations as builds
    semi join touched on touched.source = builds.source and touched.tag = builds.tag and touched.package = builds.package
    group by builds.source, builds.tag, builds.stacks_text, builds.package, builds.version
),

places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        version,
        spec_count as step
    from sets
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        version,
        spec_count as step
    from sets
    where stacks_text <> ''
    union all
    select
        source,
        tag,
        stack,
        package,
        version,
        -step as step
    from later_steps
),

-- What was there at the start is what is there now, without what came since, and with what went.
all_steps as (
    select
        source,
        cast(1 as bigint) as snapshot_id,
        tag,
        stack,
        package,
        version,
        step
    from places
    union all
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        version,
        step
    from later_steps
),

version_steps as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.stack,
        steps.package,
        versions.release_order,
        sum(steps.step) as step
    from all_steps as steps
    join versions on versions.package = steps.package and versions.version = steps.version
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack, steps.package, versions.release_order
    having sum(steps.step) <> 0
),

version_counts as (
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        release_order,
        step,
        sum(step) over one_version as spec_count,
        lead(snapshot_id) over one_version as next_snapshot_id
    from version_steps
    window one_version as (partition by source, tag, stack, package, release_order order by snapshot_id)
),

-- A version is there from a snapshot with builds of it to the next at which their number changed.
held_versions as (
    select
        source,
        snapshot_id as from_snapshot_id,
        next_snapshot_id as to_snapshot_id,
        tag,
        stack,
        package,
        release_order
    from version_counts
    where spec_count > 0
),

-- Only a snapshot that brought builds of a version to where there were none can bring a newer one.
newest_arrivals as (
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        max(release_order) as release_order
    from version_counts
    where snapshot_id > 1 and spec_count > 0 and spec_count = step
    group by source, snapshot_id, tag, stack, package
),

newest_before as (
    select
        arrivals.source,
        arrivals.snapshot_id,
        arrivals.tag,
        arrivals.stack,
        arrivals.package,
        arrivals.release_order,
        max(held.release_order) as previous_order
    from newest_arrivals as arrivals
    join held_versions as held
        on
            held.source = arrivals.source
            and held.tag = arrivals.tag
            and held.stack is not distinct from arrivals.stack
            and held.package = arrivals.package
            and held.from_snapshot_id < arrivals.snapshot_id
            and (held.to_snapshot_id is null or held.to_snapshot_id >= arrivals.snapshot_id)
    group by arrivals.source, arrivals.snapshot_id, arrivals.tag, arrivals.stack, arrivals.package, arrivals.release_order
)

select
    bumps.source,
    bumps.snapshot_id,
    snapshots.observed_at,
    cast(date_trunc('week', snapshots.observed_at) as date) as week_date,
    bumps.tag,
    bumps.stack,
    bumps.package,
    newer.version,
    older.version as previous_version
from newest_before as bumps
join data.snapshots as snapshots on snapshots.source = bumps.source and snapshots.snapshot_id = bumps.snapshot_id
join versions as newer on newer.package = bumps.package and newer.release_order = bumps.release_order
join versions as older on older.package = bumps.package and older.release_order = bumps.previous_order
where bumps.release_order > bumps.previous_order;
