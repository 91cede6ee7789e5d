-- every_name_has_its_dimension: targets, operating systems, stacks, tags and versions that occur are rows of their views.
-- Severity:  error
-- Reads:     data.specs, data.memberships, data.ended_memberships, data.documents, data.ended_tag_specs, data.targets, data.operating_systems, data.stacks, data.tags, data.versions
select
    'targets' as dimension,
    target as name
from data.specs
where target not in (select target from data.targets)
union
select
    'operating_systems' as dimension,
    os as name
from data.specs
where os not in (select os from data.operating_systems)
union
select
    'stacks' as dimension,
    stack as name
from data.memberships
where stack not in (select stack from data.stacks)
union
select
    'stacks' as dimension,
    stack as name
from data.ended_memberships
where stack not in (select stack from data.stacks)
union
select
    'tags' as dimension,
    tag as name
from data.documents
where tag not in (select tag from data.tags)
union
select
    'tags' as dimension,
    tag as name
from data.ended_tag_specs
where tag not in (select tag from data.tags)
union
select
    'versions' as dimension,
    specs.package || '@' || specs.version as name
from data.specs as specs
left join data.versions as versions on versions.package = specs.package and versions.version = specs.version
where versions.version is null
order by dimension, name;
