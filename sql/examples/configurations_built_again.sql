-- configurations_built_again: Which packages have the most builds of a configuration that is there already?
select
    package,
    count(*) as spec_count,
    count(distinct configuration_id) as configuration_count,
    count(*) - count(distinct configuration_id) as again_count
from specs
where is_current
group by package
having count(*) > count(distinct configuration_id)
order by again_count desc, package
limit 20;
