-- specs: a concrete build, known by its hash, whatever tags, stacks and sources it stands in or once stood in.
-- Grain:     spec_hash
-- Reads:     data.specs, data.tag_specs, data.ended_tag_specs, data.snapshots, data.targets
-- Columns:   spec_hash         VARCHAR    32-character hash of the build
--            is_hashed         BOOLEAN    the page gave the hash; false: the key was made from the spec's text
--            package           VARCHAR    package name
--            version           VARCHAR    version as published
--            compiler_name     VARCHAR    compiler's package; NULL: the page says none, that is unknown
--            compiler_version  VARCHAR    version of the compiler
--            platform          VARCHAR    linux, darwin, windows
--            os                VARCHAR    operating system with its release, e.g. ubuntu22.04
--            target            VARCHAR    microarchitecture, e.g. x86_64_v3
--            target_family     VARCHAR    instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            size_bytes        BIGINT     size of the binary; NULL: not said, as on every page
--            configuration_id  VARCHAR    equal for specs that look the same but for their hash
--            variants_text     VARCHAR    options in canonical form, one blank between; empty: none; NULL: not said
--            first_seen_at     TIMESTAMP  observation in which it was first seen, in whatever source; UTC
--            last_seen_at      TIMESTAMP  last observation that still showed it; UTC
--            is_current        BOOLEAN    some source holds it now
-- Question:  What are all builds for that were ever seen?
-- Example:   select platform, os, target, count(*) as builds from specs
--            group by platform, os, target order by builds desc, platform, os, target limit 10;
create or replace view specs as
with

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id
    from data.snapshots
    group by source
),

stays as (
    select
        tag_specs.spec_hash,
        tag_specs.source,
        tag_specs.first_snapshot_id,
        latest.snapshot_id as last_snapshot_id,
        true as is_current
    from data.tag_specs as tag_specs
    join latest on latest.source = tag_specs.source
    union all
    select
        spec_hash,
        source,
        first_snapshot_id,
        to_snapshot_id - 1 as last_snapshot_id,
        false as is_current
    from data.ended_tag_specs
),

seen as (
    select
        stays.spec_hash,
        min(first.observed_at) as first_seen_at,
        max(last.observed_at) as last_seen_at,
        bool_or(stays.is_current) as is_current
    from stays
    join data.snapshots as first on first.source = stays.source and first.snapshot_id = stays.first_snapshot_id
    join data.snapshots as last on last.source = stays.source and last.snapshot_id = stays.last_snapshot_id
    group by stays.spec_hash
)

select
    specs.spec_hash,
    specs.is_hashed,
    specs.package,
    specs.version,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target,
    targets.family as target_family,
    specs.size_bytes,
    specs.configuration_id,
    specs.variants_text,
    seen.first_seen_at,
    seen.last_seen_at,
    coalesce(seen.is_current, false) as is_current
from data.specs as specs
left join seen on seen.spec_hash = specs.spec_hash
left join data.targets as targets on targets.target = specs.target;
