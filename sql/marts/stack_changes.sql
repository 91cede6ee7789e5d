-- stack_changes: how a snapshot changed what a stack holds of a package: builds that joined and left, and whether the package did.
-- Grain:     source, snapshot_id, tag, stack, package
-- Reads:     history_steps, data.snapshots, page_configurations
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
        count(*) filter (where step = 1) as joined_spec_count,
        count(*) filter (where step = -1) as left_spec_count
    from turns
    group by source, snapshot_id, tag, stack, package
),

-- Most packages of most stacks stand as they did at the start: only the others are counted, and from now backwards.
sets as (
    select
        builds.source,
        builds.tag,
        unnest(string_split(builds.stacks_text, ',')) as stack,
        builds.package,
        builds.spec_count
    from page_configurations as builds
    semi join counted as touched on touched.source = builds.source and touched.tag = builds.tag and touched.package = builds.package
    where builds.stacks_text <> ''
),

held as (
    select
        source,
        tag,
        stack,
        package,
        sum(spec_count) as spec_count
    from sets
    group by source, tag, stack, package
),

summed as (
    select
        counted.source,
        counted.snapshot_id,
        counted.tag,
        counted.stack,
        counted.package,
        counted.joined_spec_count,
        counted.left_spec_count,
        cast(
            coalesce(held.spec_count, 0) - coalesce(sum(counted.joined_spec_count - counted.left_spec_count) over later, 0) as bigint
        ) as spec_count
    from counted
    left join held
        on
            held.source = counted.source
            and held.tag = counted.tag
            and held.stack = counted.stack
            and held.package = counted.package
    window
        later as (
            partition by counted.source, counted.tag, counted.stack, counted.package order by counted.snapshot_id desc
            rows between unbounded preceding and 1 preceding
        )
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
where summed.joined_spec_count + summed.left_spec_count > 0;
