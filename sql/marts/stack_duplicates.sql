-- stack_duplicates: how many builds of a stack another stack of the tag has too, by hash or only by their looks; each pair both ways. What looks alike within one stack is told by stack_contents.
-- Grain:     source, tag, stack, other_stack
-- Reads:     data.tag_specs, data.specs
-- Columns:   source                         VARCHAR  name of the source
--            tag                            VARCHAR  release line of the cache, e.g. develop
--            stack                          VARCHAR  CI stack; root, the whole index, is not among them
--            other_stack                    VARCHAR  another stack of the tag
--            spec_count                     BIGINT   distinct specs in stack
--            same_spec_count                BIGINT   of those, how many other_stack holds by hash
--            alike_spec_count               BIGINT   not by hash, but it holds one of the same configuration: builds that might be shared if hashes agreed
--            lacking_spec_count             BIGINT   neither
--            alike_share                    DOUBLE   alike_spec_count by spec_count, 0 to 1
--            shared_configuration_count     BIGINT   distinct configurations that both stacks hold
--            duplicate_configuration_count  BIGINT   of those, how many they hold without one hash in common
-- Question:  Which two stacks build the same things under different hashes?
-- Example:   select stack, other_stack, spec_count, alike_spec_count, alike_share from stack_duplicates
--            where tag = 'develop' order by alike_spec_count desc, stack, other_stack limit 10;
create or replace view stack_duplicates as
with

-- Not materialized, so that what is asked of one tag is worked out for that tag alone.
builds as not materialized (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.stacks_text,
        specs.configuration_id,
        count(*) as spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    where tag_specs.stack_count > 0
    group by tag_specs.source, tag_specs.tag, tag_specs.stacks_text, specs.configuration_id
),

sets as not materialized (
    select
        source,
        tag,
        stacks_text,
        count(*) as spec_count
    from data.tag_specs
    where stack_count > 0
    group by source, tag, stacks_text
),

set_stacks as not materialized (
    select
        source,
        tag,
        stacks_text,
        spec_count,
        unnest(string_split(stacks_text, ',')) as stack
    from sets
),

held as not materialized (
    select
        builds.source,
        builds.tag,
        set_stacks.stack,
        builds.configuration_id,
        sum(builds.spec_count) as spec_count
    from builds
    join set_stacks
        on set_stacks.source = builds.source and set_stacks.tag = builds.tag and set_stacks.stacks_text = builds.stacks_text
    group by builds.source, builds.tag, set_stacks.stack, builds.configuration_id
),

stacks as not materialized (
    select
        source,
        tag,
        stack,
        cast(sum(spec_count) as bigint) as spec_count
    from set_stacks
    group by source, tag, stack
),

-- What both hold by its looks; builds that both hold by hash are among it.
shared as (
    select
        held.source,
        held.tag,
        held.stack,
        others.stack as other_stack,
        cast(sum(held.spec_count) as bigint) as spec_count,
        count(*) as configuration_count
    from held
    join held as others
        on
            others.source = held.source
            and others.tag = held.tag
            and others.configuration_id = held.configuration_id
            and others.stack <> held.stack
    group by held.source, held.tag, held.stack, others.stack
),

same as (
    select
        builds.source,
        builds.tag,
        ours.stack,
        others.stack as other_stack,
        cast(sum(builds.spec_count) as bigint) as spec_count,
        count(distinct builds.configuration_id) as configuration_count
    from builds
    join set_stacks as ours
        on ours.source = builds.source and ours.tag = builds.tag and ours.stacks_text = builds.stacks_text
    join set_stacks as others
        on
            others.source = builds.source
            and others.tag = builds.tag
            and others.stacks_text = builds.stacks_text
            and others.stack <> ours.stack
    group by builds.source, builds.tag, ours.stack, others.stack
)

select
    stacks.source,
    stacks.tag,
    stacks.stack,
    others.stack as other_stack,
    stacks.spec_count,
    coalesce(same.spec_count, 0) as same_spec_count,
    coalesce(shared.spec_count, 0) - coalesce(same.spec_count, 0) as alike_spec_count,
    stacks.spec_count - coalesce(shared.spec_count, 0) as lacking_spec_count,
    cast(coalesce(shared.spec_count, 0) - coalesce(same.spec_count, 0) as double)
    / nullif(cast(stacks.spec_count as double), 0) as alike_share,
    coalesce(shared.configuration_count, 0) as shared_configuration_count,
    coalesce(shared.configuration_count, 0) - coalesce(same.configuration_count, 0) as duplicate_configuration_count
from stacks
join stacks as others on others.source = stacks.source and others.tag = stacks.tag and others.stack <> stacks.stack
left join shared
    on
        shared.source = stacks.source
        and shared.tag = stacks.tag
        and shared.stack = stacks.stack
        and shared.other_stack = others.stack
left join same
    on
        same.source = stacks.source
        and same.tag = stacks.tag
        and same.stack = stacks.stack
        and same.other_stack = others.stack;
