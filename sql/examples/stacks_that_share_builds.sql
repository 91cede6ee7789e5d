-- stacks_that_share_builds: Which stacks of develop share the most builds, hash by hash?
select
    one.source,
    one.stack,
    another.stack as other_stack,
    count(*) as shared_spec_count
from memberships as one
inner join memberships as another
    on one.source = another.source and one.tag = another.tag and one.spec_hash = another.spec_hash and one.stack < another.stack
where one.tag = 'develop'
group by one.source, one.stack, another.stack
order by shared_spec_count desc, one.source, one.stack, other_stack
limit 20;
