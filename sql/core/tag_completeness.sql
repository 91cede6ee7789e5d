-- tag_completeness: whether a tag is whole, and whether the last snapshot of its source showed it: how far its numbers may be trusted.
-- Grain:     source, tag
-- Reads:     data.documents, data.tag_configurations, data.published_tag_counts, data.published_tag_stacks, gaps
-- Columns:   source       VARCHAR  name of the source
--            tag          VARCHAR  release line of the cache, e.g. develop
--            spec_count   BIGINT   distinct specs under the tag
--            is_partial   BOOLEAN  it holds fewer specs than the source counts, or no spec of a stack that it lists; NULL: the source does neither
--            is_observed  BOOLEAN  the last snapshot of the source showed the tag; false: the source lists it, but none of its pages could be had, and its rows stand still
-- Question:  Which tags hold less than their source says?
-- Example:   select source, tag, spec_count from tag_completeness where is_partial or not is_observed order by source, tag;
create or replace view tag_completeness as
with

tags as (
    select distinct
        source,
        tag
    from data.documents
),

held as (
    select
        source,
        tag,
        cast(sum(spec_count) as bigint) as spec_count
    from data.tag_configurations
    group by source, tag
),

-- Of the tags alone whose stacks are listed; builds stand in few different sets of them.
shown_sets as (
    select distinct
        held.source,
        held.tag,
        held.stacks_text
    from data.tag_configurations as held
    semi join data.published_tag_stacks as asked on asked.source = held.source and asked.tag = held.tag
    where held.stacks_text <> ''
),

shown_stacks as (
    select distinct
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack
    from shown_sets
),

missing_stacks as (
    select
        listed.source,
        listed.tag,
        bool_or(shown_stacks.stack is null) as is_missing
    from data.published_tag_stacks as listed
    left join shown_stacks
        on shown_stacks.source = listed.source and shown_stacks.tag = listed.tag and shown_stacks.stack = listed.stack
    where listed.stack <> 'root'
    group by listed.source, listed.tag
),

unobserved as (
    select
        source,
        tag
    from gaps
    where is_in_last_snapshot and stack is null
),

counted as (
    select
        tags.source,
        tags.tag,
        coalesce(held.spec_count, 0) as spec_count
    from tags
    left join held on held.source = tags.source and held.tag = tags.tag
)

select
    counted.source,
    counted.tag,
    counted.spec_count,
    case
        when published.published_spec_count > counted.spec_count or missing_stacks.is_missing then true
        when published.published_spec_count is not null or missing_stacks.is_missing is not null then false
    end as is_partial,
    unobserved.tag is null as is_observed
from counted
left join missing_stacks on missing_stacks.source = counted.source and missing_stacks.tag = counted.tag
left join unobserved on unobserved.source = counted.source and unobserved.tag = counted.tag
left join data.published_tag_counts as published on published.source = counted.source and published.tag = counted.tag;
