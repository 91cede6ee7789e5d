-- where_is_a_hash: In which tags and stacks is a build, known by the first characters of its hash?
select builds.source, builds.tag, builds.package, specs.version, builds.spec_hash, builds.stacks_text
from tag_specs as builds
inner join specs on builds.spec_hash = specs.spec_hash
where starts_with(builds.spec_hash, (select left(min(spec_hash), 7) from tag_specs where tag = 'develop')) -- write them here
order by builds.source, builds.tag, builds.package;
