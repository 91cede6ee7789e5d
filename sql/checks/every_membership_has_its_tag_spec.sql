-- every_membership_has_its_tag_spec: a spec in a stack stands under the stack's tag.
-- Severity:  error
-- Reads:     data.memberships, data.tag_specs
select
    memberships.source,
    memberships.tag,
    memberships.stack,
    memberships.spec_hash
from data.memberships as memberships
left join data.tag_specs as tag_specs
    on
        tag_specs.source = memberships.source
        and tag_specs.tag = memberships.tag
        and tag_specs.package = memberships.package
        and tag_specs.spec_hash = memberships.spec_hash
where tag_specs.spec_hash is null
order by memberships.source, memberships.tag, memberships.stack, memberships.spec_hash;
