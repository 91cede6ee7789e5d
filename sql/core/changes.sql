-- changes: what a snapshot brought or took. The first snapshot of a source is the start, not a change; what it did not observe (view gaps) comes as new with the snapshot that first does.
-- Grain:     source, snapshot_id, tag, stack, package, spec_hash, version, change
-- Reads:     history_steps, data.specs, data.snapshots, page_configurations
-- Columns:   source       VARCHAR    name of the source
--            snapshot_id  BIGINT     snapshot of the source that shows the change
--            observed_at  TIMESTAMP  time of that snapshot; UTC
--            tag          VARCHAR    release line of the cache, e.g. develop
--            stack        VARCHAR    stack that was joined or left; NULL: the change is under the tag as a whole
--            package      VARCHAR    package name
--            spec_hash    VARCHAR    32-character hash of the build; NULL: the change is of a package or version
--            version      VARCHAR    version of the build, or the one that came or went; NULL: the change is of a package
--            change       VARCHAR    spec_added, spec_removed, stack_joined, stack_left; package_added, package_removed, version_added, version_removed: the first or last build of it under the tag; rebuilt: added while one that looks the same was removed, also where more were added than removed
-- Question:  What came and went last night?
-- Example:   select tag, change, count(*) as changes from changes
--            where source = 'public' and observed_at = (select max(observed_at) from snapshots where source = 'public')
--            group by tag, change order by tag, change;
create or replace view changes as
with

spec_changes as not materialized (
    select
        steps.source,
        steps.snapshot_id,
        snapshots.observed_at,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash,
        sum(steps.step) as step
    from history_steps as steps
    join data.snapshots as snapshots on snapshots.source = steps.source and snapshots.snapshot_id = steps.snapshot_id
    where steps.snapshot_id > 1
    group by
        steps.source,
        steps.snapshot_id,
        snapshots.observed_at,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash
    having sum(steps.step) <> 0
),

described as not materialized (
    select
        spec_changes.source,
        spec_changes.snapshot_id,
        spec_changes.observed_at,
        spec_changes.tag,
        spec_changes.stack,
        spec_changes.package,
        spec_changes.spec_hash,
        specs.version,
        specs.configuration_id,
        spec_changes.step
    from spec_changes
    left join data.specs as specs on specs.spec_hash = spec_changes.spec_hash
),

-- Most packages of most tags stand as they did at the start: only the others are counted, and from now backwards.
version_steps as not materialized (
    select
        described.source,
        described.snapshot_id,
        described.tag,
        described.package,
        described.version,
        sum(described.step) as step
    from described
    where described.stack is null
    group by described.source, described.snapshot_id, described.tag, described.package, described.version
),

held_versions as not materialized (
    select
        builds.source,
        builds.tag,
        builds.package,
        builds.version,
        sum(builds.spec_count) as spec_count
    from page_configurations as builds
    semi join version_steps as touched
        on touched.source = builds.source and touched.tag = builds.tag and touched.package = builds.package
    group by builds.source, builds.tag, builds.package, builds.version
),

version_counts as not materialized (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.package,
        steps.version,
        coalesce(held.spec_count, 0) - coalesce(sum(steps.step) over later, 0) as spec_count,
        steps.step
    from version_steps as steps
    left join held_versions as held
        on
            held.source = steps.source
            and held.tag = steps.tag
            and held.package = steps.package
            and held.version = steps.version
    window
        later as (
            partition by steps.source, steps.tag, steps.package, steps.version order by steps.snapshot_id desc
            rows between unbounded preceding and 1 preceding
        )
),

held_packages as not materialized (
    select
        source,
        tag,
        package,
        sum(spec_count) as spec_count
    from held_versions
    group by source, tag, package
),

package_counts as not materialized (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.package,
        coalesce(max(held.spec_count), 0) - coalesce(sum(sum(steps.step)) over later, 0) as spec_count,
        sum(steps.step) as step
    from version_steps as steps
    left join held_packages as held
        on held.source = steps.source and held.tag = steps.tag and held.package = steps.package
    group by steps.source, steps.snapshot_id, steps.tag, steps.package
    window
        later as (
            partition by steps.source, steps.tag, steps.package order by steps.snapshot_id desc
            rows between unbounded preceding and 1 preceding
        )
),

rebuilds as not materialized (
    select
        added.source,
        added.snapshot_id,
        added.observed_at,
        added.tag,
        added.package,
        added.spec_hash,
        added.version
    from described as added
    where
        added.stack is null
        and added.step = 1
        and exists (
            select 1
            from described as removed
            where
                removed.stack is null
                and removed.step = -1
                and removed.source = added.source
                and removed.snapshot_id = added.snapshot_id
                and removed.tag = added.tag
                and removed.package = added.package
                and removed.configuration_id = added.configuration_id
        )
),

package_changes as not materialized (
    select
        counts.source,
        counts.snapshot_id,
        snapshots.observed_at,
        counts.tag,
        counts.package,
        counts.spec_count
    from package_counts as counts
    join data.snapshots as snapshots on snapshots.source = counts.source and snapshots.snapshot_id = counts.snapshot_id
    where counts.snapshot_id > 1 and (counts.spec_count > 0) <> (counts.spec_count - counts.step > 0)
),

version_changes as not materialized (
    select
        counts.source,
        counts.snapshot_id,
        snapshots.observed_at,
        counts.tag,
        counts.package,
        counts.version,
        counts.spec_count
    from version_counts as counts
    join data.snapshots as snapshots on snapshots.source = counts.source and snapshots.snapshot_id = counts.snapshot_id
    where counts.snapshot_id > 1 and (counts.spec_count > 0) <> (counts.spec_count - counts.step > 0)
)

select
    source,
    snapshot_id,
    observed_at,
    tag,
    stack,
    package,
    spec_hash,
    version,
    case when step = 1 then 'spec_added' else 'spec_removed' end as change
from described
where stack is null
union all
select
    source,
    snapshot_id,
    observed_at,
    tag,
    stack,
    package,
    spec_hash,
    version,
    case when step = 1 then 'stack_joined' else 'stack_left' end as change
from described
where stack is not null
union all
select
    source,
    snapshot_id,
    observed_at,
    tag,
    cast(null as varchar) as stack,
    package,
    cast(null as varchar) as spec_hash,
    cast(null as varchar) as version,
    case when spec_count > 0 then 'package_added' else 'package_removed' end as change
from package_changes
union all
select
    source,
    snapshot_id,
    observed_at,
    tag,
    cast(null as varchar) as stack,
    package,
    cast(null as varchar) as spec_hash,
    version,
    case when spec_count > 0 then 'version_added' else 'version_removed' end as change
from version_changes
union all
select
    source,
    snapshot_id,
    observed_at,
    tag,
    cast(null as varchar) as stack,
    package,
    spec_hash,
    version,
    'rebuilt' as change
from rebuilds;
