-- spec_conflicts: what pages say otherwise of a spec than specs has it.
-- Grain:     spec_hash, field, value
-- Reads:     data.spec_conflicts
-- Columns:   spec_hash       VARCHAR  32-character hash of the build
--            package         VARCHAR  package name
--            field           VARCHAR  field of the page in which they differ, e.g. compiler, variants
--            value           VARCHAR  what they say, as published
--            document_count  BIGINT   pages that say so
-- Question:  Do all pages agree about each build?
-- Example:   select field, count(distinct spec_hash) as specs from spec_conflicts group by field order by field;
create or replace view spec_conflicts as
select
    spec_hash,
    package,
    field,
    value,
    document_count
from data.spec_conflicts;
