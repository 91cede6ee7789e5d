-- stack_contents: what each stack holds.
-- Grain:     source, tag, stack
-- Reads:     data.memberships, data.tag_specs, data.specs, data.spec_conflicts
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
with

-- Only forged pages claim the hash of another package, and each such hash is among the conflicts: it counts once. To look for
-- these alone takes a fraction of the time of counting distinct hashes.
repeated as (
    select
        memberships.source,
        memberships.tag,
        memberships.stack,
        count(*) - count(distinct memberships.spec_hash) as row_count
    from data.memberships as memberships
    where memberships.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
    group by memberships.source, memberships.tag, memberships.stack
),

packages as (
    select
        source,
        tag,
        stack,
        package,
        count(*) as row_count
    from data.memberships
    group by source, tag, stack, package
),

counted as (
    select
        source,
        tag,
        stack,
        count(*) as package_count,
        cast(sum(row_count) as bigint) as row_count
    from packages
    group by source, tag, stack
),

own as (
    select
        memberships.source,
        memberships.tag,
        memberships.stack,
        count(distinct memberships.spec_hash) as spec_count
    from data.memberships as memberships
    semi join data.tag_specs as tag_specs
        on
            tag_specs.source = memberships.source
            and tag_specs.tag = memberships.tag
            and tag_specs.package = memberships.package
            and tag_specs.spec_hash = memberships.spec_hash
            and tag_specs.stack_count = 1
    group by memberships.source, memberships.tag, memberships.stack
),

configurations as (
    select
        memberships.source,
        memberships.tag,
        memberships.stack,
        count(distinct specs.configuration_id) as configuration_count
    from data.memberships as memberships
    join data.specs as specs on specs.spec_hash = memberships.spec_hash
    group by memberships.source, memberships.tag, memberships.stack
)

select
    counted.source,
    counted.tag,
    counted.stack,
    counted.package_count,
    counted.row_count - coalesce(repeated.row_count, 0) as spec_count,
    coalesce(own.spec_count, 0) as own_spec_count,
    configurations.configuration_count
from counted
join configurations
    on configurations.source = counted.source and configurations.tag = counted.tag and configurations.stack = counted.stack
left join own on own.source = counted.source and own.tag = counted.tag and own.stack = counted.stack
left join repeated on repeated.source = counted.source and repeated.tag = counted.tag and repeated.stack = counted.stack;
