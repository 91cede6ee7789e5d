-- tags: a release line that a source holds now, and how much is in it.
-- Grain:     source, tag
-- Reads:     data.documents, data.tag_configurations, data.tags, tag_completeness
-- Columns:   source                VARCHAR  name of the source
--            tag                   VARCHAR  release line of the cache, e.g. develop
--            kind                  VARCHAR  develop (changes nightly), weekly, release (both frozen) or other
--            tag_date              DATE     date in a weekly's name; NULL for others
--            package_count         BIGINT   packages with a page under the tag
--            spec_count            BIGINT   distinct specs under the tag
--            stack_count           BIGINT   named stacks with specs under the tag; root is none
--            published_spec_count  BIGINT   sum of what the tag's pages claim; NULL: none says
--            is_partial            BOOLEAN  it holds fewer specs than the source counts, or no spec of a stack that it lists; NULL: the source does neither
--            is_observed           BOOLEAN  the last snapshot of the source showed the tag; false: the source lists it, but none of its pages could be had, and its rows stand still
-- Question:  How large is each release line?
-- Example:   select tag, kind, spec_count, stack_count from tags order by tag;
create or replace view tags as
with

pages as (
    select
        source,
        tag,
        count(*) as package_count,
        cast(sum(published_spec_count) as bigint) as published_spec_count
    from data.documents
    group by source, tag
),

-- Builds stand in few different sets of stacks.
sets as (
    select distinct
        source,
        tag,
        stacks_text
    from data.tag_configurations
    where stacks_text <> ''
),

named as (
    select distinct
        source,
        tag,
        unnest(string_split(stacks_text, ',')) as stack
    from sets
),

stacks as (
    select
        source,
        tag,
        count(*) as stack_count
    from named
    group by source, tag
)

select
    pages.source,
    pages.tag,
    names.kind,
    names.tag_date,
    pages.package_count,
    completeness.spec_count,
    coalesce(stacks.stack_count, 0) as stack_count,
    pages.published_spec_count,
    completeness.is_partial,
    completeness.is_observed
from pages
join data.tags as names on names.tag = pages.tag
join tag_completeness as completeness on completeness.source = pages.source and completeness.tag = pages.tag
left join stacks on stacks.source = pages.source and stacks.tag = pages.tag;
