-- builds_of_a_package: What is in develop for one package: which versions, systems, targets and compilers?
select source, version, platform, os, target, compiler_name, compiler_version, spec_count
from package_contents
where tag = 'develop' and package = (select min(package) from packages where is_current) -- write the name here
order by source, version_order desc, platform, os, target, compiler_name, compiler_version;
