-- how_fresh: How old is what the warehouse holds of each source?
select
    source,
    max(observed_at) as last_observed_at,
    date_diff('hour', max(observed_at), cast(now() at time zone 'UTC' as timestamp)) as hours_ago,
    count(*) as snapshot_count
from snapshots
group by source
order by source;
