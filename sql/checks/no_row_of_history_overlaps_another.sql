-- no_row_of_history_overlaps_another: a spec stands once at a time under its tag, and in each stack of it.
-- Severity:  error
-- Reads:     data.tag_specs, data.ended_tag_specs, data.memberships, data.ended_memberships
with

held as (
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        spec_hash,
        from_snapshot_id,
        to_snapshot_id
    from data.ended_tag_specs
    union all
    select
        source,
        tag,
        stack,
        package,
        spec_hash,
        from_snapshot_id,
        to_snapshot_id
    from data.ended_memberships
    union all
    select
        source,
        tag,
        cast(null as varchar) as stack,
        package,
        spec_hash,
        from_snapshot_id,
        cast(null as bigint) as to_snapshot_id
    from data.tag_specs
    union all
    select
        source,
        tag,
        stack,
        package,
        spec_hash,
        from_snapshot_id,
        cast(null as bigint) as to_snapshot_id
    from data.memberships
),

-- Only what has a row that ended can overlap another.
ended as (
    select
        source,
        tag,
        stack,
        package,
        spec_hash
    from held
    where to_snapshot_id is not null
),

followed as (
    select
        held.source,
        held.tag,
        held.stack,
        held.package,
        held.spec_hash,
        held.from_snapshot_id,
        held.to_snapshot_id,
        lead(held.from_snapshot_id) over (
            partition by held.source, held.tag, held.stack, held.package, held.spec_hash
            order by held.from_snapshot_id, held.to_snapshot_id nulls last
        ) as next_snapshot_id
    from held
    semi join ended
        on
            ended.source = held.source
            and ended.tag = held.tag
            and ended.stack is not distinct from held.stack
            and ended.package = held.package
            and ended.spec_hash = held.spec_hash
)

select
    source,
    tag,
    stack,
    package,
    spec_hash,
    from_snapshot_id,
    to_snapshot_id
from followed
where to_snapshot_id <= from_snapshot_id or coalesce(to_snapshot_id > next_snapshot_id, next_snapshot_id is not null)
order by source, tag, stack, package, spec_hash, from_snapshot_id;
