-- stack_contents: what each stack holds.
-- Grain:     source, tag, stack
-- Reads:     data.memberships, data.tag_specs, data.specs
-- Columns:   source               VARCHAR  name of the source
--            tag                  VARCHAR  release line of the cache, e.g. develop
--            stack                VARCHAR  CI stack; root, the whole index, is not among them
--            package_count        BIGINT   distinct packages in the stack
--            spec_count           BIGINT   distinct specs in the stack; not to be added up over stacks, which share specs
--            own_spec_count       BIGINT   specs that stand in no other stack of the tag
--            configuration_count  BIGINT   distinct configurations: builds that look alike count once
-- Question:  Which stacks of develop hold the most specs, and how many are theirs alone?
-- Example:   select stack, package_count, spec_count, own_spec_count from stack_contents
--            where tag = 'develop' order by spec_count desc, stack limit 5;
create or replace view stack_contents as
select
    memberships.source,
    memberships.tag,
    memberships.stack,
    count(distinct memberships.package) as package_count,
    count(distinct memberships.spec_hash) as spec_count,
    count(distinct memberships.spec_hash) filter (where tag_specs.stack_count = 1) as own_spec_count,
    count(distinct specs.configuration_id) as configuration_count
from data.memberships as memberships
join data.tag_specs as tag_specs
    on
        tag_specs.source = memberships.source
        and tag_specs.tag = memberships.tag
        and tag_specs.package = memberships.package
        and tag_specs.spec_hash = memberships.spec_hash
join data.specs as specs on specs.spec_hash = memberships.spec_hash
group by memberships.source, memberships.tag, memberships.stack;
