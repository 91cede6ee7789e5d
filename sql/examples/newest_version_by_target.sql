-- newest_version_by_target: Which targets are behind the newest version of a package in develop?
select source, package, platform, target, version, newest_version, versions_behind
from newest_versions
where tag = 'develop' and target is not null and stack is null and versions_behind > 0
order by versions_behind desc, source, package, platform, target
limit 20;
