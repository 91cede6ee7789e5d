-- package_reach: how many stacks of a tag hold a package, and how many of its builds stand in none, in one, in several; pages that are left over of a package that left the tag do not count.
-- Grain:     source, tag, package
-- Reads:     data.tag_configurations, data.leftovers
-- Columns:   source                     VARCHAR  name of the source
--            tag                        VARCHAR  release line of the cache, e.g. develop
--            package                    VARCHAR  package name
--            stack_count                BIGINT   named stacks that hold a build of it; NULL: its page says nothing of stacks
--            tag_stack_count            BIGINT   named stacks that hold a build of any package of the tag
--            is_in_all_stacks           BOOLEAN  every named stack of the tag holds a build of it; NULL: its page says nothing of stacks
--            only_stack                 VARCHAR  the one stack that holds it; NULL: none does, or several
--            spec_count                 BIGINT   distinct builds; the five counts that follow add up to it
--            root_only_spec_count       BIGINT   builds that stand in root, the tag's whole index, and in no named stack
--            unassigned_spec_count      BIGINT   builds whose page lists no stack, root neither
--            one_stack_spec_count       BIGINT   builds that stand in one named stack
--            several_stacks_spec_count  BIGINT   builds that stand in several
--            unsaid_spec_count          BIGINT   builds whose page says nothing of stacks
-- Question:  Which packages stand in root only, in one stack, in all?
-- Example:   select package, stack_count, only_stack, spec_count, root_only_spec_count from package_reach
--            where tag = 'develop' order by stack_count, package limit 10;
create or replace view package_reach as
with

-- By set of stacks first: there are few, so that a build need not be looked at again for each stack that it stands in.
sets as (
    select
        held.source,
        held.tag,
        held.package,
        held.stack_count,
        held.stacks_text,
        held.is_root_only,
        sum(held.spec_count) as spec_count
    from data.tag_configurations as held
    anti join data.leftovers as leftovers
        on leftovers.source = held.source and leftovers.tag = held.tag and leftovers.package = held.package
    group by held.source, held.tag, held.package, held.stack_count, held.stacks_text, held.is_root_only
),

specs as (
    select
        source,
        tag,
        package,
        cast(sum(spec_count) as bigint) as spec_count,
        cast(coalesce(sum(spec_count) filter (where stack_count = 0 and is_root_only), 0) as bigint) as root_only_spec_count,
        cast(coalesce(sum(spec_count) filter (where stack_count = 0 and not is_root_only), 0) as bigint) as unassigned_spec_count,
        cast(coalesce(sum(spec_count) filter (where stack_count = 1), 0) as bigint) as one_stack_spec_count,
        cast(coalesce(sum(spec_count) filter (where stack_count > 1), 0) as bigint) as several_stacks_spec_count,
        cast(coalesce(sum(spec_count) filter (where stack_count is null), 0) as bigint) as unsaid_spec_count
    from sets
    group by source, tag, package
),

members as (
    select distinct
        source,
        tag,
        package,
        unnest(string_split(stacks_text, ',')) as stack
    from sets
    where stacks_text <> ''
),

reached as (
    select
        source,
        tag,
        package,
        count(*) as stack_count,
        min(stack) as first_stack
    from members
    group by source, tag, package
),

tag_stacks as (
    select
        source,
        tag,
        count(distinct stack) as stack_count
    from members
    group by source, tag
),

joined as (
    select
        specs.source,
        specs.tag,
        specs.package,
        case when specs.unsaid_spec_count < specs.spec_count then coalesce(reached.stack_count, 0) end as stack_count,
        coalesce(tag_stacks.stack_count, 0) as tag_stack_count,
        reached.first_stack,
        specs.spec_count,
        specs.root_only_spec_count,
        specs.unassigned_spec_count,
        specs.one_stack_spec_count,
        specs.several_stacks_spec_count,
        specs.unsaid_spec_count
    from specs
    left join reached on reached.source = specs.source and reached.tag = specs.tag and reached.package = specs.package
    left join tag_stacks on tag_stacks.source = specs.source and tag_stacks.tag = specs.tag
)

select
    source,
    tag,
    package,
    stack_count,
    tag_stack_count,
    stack_count > 0 and stack_count = tag_stack_count as is_in_all_stacks,
    case when stack_count = 1 then first_stack end as only_stack,
    spec_count,
    root_only_spec_count,
    unassigned_spec_count,
    one_stack_spec_count,
    several_stacks_spec_count,
    unsaid_spec_count
from joined;
