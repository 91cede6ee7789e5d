-- weekly_churn: how many builds of a package came and went in a week under a tag, and how many of them only replaced one that looks the same.
-- Grain:     source, tag, package, week_date
-- Reads:     changes
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            package             VARCHAR  package name
--            week_date           DATE     Monday of the week
--            iso_week            VARCHAR  the week as ISO 8601 names it, e.g. 2026-W48
--            added_spec_count    BIGINT   builds that came
--            removed_spec_count  BIGINT   builds that went
--            rebuilt_spec_count  BIGINT   of those that came, how many replaced one that looks the same but for its hash
--            rebuilt_share       DOUBLE   rebuilt_spec_count by added_spec_count, 0 to 1; NULL: none came
-- Question:  Which packages are rebuilt most often without a visible change?
-- Example:   select package, sum(rebuilt_spec_count) as rebuilds from weekly_churn
--            where tag = 'develop' group by package order by rebuilds desc, package limit 10;
create or replace view weekly_churn as
select
    source,
    tag,
    package,
    cast(date_trunc('week', observed_at) as date) as week_date,
    strftime(date_trunc('week', observed_at), '%G-W%V') as iso_week,
    count(*) filter (where change = 'spec_added') as added_spec_count,
    count(*) filter (where change = 'spec_removed') as removed_spec_count,
    count(*) filter (where change = 'rebuilt') as rebuilt_spec_count,
    cast(count(*) filter (where change = 'rebuilt') as double)
    / nullif(count(*) filter (where change = 'spec_added'), 0) as rebuilt_share
from changes
where change in ('spec_added', 'spec_removed', 'rebuilt')
group by source, tag, package, date_trunc('week', observed_at);
