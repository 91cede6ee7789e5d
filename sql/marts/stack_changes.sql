-- stack_changes: how a snapshot changed what a stack holds of a package: builds that joined and left, and whether the package did.
-- Grain:     source, snapshot_id, tag, stack, package
-- Reads:     history_steps, data.snapshots
-- Columns:   source             VARCHAR    name of the source
--            snapshot_id        BIGINT     snapshot of the source that shows it; the first is the start, not a change
--            observed_at        TIMESTAMP  time of that snapshot; UTC
--            tag                VARCHAR    release line of the cache, e.g. develop
--            stack              VARCHAR    CI stack, e.g. e4s
--            package            VARCHAR    package name
--            joined_spec_count  BIGINT     builds that joined the stack
--            left_spec_count    BIGINT     builds that left it
--            spec_count         BIGINT     builds of the package in the stack from then on
--            change             VARCHAR    joined (the stack had none of the package before), left (it has none now), changed
-- Question:  Which packages left a stack, and when?
-- Example:   select observed_at, stack, package, left_spec_count from stack_changes
--            where tag = 'develop' and change = 'left' order by observed_at desc, stack, package limit 20;
create or replace view stack_changes as
with

-- Most packages of most stacks stand as they did at the start: only the others are counted through.
touched as (
    select distinct
        steps.source,
        steps.tag,
        steps.stack,
        steps.package
    from history_steps as steps
    where steps.snapshot_id > 1 and steps.stack is not null
),

-- At the first snapshot nothing ends, so that each step is a build that is there.
started as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.stack,
        steps.package,
        count(*) as joined_spec_count,
        cast(0 as bigint) as left_spec_count
    from history_steps as steps
    semi join touched
        on
            touched.source = steps.source
            and touched.tag = steps.tag
            and touched.stack = steps.stack
            and touched.package = steps.package
    where steps.snapshot_id = 1 and steps.stack is not null
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack, steps.package
),

turns as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash,
        sum(steps.step) as step
    from history_steps as steps
    where steps.snapshot_id > 1 and steps.stack is not null
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack, steps.package, steps.spec_hash
),

counted as (
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        joined_spec_count,
        left_spec_count
    from started
    union all
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        count(*) filter (where step = 1) as joined_spec_count,
        count(*) filter (where step = -1) as left_spec_count
    from turns
    group by source, snapshot_id, tag, stack, package
),

summed as (
    select
        source,
        snapshot_id,
        tag,
        stack,
        package,
        joined_spec_count,
        left_spec_count,
        cast(
            sum(joined_spec_count - left_spec_count) over (
                partition by source, tag, stack, package order by snapshot_id
            ) as bigint
        ) as spec_count
    from counted
)

select
    summed.source,
    summed.snapshot_id,
    snapshots.observed_at,
    summed.tag,
    summed.stack,
    summed.package,
    summed.joined_spec_count,
    summed.left_spec_count,
    summed.spec_count,
    case
        when summed.spec_count = 0 then 'left'
        when summed.spec_count = summed.joined_spec_count - summed.left_spec_count then 'joined'
        else 'changed'
    end as change
from summed
join data.snapshots as snapshots on snapshots.source = summed.source and snapshots.snapshot_id = summed.snapshot_id
where summed.snapshot_id > 1 and summed.joined_spec_count + summed.left_spec_count > 0;
