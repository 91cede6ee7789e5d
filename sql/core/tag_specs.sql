-- tag_specs: a spec under a tag, with or without stacks; the current state.
-- Grain:     source, tag, package, spec_hash
-- Reads:     data.tag_specs, data.snapshots
-- Columns:   source         VARCHAR    name of the source
--            tag            VARCHAR    release line of the cache, e.g. develop
--            package        VARCHAR    package name
--            spec_hash      VARCHAR    32-character hash of the build
--            stack_count    BIGINT     named stacks it stands in; root is none; NULL: its document says nothing of stacks
--            stacks_text    VARCHAR    those stacks, a comma between; empty: none
--            is_in_root     BOOLEAN    it stands in root, the tag's whole index
--            is_root_only   BOOLEAN    it stands in root and in no named stack
--            first_seen_at  TIMESTAMP  observation in which it was first seen under the tag, also before it was away; UTC
-- Question:  Which builds of develop does no stack ask for any more?
-- Example:   select package, count(*) as builds from tag_specs
--            where tag = 'develop' and is_root_only group by package order by builds desc, package limit 5;
create or replace view tag_specs as
select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    tag_specs.spec_hash,
    tag_specs.stack_count,
    tag_specs.stacks_text,
    tag_specs.is_in_root,
    tag_specs.is_root_only,
    first.observed_at as first_seen_at
from data.tag_specs as tag_specs
join data.snapshots as first
    on first.source = tag_specs.source and first.snapshot_id = tag_specs.first_snapshot_id;
