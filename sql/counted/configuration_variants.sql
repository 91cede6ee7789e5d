-- configuration_variants: the options of a configuration, with all their values.
-- Grain:     configuration_id, variant
-- Reads:     data.configurations, data.spec_variants
select
    known.configuration_id,
    known.package,
    variants.variant,
    min(variants.kind) as kind,
    string_agg(variants.value, ',' order by variants.value) as values_text,
    bool_or(variants.is_propagated) as is_propagated
from data.configurations as known
-- Specs of one configuration have the same options: one of them stands for all.
join data.spec_variants as variants on variants.spec_hash = known.first_spec_hash
group by known.configuration_id, known.package, variants.variant;
