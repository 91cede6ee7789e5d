-- spec_lifetimes: how long builds stay under a tag or in a stack of it, by target. Only of those whose arrival was seen: the first snapshot tells none, and of what it did not observe (view gaps) the stays begin with the snapshot that first did.
-- Grain:     source, tag, stack, target
-- Reads:     spec_stays, data.specs, data.snapshots
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            stack               VARCHAR  CI stack; NULL: the whole tag
--            target              VARCHAR  microarchitecture, e.g. x86_64_v3
--            stay_count          BIGINT   stays that began since the first snapshot; a build that came back has two
--            ended_stay_count    BIGINT   of those, how many are over
--            median_days         DOUBLE   median length of those that are over; NULL: none is. Short while the history is: long stays are not over
--            kept_7_days_share   DOUBLE   share of the stays that were still on 7 days later, of those that began so long ago; NULL: none did
--            kept_14_days_share  DOUBLE   the same for 14 days
--            kept_30_days_share  DOUBLE   the same for 30 days
-- Question:  How long can one count on a build of develop?
-- Example:   select target, stay_count, median_days, kept_14_days_share from spec_lifetimes
--            where tag = 'develop' and stack is null order by stay_count desc, target limit 10;
create or replace view spec_lifetimes as
with

latest as (
    select
        source,
        max(observed_at) as observed_at
    from data.snapshots
    group by source
),

stays as (
    select
        stays.source,
        stays.tag,
        stays.stack,
        specs.target,
        stays.ended_at is not null as is_over,
        date_diff('second', stays.began_at, coalesce(stays.ended_at, latest.observed_at)) / 86400.0 as days,
        date_diff('second', stays.began_at, latest.observed_at) / 86400.0 as days_known
    from spec_stays as stays
    join data.specs as specs on specs.spec_hash = stays.spec_hash
    join latest on latest.source = stays.source
    where not stays.is_since_start
)

select
    source,
    tag,
    stack,
    target,
    count(*) as stay_count,
    count(*) filter (where is_over) as ended_stay_count,
    cast(median(days) filter (where is_over) as double) as median_days,
    avg(case when days >= 7 then 1.0 else 0.0 end) filter (where days_known >= 7) as kept_7_days_share,
    avg(case when days >= 14 then 1.0 else 0.0 end) filter (where days_known >= 14) as kept_14_days_share,
    avg(case when days >= 30 then 1.0 else 0.0 end) filter (where days_known >= 30) as kept_30_days_share
from stays
group by source, tag, stack, target;
