-- flapping_packages: packages that went from a tag or a stack of it and came back.
-- Grain:     source, tag, stack, package
-- Reads:     history_steps, data.snapshots
-- Columns:   source           VARCHAR    name of the source
--            tag              VARCHAR    release line of the cache, e.g. develop
--            stack            VARCHAR    CI stack; NULL: the whole tag
--            package          VARCHAR    package name
--            removed_count    BIGINT     how often the last build of it went
--            returned_count   BIGINT     how often one came after that
--            last_changed_at  TIMESTAMP  observation in which it last came or went; UTC
--            is_there         BOOLEAN    after that it was there
-- Question:  Which packages appear and disappear again and again?
-- Example:   select tag, stack, package, returned_count, is_there from flapping_packages
--            order by returned_count desc, tag, stack, package limit 10;
create or replace view flapping_packages as
with

-- How many builds of a package a night after the first brought or took on balance: one that others replaced is neither.
turns as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        sum(step) as step
    from history_steps
    where snapshot_id > 1
    group by source, tag, stack, package, snapshot_id
    having sum(step) <> 0
),

-- Only of what lost builds and later got some can the last have gone and one have come back.
suspects as (
    select
        source,
        tag,
        stack,
        package
    from turns
    group by source, tag, stack, package
    having min(snapshot_id) filter (where step < 0) < max(snapshot_id) filter (where step > 0)
),

steps as (
    select
        started.source,
        started.tag,
        started.stack,
        started.package,
        started.snapshot_id,
        sum(started.step) as step
    from history_steps as started
    semi join suspects
        on
            suspects.source = started.source
            and suspects.tag = started.tag
            and suspects.stack is not distinct from started.stack
            and suspects.package = started.package
    where started.snapshot_id = 1
    group by started.source, started.tag, started.stack, started.package, started.snapshot_id
    union all
    select
        turns.source,
        turns.tag,
        turns.stack,
        turns.package,
        turns.snapshot_id,
        turns.step
    from turns
    semi join suspects
        on
            suspects.source = turns.source
            and suspects.tag = turns.tag
            and suspects.stack is not distinct from turns.stack
            and suspects.package = turns.package
),

counted as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        step,
        sum(step) over (partition by source, tag, stack, package order by snapshot_id) as spec_count
    from steps
),

comings_and_goings as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        spec_count > 0 as is_there,
        bool_or(spec_count = 0) over (partition by source, tag, stack, package order by snapshot_id) as was_gone
    from counted
    where snapshot_id > 1 and (spec_count > 0) <> (spec_count - step > 0)
)

select
    comings_and_goings.source,
    comings_and_goings.tag,
    comings_and_goings.stack,
    comings_and_goings.package,
    count(*) filter (where not comings_and_goings.is_there) as removed_count,
    count(*) filter (where comings_and_goings.is_there and comings_and_goings.was_gone) as returned_count,
    max(snapshots.observed_at) as last_changed_at,
    arg_max(comings_and_goings.is_there, comings_and_goings.snapshot_id) as is_there
from comings_and_goings
join data.snapshots as snapshots
    on snapshots.source = comings_and_goings.source and snapshots.snapshot_id = comings_and_goings.snapshot_id
group by comings_and_goings.source, comings_and_goings.tag, comings_and_goings.stack, comings_and_goings.package
having count(*) filter (where comings_and_goings.is_there and comings_and_goings.was_gone) > 0;
