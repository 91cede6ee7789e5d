-- builds_of_one_stack: How much of each stack of develop would be gone without it: builds that are in no other stack?
select
    source,
    stack,
    spec_count,
    own_spec_count,
    round(100.0 * own_spec_count / nullif(spec_count, 0), 1) as own_percent
from stack_contents
where tag = 'develop'
order by own_spec_count desc, source, stack;
