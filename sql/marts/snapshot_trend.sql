-- snapshot_trend: how much each tag and stack held after each snapshot.
-- Grain:     source, snapshot_id, tag, stack
-- Reads:     history_steps, data.specs, data.snapshots
-- Columns:   source               VARCHAR    name of the source
--            snapshot_id          BIGINT     snapshot of the source
--            observed_at          TIMESTAMP  time of that snapshot; UTC
--            tag                  VARCHAR    release line of the cache, e.g. develop
--            stack                VARCHAR    CI stack; NULL: the whole tag, root included. Not to be added up over stacks, which share specs
--            spec_count           BIGINT     distinct specs
--            package_count        BIGINT     distinct packages
--            configuration_count  BIGINT     distinct configurations: builds that look alike count once
--            duplicate_share      DOUBLE     share of the specs that look like another one, which is counted once: 0 to 1
-- Question:  How did develop grow, and did its duplicates become fewer?
-- Example:   select observed_at, spec_count, package_count, duplicate_share from snapshot_trend
--            where source = 'public' and tag = 'develop' and stack is null order by observed_at;
create or replace view snapshot_trend as
with

configuration_steps as (
    select
        steps.source,
        steps.tag,
        steps.stack,
        steps.package,
        specs.configuration_id,
        steps.snapshot_id,
        sum(steps.step) as spec_step
    from history_steps as steps
    join data.specs as specs on specs.spec_hash = steps.spec_hash
    group by steps.source, steps.tag, steps.stack, steps.package, specs.configuration_id, steps.snapshot_id
    having sum(steps.step) <> 0
),

-- 1 at the snapshot that brings the first build of a configuration, -1 at the one that takes the last.
configuration_turns as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        spec_step,
        sum(spec_step) over (
            partition by source, tag, stack, package, configuration_id order by snapshot_id
        ) as spec_count
    from configuration_steps
),

package_steps as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        sum(spec_step) as spec_step,
        count(*) filter (where spec_count = spec_step) - count(*) filter (where spec_count = 0) as configuration_step
    from configuration_turns
    group by source, tag, stack, package, snapshot_id
),

package_turns as (
    select
        source,
        tag,
        stack,
        snapshot_id,
        spec_step,
        configuration_step,
        sum(spec_step) over (partition by source, tag, stack, package order by snapshot_id) as spec_count
    from package_steps
),

stack_steps as (
    select
        source,
        tag,
        stack,
        snapshot_id,
        sum(spec_step) as spec_step,
        sum(configuration_step) as configuration_step,
        count(*) filter (where spec_count > 0 and spec_count = spec_step)
        - count(*) filter (where spec_count = 0 and spec_step < 0) as package_step
    from package_turns
    group by source, tag, stack, snapshot_id
),

-- A tag has a row for each snapshot, also where nothing changed.
every_snapshot as (
    select
        places.source,
        places.tag,
        places.stack,
        snapshots.snapshot_id,
        snapshots.observed_at
    from (select distinct source, tag, stack from stack_steps) as places
    join data.snapshots as snapshots on snapshots.source = places.source
),

counted as (
    select
        points.source,
        points.snapshot_id,
        points.observed_at,
        points.tag,
        points.stack,
        cast(sum(coalesce(steps.spec_step, 0)) over so_far as bigint) as spec_count,
        cast(sum(coalesce(steps.package_step, 0)) over so_far as bigint) as package_count,
        cast(sum(coalesce(steps.configuration_step, 0)) over so_far as bigint) as configuration_count
    from every_snapshot as points
    left join stack_steps as steps
        on
            steps.source = points.source
            and steps.tag = points.tag
            and steps.stack is not distinct from points.stack
            and steps.snapshot_id = points.snapshot_id
    window so_far as (partition by points.source, points.tag, points.stack order by points.snapshot_id)
)

select
    source,
    snapshot_id,
    observed_at,
    tag,
    stack,
    spec_count,
    package_count,
    configuration_count,
    1 - configuration_count / cast(spec_count as double) as duplicate_share
from counted
where spec_count > 0;
