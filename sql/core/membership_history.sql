-- membership_history: a spec in a named stack under a tag, from when it joined to when it left. root is not among the stacks. A hash that the pages of two packages claim has rows of each.
-- Grain:     source, tag, stack, package, spec_hash, valid_from
-- Reads:     data.memberships, data.ended_memberships, data.snapshots
-- Columns:   source         VARCHAR    name of the source
--            tag            VARCHAR    release line of the cache, e.g. develop
--            stack          VARCHAR    CI stack, e.g. e4s
--            spec_hash      VARCHAR    32-character hash of the build
--            package        VARCHAR    package name
--            first_seen_at  TIMESTAMP  observation in which the stack first held it, also before it was away; UTC
--            valid_from     TIMESTAMP  observation in which it joined; UTC
--            valid_to       TIMESTAMP  observation in which it was no longer there; UTC. NULL: it still is
-- Question:  Since when has each stack held a package, and until when?
-- Example:   select tag, stack, min(valid_from) as since, count(*) filter (where valid_to is null) as builds_now from membership_history
--            where package = (select min(package) from memberships) group by tag, stack order by tag, stack;
create or replace view membership_history as
with

rows_of_both as (
    select
        source,
        tag,
        stack,
        spec_hash,
        package,
        first_snapshot_id,
        from_snapshot_id,
        cast(null as bigint) as to_snapshot_id
    from data.memberships
    union all
    select
        source,
        tag,
        stack,
        spec_hash,
        package,
        first_snapshot_id,
        from_snapshot_id,
        to_snapshot_id
    from data.ended_memberships
)

select
    held.source,
    held.tag,
    held.stack,
    held.spec_hash,
    held.package,
    first.observed_at as first_seen_at,
    began.observed_at as valid_from,
    ended.observed_at as valid_to
from rows_of_both as held
join data.snapshots as first on first.source = held.source and first.snapshot_id = held.first_snapshot_id
join data.snapshots as began on began.source = held.source and began.snapshot_id = held.from_snapshot_id
left join data.snapshots as ended on ended.source = held.source and ended.snapshot_id = held.to_snapshot_id;
