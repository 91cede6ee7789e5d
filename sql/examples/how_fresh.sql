-- how_fresh: When did the last run begin, how did it end, and since when has each source not changed?
select
    source,
    last_run_at,
    last_run_status,
    round(hours_since_run, 1) as hours_since_run,
    last_changed_at,
    round(hours_unchanged, 1) as hours_unchanged,
    is_complete
from freshness
order by source;
