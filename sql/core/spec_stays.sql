-- spec_stays: an unbroken stay of a spec under a tag, or in a stack of it, whatever else changed meanwhile.
-- Grain:     source, tag, stack, package, spec_hash, began_at
-- Reads:     history_steps, data.snapshots
-- Columns:   source          VARCHAR    name of the source
--            tag             VARCHAR    release line of the cache, e.g. develop
--            stack           VARCHAR    CI stack; NULL: the stay is under the tag as a whole
--            package         VARCHAR    package name
--            spec_hash       VARCHAR    32-character hash of the build
--            began_at        TIMESTAMP  observation in which it came; UTC
--            ended_at        TIMESTAMP  observation in which it was gone; UTC. NULL: it is still there
--            is_since_start  BOOLEAN    it was there in the first snapshot of the source: nobody knows since when
-- Question:  How often did a build come back?
-- Example:   select spec_hash, count(*) as stays from spec_stays where tag = 'develop' and stack is null
--            group by spec_hash having count(*) > 1 order by stays desc, spec_hash limit 10;
create or replace view spec_stays as
with

turns as not materialized (
    select
        steps.source,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash,
        steps.snapshot_id,
        sum(steps.step) as step
    from history_steps as steps
    where steps.snapshot_id > 1
    group by steps.source, steps.tag, steps.stack, steps.package, steps.spec_hash, steps.snapshot_id
    having sum(steps.step) <> 0
),

first_turns as not materialized (
    select
        source,
        tag,
        stack,
        package,
        spec_hash,
        min(snapshot_id) as snapshot_id
    from turns
    group by source, tag, stack, package, spec_hash
),

later_stays as not materialized (
    select
        source,
        tag,
        stack,
        package,
        spec_hash,
        snapshot_id as from_snapshot_id,
        lead(snapshot_id) over (partition by source, tag, stack, package, spec_hash order by snapshot_id) as to_snapshot_id,
        step
    from turns
),

stays as not materialized (
    select
        steps.source,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash,
        steps.snapshot_id as from_snapshot_id,
        first_turns.snapshot_id as to_snapshot_id,
        true as is_since_start
    from history_steps as steps
    left join first_turns
        on
            first_turns.source = steps.source
            and first_turns.tag = steps.tag
            and first_turns.stack is not distinct from steps.stack
            and first_turns.package = steps.package
            and first_turns.spec_hash = steps.spec_hash
    where steps.snapshot_id = 1
    union all
    select
        source,
        tag,
        stack,
        package,
        spec_hash,
        from_snapshot_id,
        to_snapshot_id,
        false as is_since_start
    from later_stays
    where step = 1
)

select
    stays.source,
    stays.tag,
    stays.stack,
    stays.package,
    stays.spec_hash,
    began.observed_at as began_at,
    ended.observed_at as ended_at,
    stays.is_since_start
from stays
join data.snapshots as began on began.source = stays.source and began.snapshot_id = stays.from_snapshot_id
left join data.snapshots as ended on ended.source = stays.source and ended.snapshot_id = stays.to_snapshot_id;
