-- configurations_built_again: Which packages of develop have the most builds of a configuration that is there already?
select source, package, spec_count, configuration_count, spec_count - configuration_count as again_count
from package_diversity
where tag = 'develop' and spec_count > configuration_count
order by again_count desc, source, package
limit 20;
