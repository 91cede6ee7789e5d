-- memberships: a spec in a named stack under a tag; the current state. root is not among the stacks. A hash that the pages of two packages claim is a row of each.
-- Grain:     source, tag, stack, package, spec_hash
-- Reads:     data.memberships, data.snapshots
-- Columns:   source         VARCHAR    name of the source
--            tag            VARCHAR    release line of the cache, e.g. develop
--            stack          VARCHAR    CI stack, e.g. e4s
--            spec_hash      VARCHAR    32-character hash of the build
--            package        VARCHAR    package name
--            first_seen_at  TIMESTAMP  observation in which it was first seen in the stack, also before it was away; UTC
-- Question:  Which stacks hold a given build?
-- Example:   select tag, stack from memberships
--            where spec_hash = (select min(spec_hash) from memberships) order by tag, stack;
create or replace view memberships as
select
    memberships.source,
    memberships.tag,
    memberships.stack,
    memberships.spec_hash,
    memberships.package,
    first.observed_at as first_seen_at
from data.memberships as memberships
join data.snapshots as first
    on first.source = memberships.source and first.snapshot_id = memberships.first_snapshot_id;
