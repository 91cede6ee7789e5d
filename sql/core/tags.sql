-- tags: a release line that a source holds now, and how much is in it.
-- Grain:     source, tag
-- Reads:     data.documents, data.tag_specs, data.spec_conflicts, data.memberships, data.tags, data.published_tag_counts, data.published_tag_stacks, data.gaps, data.snapshots
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

-- A spec is a row of its tag for each package whose page has it. Only forged pages claim the hash of another package, and
-- each such hash is among the conflicts: to look for these alone takes a fifth of the time of counting distinct hashes.
repeated as (
    select
        tag_specs.source,
        tag_specs.tag,
        count(*) - count(distinct tag_specs.spec_hash) as row_count
    from data.tag_specs as tag_specs
    where tag_specs.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
    group by tag_specs.source, tag_specs.tag
),

held as (
    select
        source,
        tag,
        count(*) as row_count
    from data.tag_specs
    group by source, tag
),

specs as (
    select
        held.source,
        held.tag,
        held.row_count - coalesce(repeated.row_count, 0) as spec_count
    from held
    left join repeated on repeated.source = held.source and repeated.tag = held.tag
),

stacks as (
    select
        source,
        tag,
        count(distinct stack) as stack_count
    from data.memberships
    group by source, tag
),

missing_stacks as (
    select
        listed.source,
        listed.tag,
        bool_or(held.stack is null) as is_missing
    from data.published_tag_stacks as listed
    left join (select distinct source, tag, stack from data.memberships) as held
        on held.source = listed.source and held.tag = listed.tag and held.stack = listed.stack
    where listed.stack <> 'root'
    group by listed.source, listed.tag
),

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id
    from data.snapshots
    group by source
),

unobserved as (
    select
        gaps.source,
        gaps.tag
    from data.gaps as gaps
    join latest on latest.source = gaps.source and latest.snapshot_id = gaps.snapshot_id
    where gaps.stack is null
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
    case
        when counts.published_spec_count > coalesce(specs.spec_count, 0) or missing_stacks.is_missing then true
        when counts.published_spec_count is not null or missing_stacks.is_missing is not null then false
    end as is_partial,
    unobserved.tag is null as is_observed
from pages
join data.tags as names on names.tag = pages.tag
left join specs on specs.source = pages.source and specs.tag = pages.tag
left join stacks on stacks.source = pages.source and stacks.tag = pages.tag
left join missing_stacks on missing_stacks.source = pages.source and missing_stacks.tag = pages.tag
left join unobserved on unobserved.source = pages.source and unobserved.tag = pages.tag
left join data.published_tag_counts as counts on counts.source = pages.source and counts.tag = pages.tag;
