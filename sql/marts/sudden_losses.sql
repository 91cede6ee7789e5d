-- sudden_losses: stacks and targets of a tag that lost builds from one snapshot to the next.
-- Grain:     source, snapshot_id, tag, dimension, name
-- Reads:     history_steps, data.specs, data.snapshots
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

named_steps as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        case when steps.stack is null then 'tag' else 'stack' end as dimension,
        coalesce(steps.stack, steps.tag) as name,
        steps.step
    from history_steps as steps
    union all
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        'target' as dimension,
        specs.target as name,
        steps.step
    from history_steps as steps
    join data.specs as specs on specs.spec_hash = steps.spec_hash
    where steps.stack is null
),

counted as (
    select
        source,
        snapshot_id,
        tag,
        dimension,
        name,
        sum(step) as step,
        sum(sum(step)) over (partition by source, tag, dimension, name order by snapshot_id) as spec_count
    from named_steps
    group by source, snapshot_id, tag, dimension, name
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
