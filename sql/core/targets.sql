-- targets: a microarchitecture that some spec is or once was built for.
-- Grain:     target
-- Reads:     data.targets
-- Columns:   target          VARCHAR  name as published, e.g. zen4
--            family          VARCHAR  instruction set family, e.g. x86_64; NULL: unknown to archspec
--            vendor          VARCHAR  maker; NULL: a generic level, or unknown
--            generic_target  VARCHAR  nearest generic level, e.g. x86_64_v4 for zen4
--            ancestors_text  VARCHAR  targets whose builds also run here, one blank between
-- Question:  Which targets belong to which family?
-- Example:   select family, target, vendor from targets order by family, target;
create or replace view targets as
select
    target,
    family,
    vendor,
    generic_target,
    ancestors_text
from data.targets;
