-- every_option_has_its_spec: an option belongs to a spec that is known.
-- Severity:  error
-- Reads:     data.spec_variants, data.specs
select
    spec_variants.spec_hash,
    spec_variants.variant,
    spec_variants.value
from data.spec_variants as spec_variants
left join data.specs as specs on specs.spec_hash = spec_variants.spec_hash
where specs.spec_hash is null
order by spec_variants.spec_hash, spec_variants.variant, spec_variants.value;
