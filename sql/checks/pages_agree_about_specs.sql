-- pages_agree_about_specs: pages that name the same spec say the same of it.
-- Severity:  warning
-- Reads:     spec_conflicts
select
    spec_hash,
    package,
    field,
    value,
    document_count
from spec_conflicts
order by package, spec_hash, field, value;
