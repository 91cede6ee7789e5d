-- flapping_packages: packages that went from a tag or a stack of it and came back.
-- Grain:     source, tag, stack, package
-- Reads:     changes, stack_changes
-- Columns:   source           VARCHAR    name of the source
--            tag              VARCHAR    release line of the cache, e.g. develop
--            stack            VARCHAR    CI stack; NULL: the whole tag
--            package          VARCHAR    package name
--            removed_count    BIGINT     how often the last build of it went
--            returned_count   BIGINT     how often one came after that
--            last_changed_at  TIMESTAMP  observation in which it last came or went; UTC
--            is_there         BOOLEAN    after that it was there
-- Question:  Which packages appear and disappear again and again?
-- Example:   select tag, stack, package, returned_count, is_there from flapping_packages
--            order by returned_count desc, tag, stack, package limit 10;
create or replace view flapping_packages as
with

comings_and_goings as (
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        observed_at,
        change = 'package_added' as is_there
    from changes
    where change in ('package_added', 'package_removed')
    union all
    select
        source,
        tag,
        stack,
        package,
        snapshot_id,
        observed_at,
        change = 'joined' as is_there
    from stack_changes
    where change in ('joined', 'left')
),

ordered as (
    select
        source,
        tag,
        stack,
        package,
        observed_at,
        is_there,
        lag(is_there) over one_package as was_there,
        first_value(is_there) over (partition by source, tag, stack, package order by snapshot_id desc) as is_there_at_last
    from comings_and_goings
    window one_package as (partition by source, tag, stack, package order by snapshot_id)
)

select
    source,
    tag,
    stack,
    package,
    count(*) filter (where not is_there) as removed_count,
    count(*) filter (where is_there and not was_there) as returned_count,
    max(observed_at) as last_changed_at,
    bool_or(is_there_at_last) as is_there
from ordered
group by source, tag, stack, package
having count(*) filter (where is_there and not was_there) > 0;
