-- targets_of_a_tag: For which processors is develop built, and how general are they?
select builds.source, specs.target, targets.family, targets.vendor, targets.generic_target, count(*) as spec_count
from tag_specs as builds
inner join specs on builds.spec_hash = specs.spec_hash
left join targets on specs.target = targets.target
where builds.tag = 'develop'
group by builds.source, specs.target, targets.family, targets.vendor, targets.generic_target
order by builds.source, spec_count desc, specs.target;
