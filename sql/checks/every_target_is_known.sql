-- every_target_is_known: archspec knows the microarchitectures that occur.
-- Severity:  warning
-- Reads:     data.targets
select target
from data.targets
where family is null
order by target;
