-- configurations: what a person can see of a spec but for its hash, and how many specs share it.
-- Grain:     configuration_id
-- Reads:     data.specs, data.tag_specs, data.targets
with

counted as (
    select
        configuration_id,
        min(spec_hash) as first_spec_hash,
        max(spec_hash) as last_spec_hash,
        count(*) filter (where spec_hash in (select held.spec_hash from data.tag_specs as held)) as spec_count,
        count(*) as known_spec_count
    from data.specs
    group by configuration_id
)

select
    specs.configuration_id,
    specs.package,
    specs.version,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target,
    targets.family as target_family,
    specs.variants_text,
    counted.first_spec_hash,
    counted.last_spec_hash,
    counted.spec_count,
    counted.known_spec_count
from counted
join data.specs as specs on specs.spec_hash = counted.first_spec_hash
left join data.targets as targets on targets.target = specs.target;
