-- weekly_churn: how many builds of a package came and went in a week under a tag, and how many of them only replaced one that looks the same. The first snapshot of a source is the start, not a change, and what it did not observe (view gaps) comes with the snapshot that first does.
-- Grain:     source, tag, package, week_date
-- Reads:     history_steps, data.specs, data.snapshots
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            package             VARCHAR  package name
--            week_date           DATE     Monday of the week
--            iso_week            VARCHAR  the week as ISO 8601 names it, e.g. 2026-W48
--            added_spec_count    BIGINT   builds that came
--            removed_spec_count  BIGINT   builds that went
--            rebuilt_spec_count  BIGINT   of those that came, how many replaced one that looks the same but for its hash: of each configuration and snapshot the smaller number of those that came and those that went
--            rebuilt_share       DOUBLE   rebuilt_spec_count by added_spec_count, 0 to 1; NULL: none came
-- Question:  Which packages are rebuilt most often without a visible change?
-- Example:   select package, sum(rebuilt_spec_count) as rebuilds from weekly_churn
--            where tag = 'develop' group by package order by rebuilds desc, package limit 10;
create or replace view weekly_churn as
with

-- A row of the history that ends and one that begins at the same snapshot are one build that stayed.
turns as (
    select
        steps.source,
        steps.snapshot_id,
        steps.tag,
        steps.package,
        steps.spec_hash,
        sum(steps.step) as step
    from history_steps as steps
    where steps.snapshot_id > 1 and steps.stack is null
    group by steps.source, steps.snapshot_id, steps.tag, steps.package, steps.spec_hash
    having sum(steps.step) <> 0
),

configuration_turns as (
    select
        turns.source,
        turns.snapshot_id,
        turns.tag,
        turns.package,
        specs.configuration_id,
        count(*) filter (where turns.step = 1) as added_spec_count,
        count(*) filter (where turns.step = -1) as removed_spec_count
    from turns
    join data.specs as specs on specs.spec_hash = turns.spec_hash
    group by turns.source, turns.snapshot_id, turns.tag, turns.package, specs.configuration_id
),

weeks as (
    select
        turns.source,
        turns.tag,
        turns.package,
        date_trunc('week', snapshots.observed_at) as week_at,
        sum(turns.added_spec_count) as added_spec_count,
        sum(turns.removed_spec_count) as removed_spec_count,
        sum(least(turns.added_spec_count, turns.removed_spec_count)) as rebuilt_spec_count
    from configuration_turns as turns
    join data.snapshots as snapshots on snapshots.source = turns.source and snapshots.snapshot_id = turns.snapshot_id
    group by turns.source, turns.tag, turns.package, date_trunc('week', snapshots.observed_at)
)

select
    source,
    tag,
    package,
    cast(week_at as date) as week_date,
    strftime(week_at, '%G-W%V') as iso_week,
    cast(added_spec_count as bigint) as added_spec_count,
    cast(removed_spec_count as bigint) as removed_spec_count,
    cast(rebuilt_spec_count as bigint) as rebuilt_spec_count,
    cast(rebuilt_spec_count as double) / nullif(cast(added_spec_count as double), 0) as rebuilt_share
from weeks;
