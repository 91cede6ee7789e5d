-- snapshot_trend: how much each tag and stack held after each snapshot, from the first that showed it to the one that no longer did, which has zeros.
-- Grain:     source, snapshot_id, tag, stack
-- Reads:     history_steps, data.specs, data.snapshots, data.gaps, page_configurations
-- Columns:   source               VARCHAR    name of the source
--            snapshot_id          BIGINT     snapshot of the source
--            observed_at          TIMESTAMP  time of that snapshot; UTC
--            tag                  VARCHAR    release line of the cache, e.g. develop
--            stack                VARCHAR    CI stack; NULL: the whole tag, root included. Not to be added up over stacks, which share specs
--            spec_count           BIGINT     distinct specs; 0: the snapshot took the last. What is gone has no rows until it comes back
--            package_count        BIGINT     distinct packages
--            configuration_count  BIGINT     distinct configurations: builds that look alike count once
--            duplicate_share      DOUBLE     share of the specs that look like another one, which is counted once: 0 to 1; NULL: there is none
--            is_observed          BOOLEAN    the snapshot showed the tag, or the stack; false: the source still lists it, but no page that names it could be had, and its numbers are those of before
-- Question:  How did develop grow, and did its duplicates become fewer?
-- Example:   select observed_at, spec_count, package_count, duplicate_share from snapshot_trend
--            where source = 'public' and tag = 'develop' and stack is null order by observed_at;
create or replace view snapshot_trend as
with

later_steps as (
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
    where steps.snapshot_id > 1
    group by steps.source, steps.tag, steps.stack, steps.package, specs.configuration_id, steps.snapshot_id
),

-- What was there at the start is what is there now, without what came since, and with what went.
start_steps as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        configuration_id,
        spec_count as spec_step
    from page_configurations
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        configuration_id,
        spec_count as spec_step
    from page_configurations
    where stacks_text <> ''
    union all
    select
        source,
        tag,
        stack,
        package,
        configuration_id,
        -spec_step as spec_step
    from later_steps
),

configuration_steps as (
    select
        source,
        tag,
        stack,
        package,
        configuration_id,
        cast(1 as bigint) as snapshot_id,
        sum(spec_step) as spec_step
    from start_steps
    group by source, tag, stack, package, configuration_id
    having sum(spec_step) <> 0
    union all
    select
        source,
        tag,
        stack,
        package,
        configuration_id,
        snapshot_id,
        spec_step
    from later_steps
    where spec_step <> 0
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

counted as (
    select
        source,
        tag,
        stack,
        snapshot_id,
        lead(snapshot_id) over so_far as next_snapshot_id,
        spec_step,
        cast(sum(spec_step) over so_far as bigint) as spec_count,
        cast(sum(package_step) over so_far as bigint) as package_count,
        cast(sum(configuration_step) over so_far as bigint) as configuration_count
    from stack_steps
    window so_far as (partition by source, tag, stack order by snapshot_id)
)

-- A tag has a row for each snapshot, also where nothing changed: its numbers stand until the next that has others.
select
    counted.source,
    snapshots.snapshot_id,
    snapshots.observed_at,
    counted.tag,
    counted.stack,
    counted.spec_count,
    counted.package_count,
    counted.configuration_count,
    cast(counted.spec_count - counted.configuration_count as double)
    / nullif(cast(counted.spec_count as double), 0) as duplicate_share,
    tag_gaps.tag is null and stack_gaps.tag is null as is_observed
from counted
join data.snapshots as snapshots
    on
        snapshots.source = counted.source
        and snapshots.snapshot_id >= counted.snapshot_id
        and (counted.next_snapshot_id is null or snapshots.snapshot_id < counted.next_snapshot_id)
-- What a tag did not show, none of its stacks did.
left join data.gaps as tag_gaps
    on
        tag_gaps.source = snapshots.source
        and tag_gaps.snapshot_id = snapshots.snapshot_id
        and tag_gaps.tag = counted.tag
        and tag_gaps.stack is null
left join data.gaps as stack_gaps
    on
        stack_gaps.source = snapshots.source
        and stack_gaps.snapshot_id = snapshots.snapshot_id
        and stack_gaps.tag = counted.tag
        and stack_gaps.stack = counted.stack
where counted.spec_count > 0 or (counted.spec_step < 0 and counted.snapshot_id = snapshots.snapshot_id);
