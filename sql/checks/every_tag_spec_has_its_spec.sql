-- every_tag_spec_has_its_spec: what stands or stood under a tag is known.
-- Severity:  error
-- Reads:     data.tag_specs, data.ended_tag_specs, data.specs
with

held as (
    select
        source,
        tag,
        package,
        spec_hash
    from data.tag_specs
    union
    select
        source,
        tag,
        package,
        spec_hash
    from data.ended_tag_specs
)

select
    held.source,
    held.tag,
    held.package,
    held.spec_hash
from held
left join data.specs as specs on specs.spec_hash = held.spec_hash
where specs.spec_hash is null
order by held.source, held.tag, held.package, held.spec_hash;
