-- stack_contents: what each stack holds.
-- Grain:     source, tag, stack
-- Reads:     data.tag_configurations
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

places as (
    select
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack,
        stack_count,
        package,
        configuration_id,
        spec_count
    from data.tag_configurations
    where stack_count > 0
)

select
    source,
    tag,
    stack,
    count(distinct package) as package_count,
    cast(sum(spec_count) as bigint) as spec_count,
    cast(coalesce(sum(spec_count) filter (where stack_count = 1), 0) as bigint) as own_spec_count,
    count(distinct configuration_id) as configuration_count
from places
group by source, tag, stack;
