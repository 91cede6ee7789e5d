-- stack_contents: what each stack holds.
-- Grain:     source, tag, stack
-- Reads:     data.tag_specs, data.specs, data.spec_conflicts
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

-- By set of stacks first: there are few, so that a build need not be looked at again for each stack that it stands in.
sets as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.stacks_text,
        tag_specs.package,
        specs.configuration_id,
        count(*) as row_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    where tag_specs.stack_count > 0
    group by tag_specs.source, tag_specs.tag, tag_specs.stacks_text, tag_specs.package, specs.configuration_id
),

places as (
    select
        source,
        tag,
        stacks_text,
        unnest(string_split(stacks_text, ',')) as stack,
        package,
        configuration_id,
        row_count
    from sets
),

counted as (
    select
        source,
        tag,
        stack,
        count(distinct package) as package_count,
        count(distinct configuration_id) as configuration_count,
        cast(sum(row_count) as bigint) as row_count,
        cast(coalesce(sum(row_count) filter (where stacks_text = stack), 0) as bigint) as own_row_count
    from places
    group by source, tag, stack
),

-- Only forged pages claim the hash of another package, and each such hash is among the conflicts: it counts once. To look for
-- these alone takes a fraction of the time of counting distinct hashes.
claims as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.stacks_text,
        unnest(string_split(tag_specs.stacks_text, ',')) as stack,
        tag_specs.spec_hash
    from data.tag_specs as tag_specs
    where
        tag_specs.stack_count > 0
        and tag_specs.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
),

repeated as (
    select
        source,
        tag,
        stack,
        count(*) - count(distinct spec_hash) as row_count,
        count(*) filter (where stacks_text = stack) - count(distinct spec_hash) filter (where stacks_text = stack) as own_row_count
    from claims
    group by source, tag, stack
)

select
    counted.source,
    counted.tag,
    counted.stack,
    counted.package_count,
    counted.row_count - coalesce(repeated.row_count, 0) as spec_count,
    counted.own_row_count - coalesce(repeated.own_row_count, 0) as own_spec_count,
    counted.configuration_count
from counted
left join repeated on repeated.source = counted.source and repeated.tag = counted.tag and repeated.stack = counted.stack;
