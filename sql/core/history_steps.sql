-- history_steps: where a row of the history begins or ends. The steps of a spec up to a snapshot add up to 1 if it stood there then, else to 0.
-- Grain:     source, snapshot_id, tag, stack, package, spec_hash, step
-- Reads:     data.tag_specs, data.ended_tag_specs, data.memberships, data.ended_memberships
-- Columns:   source       VARCHAR  name of the source
--            snapshot_id  BIGINT   snapshot of the source at which the row begins, or that no longer showed it
--            tag          VARCHAR  release line of the cache, e.g. develop
--            stack        VARCHAR  CI stack that it stands in; NULL: the step is under the tag as a whole
--            package      VARCHAR  package name
--            spec_hash    VARCHAR  32-character hash of the build
--            step         BIGINT   1: a row begins; -1: one ends. Both at one snapshot: it stayed, and only its stacks changed
-- Question:  How many builds did a tag hold after each snapshot?
-- Example:   select snapshot_id, sum(sum(step)) over (order by snapshot_id) as builds from history_steps
--            where source = 'public' and tag = 'develop' and stack is null group by snapshot_id order by snapshot_id;
create or replace view history_steps as
select
    source,
    from_snapshot_id as snapshot_id,
    tag,
    cast(null as varchar) as stack,
    package,
    spec_hash,
    cast(1 as bigint) as step
from data.tag_specs
union all
select
    source,
    from_snapshot_id as snapshot_id,
    tag,
    cast(null as varchar) as stack,
    package,
    spec_hash,
    cast(1 as bigint) as step
from data.ended_tag_specs
union all
select
    source,
    to_snapshot_id as snapshot_id,
    tag,
    cast(null as varchar) as stack,
    package,
    spec_hash,
    cast(-1 as bigint) as step
from data.ended_tag_specs
union all
select
    source,
    from_snapshot_id as snapshot_id,
    tag,
    stack,
    package,
    spec_hash,
    cast(1 as bigint) as step
from data.memberships
union all
select
    source,
    from_snapshot_id as snapshot_id,
    tag,
    stack,
    package,
    spec_hash,
    cast(1 as bigint) as step
from data.ended_memberships
union all
select
    source,
    to_snapshot_id as snapshot_id,
    tag,
    stack,
    package,
    spec_hash,
    cast(-1 as bigint) as step
from data.ended_memberships;
