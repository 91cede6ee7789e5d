-- recent_changes: what came and went in the last 30 days of each source, and how long ago.
-- Grain:     source, snapshot_id, tag, stack, package, spec_hash, version, change
-- Reads:     changes, data.snapshots
-- Columns:   source               VARCHAR    name of the source
--            snapshot_id          BIGINT     snapshot of the source that shows the change
--            observed_at          TIMESTAMP  time of that snapshot; UTC
--            tag                  VARCHAR    release line of the cache, e.g. develop
--            stack                VARCHAR    stack that was joined or left; NULL: the change is under the tag as a whole
--            package              VARCHAR    package name
--            spec_hash            VARCHAR    32-character hash of the build; NULL: the change is of a package or version
--            version              VARCHAR    version of the build, or the one that came or went; NULL: the change is of a package
--            change               VARCHAR    as in changes: spec_added, package_removed, rebuilt ...
--            days_ago             DOUBLE     days from the change to the last snapshot of the source
--            is_in_last_snapshot  BOOLEAN    the last snapshot of the source shows it
--            is_in_last_7_days    BOOLEAN    it was shown less than 7 days before the last snapshot of the source
-- Question:  What is new since last night, and in the last week?
-- Example:   select tag, change, count(*) filter (where is_in_last_snapshot) as last_night, count(*) filter (where is_in_last_7_days) as last_week
--            from recent_changes group by tag, change order by tag, change;
create or replace view recent_changes as
with

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id,
        max(observed_at) as observed_at
    from data.snapshots
    group by source
)

select
    changes.source,
    changes.snapshot_id,
    changes.observed_at,
    changes.tag,
    changes.stack,
    changes.package,
    changes.spec_hash,
    changes.version,
    changes.change,
    date_diff('second', changes.observed_at, latest.observed_at) / 86400.0 as days_ago,
    changes.snapshot_id = latest.snapshot_id as is_in_last_snapshot,
    changes.observed_at > latest.observed_at - interval 7 days as is_in_last_7_days
from changes
join latest on latest.source = changes.source
where changes.observed_at > latest.observed_at - interval 30 days;
