-- sudden_losses: stacks and targets of a tag that became smaller from one snapshot to the next. It is the net number: builds that others replaced are no loss; how many went in all says stack_churn.
-- Grain:     source, snapshot_id, tag, dimension, name
-- Reads:     history_steps, data.specs, data.snapshots, page_configurations
-- Columns:   source              VARCHAR    name of the source
--            snapshot_id         BIGINT     snapshot that shows the loss
--            observed_at         TIMESTAMP  time of that snapshot; UTC
--            tag                 VARCHAR    release line of the cache, e.g. develop
--            dimension           VARCHAR    what name is: stack, target, or tag (as a whole)
--            name                VARCHAR    stack, target or tag
--            spec_count          BIGINT     builds of it from then on; 0: all are gone
--            previous_spec_count  BIGINT     builds of it until then
--            lost_share          DOUBLE     how much smaller it became, 0 to 1
-- Question:  Did a whole stack or target go overnight?
-- Example:   select observed_at, tag, dimension, name, previous_spec_count, spec_count from sudden_losses
--            where lost_share >= 0.5 order by observed_at desc, tag, dimension, name limit 20;
create or replace view sudden_losses as
with

-- Where nothing ever went there is no loss: most tags are frozen and need not be counted. The others are counted from now backwards.
touched as (
    select distinct
        steps.source,
        steps.tag
    from history_steps as steps
    where steps.step = -1
),

target_steps as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        specs.target,
        sum(steps.step) as step
    from history_steps as steps
    semi join touched on touched.source = steps.source and touched.tag = steps.tag
    join data.specs as specs on specs.spec_hash = steps.spec_hash
    where steps.snapshot_id > 1 and steps.stack is null
    group by steps.source, steps.snapshot_id, steps.tag, specs.target
),

named_steps as (
    select
        source,
        snapshot_id,
        tag,
        'tag' as dimension,
        tag as name,
        step
    from target_steps
    union all
    select
        source,
        snapshot_id,
        tag,
        'target' as dimension,
        target as name,
        step
    from target_steps
    union all
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        'stack' as dimension,
        steps.stack as name,
        sum(steps.step) as step
    from history_steps as steps
    semi join touched on touched.source = steps.source and touched.tag = steps.tag
    where steps.snapshot_id > 1 and steps.stack is not null
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack
),

held as (
    select
        builds.source,
        builds.tag,
        builds.target,
        builds.stacks_text,
        sum(builds.spec_count) as spec_count
    from page_configurations as builds
    semi join touched on touched.source = builds.source and touched.tag = builds.tag
    group by builds.source, builds.tag, builds.target, builds.stacks_text
),

named as (
    select
        source,
        tag,
        'tag' as dimension,
        tag as name,
        spec_count
    from held
    union all
    select
        source,
        tag,
        'target' as dimension,
        target as name,
        spec_count
    from held
    union all
    select
        source,
        tag,
        'stack' as dimension,
        unnest(string_split(stacks_text, ',')) as name,
        spec_count
    from held
    where stacks_text <> ''
),

totals as (
    select
        source,
        tag,
        dimension,
        name,
        sum(spec_count) as spec_count
    from named
    group by source, tag, dimension, name
),

stepped as (
    select
        source,
        snapshot_id,
        tag,
        dimension,
        name,
        sum(step) as step,
        coalesce(
            sum(sum(step)) over (
                partition by source, tag, dimension, name order by snapshot_id desc
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as later_step
    from named_steps
    group by source, snapshot_id, tag, dimension, name
),

counted as (
    select
        stepped.source,
        stepped.snapshot_id,
        stepped.tag,
        stepped.dimension,
        stepped.name,
        stepped.step,
        coalesce(totals.spec_count, 0) - stepped.later_step as spec_count
    from stepped
    left join totals
        on
            totals.source = stepped.source
            and totals.tag = stepped.tag
            and totals.dimension = stepped.dimension
            and totals.name = stepped.name
)

select
    counted.source,
    counted.snapshot_id,
    snapshots.observed_at,
    counted.tag,
    counted.dimension,
    counted.name,
    cast(counted.spec_count as bigint) as spec_count,
    cast(counted.spec_count - counted.step as bigint) as previous_spec_count,
    cast(-counted.step as double) / cast(counted.spec_count - counted.step as double) as lost_share
from counted
join data.snapshots as snapshots on snapshots.source = counted.source and snapshots.snapshot_id = counted.snapshot_id
where counted.step < 0;
