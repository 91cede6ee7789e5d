-- stacks_that_share_builds: Which stacks of develop share the most builds, hash by hash?
select source, stack, other_stack, shared_spec_count, round(100.0 * jaccard_share, 1) as jaccard_percent
from stack_overlaps
where tag = 'develop' and stack < other_stack and shared_spec_count > 0
order by shared_spec_count desc, source, stack, other_stack
limit 20;
