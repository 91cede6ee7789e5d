-- tag_spec_history: a spec under a tag, for as long as it stood there in the same stacks; what has ended and what is so now.
-- Grain:     source, tag, package, spec_hash, valid_from
-- Reads:     data.tag_specs, data.ended_tag_specs, data.snapshots
-- Columns:   source         VARCHAR    name of the source
--            tag            VARCHAR    release line of the cache, e.g. develop
--            package        VARCHAR    package name
--            spec_hash      VARCHAR    32-character hash of the build
--            stack_count    BIGINT     named stacks it stood in; root is none; NULL: its document says nothing of stacks
--            stacks_text    VARCHAR    those stacks, a comma between; empty: none
--            is_in_root     BOOLEAN    it stood in root, the tag's whole index
--            is_root_only   BOOLEAN    it stood in root and in no named stack
--            first_seen_at  TIMESTAMP  observation in which the tag first held it, also before it was away; UTC
--            valid_from     TIMESTAMP  observation since which it stood so; UTC
--            valid_to       TIMESTAMP  observation that no longer showed it so; UTC. NULL: it still does
-- Question:  Which stacks did a build stand in, and when?
-- Example:   select tag, stacks_text, valid_from, valid_to from tag_spec_history
--            where package = (select min(package) from tag_specs) order by tag, spec_hash, valid_from limit 10;
create or replace view tag_spec_history as
with

rows_of_both as (
    select
        source,
        tag,
        package,
        spec_hash,
        stack_count,
        stacks_text,
        is_in_root,
        is_root_only,
        first_snapshot_id,
        from_snapshot_id,
        cast(null as bigint) as to_snapshot_id
    from data.tag_specs
    union all
    select
        source,
        tag,
        package,
        spec_hash,
        stack_count,
        stacks_text,
        is_in_root,
        is_root_only,
        first_snapshot_id,
        from_snapshot_id,
        to_snapshot_id
    from data.ended_tag_specs
)

select
    held.source,
    held.tag,
    held.package,
    held.spec_hash,
    held.stack_count,
    held.stacks_text,
    held.is_in_root,
    held.is_root_only,
    first.observed_at as first_seen_at,
    began.observed_at as valid_from,
    ended.observed_at as valid_to
from rows_of_both as held
join data.snapshots as first on first.source = held.source and first.snapshot_id = held.first_snapshot_id
join data.snapshots as began on began.source = held.source and began.snapshot_id = held.from_snapshot_id
left join data.snapshots as ended on ended.source = held.source and ended.snapshot_id = held.to_snapshot_id;
