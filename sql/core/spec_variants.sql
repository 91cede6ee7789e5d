-- spec_variants: an option of a spec, whether or not a source still holds it; one with several values has a row for each.
-- Grain:     spec_hash, variant, value
-- Reads:     data.spec_variants
-- Columns:   spec_hash      VARCHAR  32-character hash of the build
--            package        VARCHAR  package name
--            variant        VARCHAR  name of the option
--            value          VARCHAR  true or false for a boolean, else one value, without quotes
--            kind           VARCHAR  boolean (+name, ~name) or value (name=...)
--            is_propagated  BOOLEAN  handed on to dependencies: ++name, ~~name, name==value
-- Question:  How many builds have CUDA on, by package?
-- Example:   select package, count(*) as builds from spec_variants
--            where variant = 'cuda' and value = 'true' group by package order by builds desc, package limit 5;
create or replace view spec_variants as
select
    spec_hash,
    package,
    variant,
    value,
    kind,
    is_propagated
from data.spec_variants;
