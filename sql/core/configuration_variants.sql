-- configuration_variants: an option of a configuration, with all its values; builds that look the same have the same options.
-- Grain:     configuration_id, variant
-- Reads:     data.configuration_variants
-- Columns:   configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            package           VARCHAR  package name
--            variant           VARCHAR  name of the option
--            kind              VARCHAR  boolean (+name, ~name) or value (name=...)
--            values_text       VARCHAR  true or false for a boolean, else its values in byte order, a comma between
--            is_propagated     BOOLEAN  handed on to dependencies
-- Question:  Which values does an option take?
-- Example:   select values_text, count(*) as configurations, count(distinct package) as packages from configuration_variants
--            where variant = 'build_type' group by values_text order by configurations desc, values_text;
create or replace view configuration_variants as
select
    configuration_id,
    package,
    variant,
    kind,
    values_text,
    is_propagated
from data.configuration_variants;
