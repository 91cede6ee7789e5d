-- page_consistency: how far the pages of a tag agree with themselves, and what of them was refused.
-- Grain:     source, tag
-- Reads:     data.documents, gaps, data.leftovers, data.rejects, reconciliation, data.reconciliation
-- Columns:   source                   VARCHAR  name of the source
--            tag                      VARCHAR  release line of the cache, e.g. develop; NULL: refused pages of which neither path nor content tells the tag
--            document_count           BIGINT   pages of which something is held
--            stale_document_count     BIGINT   of those, pages that cannot be read and keep what they said before; none of a tag that the last snapshot did not observe at all
--            leftover_document_count  BIGINT   of those, pages that are left over of a package that left the tag; not among the stale ones
--            rejected_document_count  BIGINT   pages refused as a whole; such a page is held only where an earlier form of it was good
--            rejected_spec_count      BIGINT   entries refused in pages of which the others are held
--            rejected_variant_count   BIGINT   options refused, of specs that are held
--            claim_count              BIGINT   claims of the pages about themselves and of the source about the tag
--            unequal_claim_count      BIGINT   of those, claims that the accepted specs do not add up to
--            unequal_document_count   BIGINT   pages with such a claim
--            equal_share              DOUBLE   share of the claims that agree, 0 to 1; NULL: no claim is made
-- Question:  Do documents agree with themselves, and what was rejected?
-- Example:   select tag, document_count, stale_document_count, rejected_document_count, claim_count, equal_share
--            from page_consistency order by equal_share, tag;
create or replace view page_consistency as
with

unobserved as (
    select
        source,
        tag
    from gaps
    where is_in_last_snapshot and stack is null
),

pages as (
    select
        documents.source,
        documents.tag,
        count(*) as document_count,
        count(*) filter (where documents.is_stale and leftovers.package is null and unobserved.tag is null) as stale_document_count,
        count(leftovers.package) as leftover_document_count
    from data.documents as documents
    left join unobserved on unobserved.source = documents.source and unobserved.tag = documents.tag
    left join data.leftovers as leftovers
        on leftovers.source = documents.source and leftovers.tag = documents.tag and leftovers.package = documents.package
    group by documents.source, documents.tag
),

refused_pages as (
    select
        rejects.source,
        rejects.scope,
        coalesce(
            documents.tag,
            nullif(regexp_extract(rejects.path, '^_cache/([^/]+)/[^/]+/[^/]+$', 1), ''),
            case when regexp_matches(rejects.path, '^_cache/[^/]+/[^/]+$') then 'untagged' end
        ) as tag
    from data.rejects as rejects
    left join data.documents as documents on documents.source = rejects.source and documents.path = rejects.path
),

refused as (
    select
        source,
        tag,
        count(*) filter (where scope = 'document') as rejected_document_count,
        count(*) filter (where scope = 'spec') as rejected_spec_count,
        count(*) filter (where scope = 'variant') as rejected_variant_count
    from refused_pages
    group by source, tag
),

claims as (
    select
        source,
        tag,
        count(*) as claim_count,
        count(*) filter (where is_equal) as equal_claim_count,
        count(*) filter (where not is_equal) as unequal_claim_count
    from reconciliation
    group by source, tag
),

-- The pages' own claims are stored apart, and those that fail are few.
unequal_pages as (
    select
        source,
        tag,
        count(distinct package) as document_count
    from data.reconciliation
    where differs is not null
    group by source, tag
),

places as (
    select
        source,
        tag
    from pages
    union
    select
        source,
        tag
    from refused
    union
    select
        source,
        tag
    from claims
)

select
    places.source,
    places.tag,
    coalesce(pages.document_count, 0) as document_count,
    coalesce(pages.stale_document_count, 0) as stale_document_count,
    coalesce(pages.leftover_document_count, 0) as leftover_document_count,
    coalesce(refused.rejected_document_count, 0) as rejected_document_count,
    coalesce(refused.rejected_spec_count, 0) as rejected_spec_count,
    coalesce(refused.rejected_variant_count, 0) as rejected_variant_count,
    coalesce(claims.claim_count, 0) as claim_count,
    coalesce(claims.unequal_claim_count, 0) as unequal_claim_count,
    coalesce(unequal_pages.document_count, 0) as unequal_document_count,
    claims.equal_claim_count / cast(nullif(claims.claim_count, 0) as double) as equal_share
from places
left join pages on pages.source = places.source and pages.tag = places.tag
left join refused on refused.source = places.source and refused.tag is not distinct from places.tag
left join claims on claims.source = places.source and claims.tag = places.tag
left join unequal_pages on unequal_pages.source = places.source and unequal_pages.tag = places.tag;
