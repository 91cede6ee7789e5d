-- builds_outside_all_stacks: Which packages of develop have builds that only the tag's whole index names, and no stack?
select source, package, count(*) as spec_count
from tag_specs
where tag = 'develop' and is_root_only
group by source, package
order by spec_count desc, source, package
limit 20;
