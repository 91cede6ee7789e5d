-- every_stack_is_known: each stack belongs to a line of stacks that the rules know.
-- Severity:  warning
-- Reads:     data.stacks
select stack
from data.stacks
where family is null
order by stack;
