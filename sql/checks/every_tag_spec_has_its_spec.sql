-- every_tag_spec_has_its_spec: what stands under a tag is known.
-- Severity:  error
-- Reads:     data.tag_specs, data.specs
select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    tag_specs.spec_hash
from data.tag_specs as tag_specs
left join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
where specs.spec_hash is null
order by tag_specs.source, tag_specs.tag, tag_specs.package, tag_specs.spec_hash;
