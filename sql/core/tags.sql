-- tags: a release line of the cache, and how much it holds.
-- Grain:     source, tag
-- Reads:     data.documents, data.tag_specs, data.memberships, data.tags
-- Columns:   source                VARCHAR  name of the source
--            tag                   VARCHAR  release line of the cache, e.g. develop
--            kind                  VARCHAR  develop (changes nightly), weekly, release (both frozen) or other
--            tag_date              DATE     date in a weekly's name; NULL for others
--            package_count         BIGINT   packages with a page under the tag
--            spec_count            BIGINT   distinct specs under the tag
--            stack_count           BIGINT   named stacks with specs under the tag; root is none
--            published_spec_count  BIGINT   sum of what the tag's pages claim; NULL: none says
--            is_partial            BOOLEAN  the tag holds less than it should; NULL: the source does not say
--            is_observed           BOOLEAN  the last snapshot of the source showed the tag
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

specs as (
    select
        source,
        tag,
        count(distinct spec_hash) as spec_count
    from data.tag_specs
    group by source, tag
),

stacks as (
    select
        source,
        tag,
        count(distinct stack) as stack_count
    from data.memberships
    group by source, tag
)

select
    pages.source,
    pages.tag,
    names.kind,
    names.tag_date,
    pages.package_count,
    coalesce(specs.spec_count, 0) as spec_count,
    coalesce(stacks.stack_count, 0) as stack_count,
    pages.published_spec_count,
    cast(null as boolean) as is_partial,
    cast(true as boolean) as is_observed
from pages
join data.tags as names on names.tag = pages.tag
left join specs on specs.source = pages.source and specs.tag = pages.tag
left join stacks on stacks.source = pages.source and stacks.tag = pages.tag;
