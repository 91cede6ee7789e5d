-- every_build_is_counted: what is counted of a tag beforehand adds up to its builds.
-- Severity:  error
-- Reads:     data.tag_configurations, data.tag_specs
with

counted as (
    select
        source,
        tag,
        sum(spec_count) as spec_count
    from data.tag_configurations
    group by source, tag
),

held as (
    select
        source,
        tag,
        count(distinct spec_hash) as spec_count
    from data.tag_specs
    group by source, tag
)

select
    coalesce(counted.source, held.source) as source,
    coalesce(counted.tag, held.tag) as tag,
    counted.spec_count as counted_spec_count,
    held.spec_count
from counted
full join held on held.source = counted.source and held.tag = counted.tag
where counted.spec_count is distinct from held.spec_count
order by source, tag;
