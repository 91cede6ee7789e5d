-- stack_churn: how many builds came to a tag and to each of its stacks in a week, how many went, and how many only replaced one that looks the same. The first snapshot of a source is the start, not a change, and what it did not observe (view gaps) comes with the snapshot that first does; a week in which nothing came or went has no row.
-- Grain:     source, tag, stack, week_date
-- Reads:     history_steps, data.specs, data.snapshots, page_configurations
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            stack               VARCHAR  CI stack; NULL: the whole tag, root included. Not to be added up over stacks, which share specs
--            week_date           DATE     Monday of the week
--            iso_week            VARCHAR  the week as ISO 8601 names it, e.g. 2026-W48
--            start_spec_count    BIGINT   builds before the week's changes; in the source's first week, those of its first snapshot
--            joined_spec_count   BIGINT   builds that came, again if one came again
--            left_spec_count     BIGINT   builds that went, again if one went again
--            rebuilt_spec_count  BIGINT   of those that came, how many replaced one that looks the same but for its hash: of each configuration and snapshot the smaller number of those that came and those that went
--            spec_count          BIGINT   builds after the week: start_spec_count and those that came, less those that went
--            churn_share         DOUBLE   left_spec_count by start_spec_count and joined_spec_count: how much of what stood there in the week went, 0 to 1
--            rebuilt_share       DOUBLE   rebuilt_spec_count by joined_spec_count, 0 to 1; NULL: none came
-- Question:  Which stacks replace their builds the fastest?
-- Example:   select iso_week, stack, joined_spec_count, left_spec_count, churn_share from stack_churn
--            where tag = 'develop' and stack is not null order by week_date desc, churn_share desc, stack limit 20;
create or replace view stack_churn as
with

-- A row of the history that ends and one that begins at the same snapshot are one build that stayed.
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
    where steps.snapshot_id > 1
    group by steps.source, steps.snapshot_id, steps.tag, steps.stack, steps.package, steps.spec_hash
    having sum(steps.step) <> 0
),

configuration_turns as (
    select
        turns.source,
        turns.snapshot_id,
        turns.tag,
        turns.stack,
        turns.package,
        specs.configuration_id,
        count(*) filter (where turns.step = 1) as joined_spec_count,
        count(*) filter (where turns.step = -1) as left_spec_count
    from turns
    join data.specs as specs on specs.spec_hash = turns.spec_hash
    group by turns.source, turns.snapshot_id, turns.tag, turns.stack, turns.package, specs.configuration_id
),

weeks as (
    select
        turns.source,
        turns.tag,
        turns.stack,
        date_trunc('week', snapshots.observed_at) as week_at,
        sum(turns.joined_spec_count) as joined_spec_count,
        sum(turns.left_spec_count) as left_spec_count,
        sum(least(turns.joined_spec_count, turns.left_spec_count)) as rebuilt_spec_count
    from configuration_turns as turns
    join data.snapshots as snapshots on snapshots.source = turns.source and snapshots.snapshot_id = turns.snapshot_id
    group by turns.source, turns.tag, turns.stack, date_trunc('week', snapshots.observed_at)
),

-- What is there now, in the tag and in each of its stacks; what was there before is counted from it, backwards.
places as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        spec_count
    from page_configurations
    union all
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        spec_count
    from page_configurations
    where stacks_text <> ''
),

held as (
    select
        source,
        tag,
        stack,
        sum(spec_count) as spec_count
    from places
    group by source, tag, stack
),

counted as (
    select
        weeks.source,
        weeks.tag,
        weeks.stack,
        weeks.week_at,
        weeks.joined_spec_count,
        weeks.left_spec_count,
        weeks.rebuilt_spec_count,
        coalesce(held.spec_count, 0) - coalesce(sum(weeks.joined_spec_count - weeks.left_spec_count) over later, 0) as spec_count
    from weeks
    left join held on held.source = weeks.source and held.tag = weeks.tag and held.stack is not distinct from weeks.stack
    window
        later as (
            partition by weeks.source, weeks.tag, weeks.stack order by weeks.week_at desc
            rows between unbounded preceding and 1 preceding
        )
)

select
    source,
    tag,
    stack,
    cast(week_at as date) as week_date,
    strftime(week_at, '%G-W%V') as iso_week,
    cast(spec_count - joined_spec_count + left_spec_count as bigint) as start_spec_count,
    cast(joined_spec_count as bigint) as joined_spec_count,
    cast(left_spec_count as bigint) as left_spec_count,
    cast(rebuilt_spec_count as bigint) as rebuilt_spec_count,
    cast(spec_count as bigint) as spec_count,
    cast(left_spec_count as double) / nullif(cast(spec_count + left_spec_count as double), 0) as churn_share,
    cast(rebuilt_spec_count as double) / nullif(cast(joined_spec_count as double), 0) as rebuilt_share
from counted;
