-- compare_times: what differs between the state of each source at a time and at another. What came and went in between is no difference.
-- Grain:     source, tag, stack, package, spec_hash
-- Reads:     history_steps, data.snapshots
-- Arguments: a  TIMESTAMP  the one time; UTC. A source that had no snapshot yet at one of the two is left out
--            b  TIMESTAMP  the other; UTC. Before a, what was added counts as removed
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            stack      VARCHAR  stack that was joined or left; NULL: the change is under the tag as a whole
--            package    VARCHAR  package name
--            spec_hash  VARCHAR  32-character hash of the build
--            change     VARCHAR  spec_added, spec_removed, stack_joined or stack_left
-- Question:  What changed since the first of the month?
-- Example:   select tag, stack, change, count(*) as builds
--            from compare_times(timestamp '2026-11-01 00:00:00', timestamp '2026-12-01 00:00:00')
--            group by tag, stack, change order by tag, stack, change;
create or replace macro compare_times(a, b) as table
with

sides as (
    select
        snapshots.source,
        max(snapshots.snapshot_id) filter (where snapshots.observed_at <= cast(a as timestamp)) as snapshot_a,
        max(snapshots.snapshot_id) filter (where snapshots.observed_at <= cast(b as timestamp)) as snapshot_b
    from data.snapshots as snapshots
    group by snapshots.source
),

spans as (
    select
        sides.source,
        least(sides.snapshot_a, sides.snapshot_b) as after_snapshot,
        greatest(sides.snapshot_a, sides.snapshot_b) as last_snapshot,
        sides.snapshot_a <= sides.snapshot_b as is_forward
    from sides
    where sides.snapshot_a is not null and sides.snapshot_b is not null
),

differences as (
    select
        steps.source,
        steps.tag,
        steps.stack,
        steps.package,
        steps.spec_hash,
        sum(case when spans.is_forward then steps.step else -steps.step end) as step
    from history_steps as steps
    join spans
        on
            spans.source = steps.source
            and steps.snapshot_id > spans.after_snapshot
            and steps.snapshot_id <= spans.last_snapshot
    where steps.snapshot_id > 1  -- follows from the join, and leaves out at once what stands since the start
    group by steps.source, steps.tag, steps.stack, steps.package, steps.spec_hash
    having sum(steps.step) <> 0
)

select
    differences.source,
    differences.tag,
    differences.stack,
    differences.package,
    differences.spec_hash,
    case
        when differences.stack is null and differences.step > 0 then 'spec_added'
        when differences.stack is null then 'spec_removed'
        when differences.step > 0 then 'stack_joined'
        else 'stack_left'
    end as change
from differences;
