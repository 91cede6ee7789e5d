-- stack_duplicates: how many builds of a stack another stack of the tag has too, by hash or only by their looks; each pair both ways. What looks alike within one stack is told by stack_contents.
-- Grain:     source, tag, stack, other_stack
-- Reads:     data.tag_configurations
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

-- All that look alike in one set of stacks; beside them all the sets in which something looks like them.
builds as (
    select
        source,
        tag,
        configuration_id,
        stacks_text,
        sum(spec_count) as spec_count,
        list(stacks_text) over (partition by source, tag, configuration_id) as sets
    from data.tag_configurations
    where stack_count > 0
    group by source, tag, configuration_id, stacks_text
),

-- Configurations in the same sets of stacks are counted together: the builds of a tag come to some hundreds of rows.
alike_sets as (
    select
        source,
        tag,
        list_sort(sets) as sets,
        stacks_text,
        count(*) as configuration_count,
        sum(spec_count) as spec_count
    from builds
    group by source, tag, list_sort(sets), stacks_text
),

places as (
    select
        source,
        tag,
        sets,
        stacks_text,
        unnest(string_split(stacks_text, ',')) as stack,
        configuration_count,
        spec_count
    from alike_sets
),

pairs as (
    select
        source,
        tag,
        sets,
        stacks_text,
        stack,
        unnest(list_distinct(string_split(array_to_string(sets, ','), ','))) as other_stack,
        configuration_count,
        spec_count
    from places
),

alike as (
    select
        source,
        tag,
        sets,
        stack,
        other_stack,
        max(configuration_count) as configuration_count,
        sum(spec_count) as spec_count,
        sum(case when list_contains(string_split(stacks_text, ','), other_stack) then spec_count else 0 end) as same_spec_count
    from pairs
    group by source, tag, sets, stack, other_stack
),

-- What both hold by its looks; builds that both hold by hash are among it. With itself a stack shares all.
shared as (
    select
        source,
        tag,
        stack,
        other_stack,
        cast(sum(spec_count) as bigint) as spec_count,
        cast(sum(same_spec_count) as bigint) as same_spec_count,
        cast(sum(configuration_count) as bigint) as configuration_count,
        cast(coalesce(sum(configuration_count) filter (where same_spec_count = 0), 0) as bigint) as duplicate_configuration_count
    from alike
    group by source, tag, stack, other_stack
),

stacks as (
    select
        source,
        tag,
        stack,
        spec_count
    from shared
    where stack = other_stack
)

select
    stacks.source,
    stacks.tag,
    stacks.stack,
    others.stack as other_stack,
    stacks.spec_count,
    coalesce(shared.same_spec_count, 0) as same_spec_count,
    coalesce(shared.spec_count - shared.same_spec_count, 0) as alike_spec_count,
    stacks.spec_count - coalesce(shared.spec_count, 0) as lacking_spec_count,
    cast(coalesce(shared.spec_count - shared.same_spec_count, 0) as double) / nullif(cast(stacks.spec_count as double), 0) as alike_share,
    coalesce(shared.configuration_count, 0) as shared_configuration_count,
    coalesce(shared.duplicate_configuration_count, 0) as duplicate_configuration_count
from stacks
join stacks as others on others.source = stacks.source and others.tag = stacks.tag and others.stack <> stacks.stack
left join shared
    on
        shared.source = stacks.source
        and shared.tag = stacks.tag
        and shared.stack = stacks.stack
        and shared.other_stack = others.stack;
