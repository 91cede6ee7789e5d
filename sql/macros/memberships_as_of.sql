-- memberships_as_of: memberships as it was at a time: what the last snapshot of each source not after it showed.
-- Grain:     source, tag, stack, spec_hash
-- Reads:     membership_history
-- Arguments: t  TIMESTAMP  the time; UTC. Before the first snapshot of a source it has no rows
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            stack      VARCHAR  CI stack, e.g. e4s
--            spec_hash  VARCHAR  32-character hash of the build
--            package    VARCHAR  package name
-- Question:  How large was each stack in summer?
-- Example:   select stack, count(*) as builds from memberships_as_of(timestamp '2026-08-01 00:00:00')
--            where tag = 'develop' group by stack order by builds desc, stack limit 5;
create or replace macro memberships_as_of(t) as table
select
    history.source,
    history.tag,
    history.stack,
    history.spec_hash,
    history.package
from membership_history as history
where
    history.valid_from <= cast(t as timestamp)
    and (history.valid_to is null or history.valid_to > cast(t as timestamp));
