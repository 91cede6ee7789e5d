-- tag_specs_as_of: tag_specs as it was at a time: what the last snapshot of each source not after it showed.
-- Grain:     source, tag, package, spec_hash
-- Reads:     tag_spec_history
-- Arguments: t  TIMESTAMP  the time; UTC. Before the first snapshot of a source it has no rows
-- Columns:   source        VARCHAR  name of the source
--            tag           VARCHAR  release line of the cache, e.g. develop
--            package       VARCHAR  package name
--            spec_hash     VARCHAR  32-character hash of the build
--            stack_count   BIGINT   named stacks it stood in; root is none; NULL: its document says nothing of stacks
--            stacks_text   VARCHAR  those stacks, a comma between; empty: none
--            is_in_root    BOOLEAN  it stood in root, the tag's whole index
--            is_root_only  BOOLEAN  it stood in root and in no named stack
-- Question:  What could be installed a week ago?
-- Example:   select package, count(*) as builds from tag_specs_as_of(timestamp '2026-08-01 00:00:00')
--            where tag = 'develop' group by package order by builds desc, package limit 5;
create or replace macro tag_specs_as_of(t) as table
select
    history.source,
    history.tag,
    history.package,
    history.spec_hash,
    history.stack_count,
    history.stacks_text,
    history.is_in_root,
    history.is_root_only
from tag_spec_history as history
where
    history.valid_from <= cast(t as timestamp)
    and (history.valid_to is null or history.valid_to > cast(t as timestamp));
