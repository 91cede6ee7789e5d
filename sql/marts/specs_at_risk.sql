-- specs_at_risk: builds that left every stack of their tag and are only in its root index now: the next to be removed.
-- Grain:     source, tag, spec_hash
-- Reads:     data.tag_specs, data.ended_tag_specs, data.specs, data.snapshots
-- Columns:   source            VARCHAR    name of the source
--            tag               VARCHAR    release line of the cache, e.g. develop
--            package           VARCHAR    package name
--            version           VARCHAR    version as published
--            target            VARCHAR    microarchitecture, e.g. x86_64_v3
--            spec_hash         VARCHAR    32-character hash of the build
--            last_stacks_text  VARCHAR    stacks that it stood in last, a comma between
--            left_at           TIMESTAMP  observation in which it was in none of them any more; UTC
--            days_ago          DOUBLE     days from then to the last snapshot of the source
-- Question:  Which builds will soon be gone?
-- Example:   select package, version, count(*) as builds, max(days_ago) as days_ago from specs_at_risk
--            where tag = 'develop' group by package, version order by builds desc, package, version limit 10;
create or replace view specs_at_risk as
with

latest as (
    select
        source,
        max(observed_at) as observed_at
    from data.snapshots
    group by source
),

last_in_stacks as (
    select
        source,
        tag,
        package,
        spec_hash,
        max(to_snapshot_id) as to_snapshot_id,
        arg_max(stacks_text, to_snapshot_id) as stacks_text
    from data.ended_tag_specs
    where stack_count > 0
    group by source, tag, package, spec_hash
)

select
    now.source,
    now.tag,
    now.package,
    specs.version,
    specs.target,
    now.spec_hash,
    before.stacks_text as last_stacks_text,
    gone.observed_at as left_at,
    date_diff('second', gone.observed_at, latest.observed_at) / 86400.0 as days_ago
from data.tag_specs as now
join last_in_stacks as before
    on
        before.source = now.source
        and before.tag = now.tag
        and before.package = now.package
        and before.spec_hash = now.spec_hash
-- Each has its spec; a join that need not find one keeps DuckDB from grouping all specs first.
left join data.specs as specs on specs.spec_hash = now.spec_hash
join data.snapshots as gone on gone.source = before.source and gone.snapshot_id = before.to_snapshot_id
join latest on latest.source = now.source
where now.is_root_only;
