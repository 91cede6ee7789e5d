-- gaps: what a snapshot did not observe though the source still lists it: a tag or a stack of it. What stood there is held to stand still.
-- Grain:     source, snapshot_id, tag, stack
-- Reads:     data.gaps, data.snapshots
-- Columns:   source               VARCHAR    name of the source
--            snapshot_id          BIGINT     snapshot of the source that did not observe it
--            observed_at          TIMESTAMP  time of that snapshot; UTC
--            tag                  VARCHAR    release line of the cache, e.g. develop
--            stack                VARCHAR    stack under the tag, or root; NULL: the whole tag
--            is_in_last_snapshot  BOOLEAN    it is the source's last snapshot
-- Question:  What could the last night not see?
-- Example:   select source, tag, stack from gaps where is_in_last_snapshot order by source, tag, stack;
create or replace view gaps as
with

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id
    from data.snapshots
    group by source
)

select
    gaps.source,
    gaps.snapshot_id,
    snapshots.observed_at,
    gaps.tag,
    gaps.stack,
    gaps.snapshot_id = latest.snapshot_id as is_in_last_snapshot
from data.gaps as gaps
join data.snapshots as snapshots on snapshots.source = gaps.source and snapshots.snapshot_id = gaps.snapshot_id
join latest on latest.source = gaps.source;
