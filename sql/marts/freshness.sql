-- freshness: how old what is known of a source is, and whether its last snapshot is complete.
-- Grain:     source
-- Reads:     data.snapshots, data.documents, data.leftovers, tag_completeness, data.tags, gaps, data.rejects, data.published_tag_counts, data.published_tag_stacks, reconciliation, runs
-- Columns:   source                   VARCHAR    name of the source
--            last_run_at              TIMESTAMP  when the last run began, of whatever sources; UTC. NULL: there is no record of one
--            last_run_status          VARCHAR    how it ended: published, unchanged, refused or failed
--            hours_since_run          DOUBLE     hours since it began, at the time of the question
--            last_changed_at          TIMESTAMP  time of the last snapshot; UTC. A run that finds nothing new takes none
--            hours_unchanged          DOUBLE     hours since then, at the time of the question
--            snapshot_count           BIGINT     snapshots of it that are held
--            document_count           BIGINT     documents listed in the last one, refused ones included
--            stale_document_count     BIGINT     documents that cannot be read and keep what they said before; none of a tag that the last snapshot did not observe at all
--            leftover_document_count  BIGINT     documents that are left over of a package that left its tag; not among the stale ones
--            gap_count                BIGINT     tags and stacks that the last snapshot did not observe, though the source still lists them
--            partial_tag_count        BIGINT     tags that hold fewer specs than the source counts, or no spec of a stack that it lists; see tags
--            reject_count             BIGINT     documents, specs and options refused in the current state
--            unequal_claim_count      BIGINT     claims of the source about itself that its specs do not add up to; see reconciliation
--            is_complete              BOOLEAN    no stale document, no reject, and no tag that still changes has a gap or is partial. Weekly tags and releases are frozen: what they lack stays so and does not count, nor do documents that are left over or claims that fail
-- Question:  Is today's data complete, and how old is it?
-- Example:   select source, last_run_at, last_run_status, hours_since_run, last_changed_at, is_complete from freshness order by source;
create or replace view freshness as
with

latest as (
    select
        source,
        max(snapshot_id) as snapshot_id,
        max(observed_at) as observed_at,
        count(*) as snapshot_count,
        arg_max(document_count, snapshot_id) as document_count
    from data.snapshots
    group by source
),

last_gaps as (
    select
        source,
        tag,
        stack
    from gaps
    where is_in_last_snapshot
),

unobserved as (
    select
        source,
        tag
    from last_gaps
    where stack is null
),

doubtful_documents as (
    select
        documents.source,
        count(*) filter (where leftovers.package is null and unobserved.tag is null) as stale_count,
        count(leftovers.package) as leftover_count
    from data.documents as documents
    left join unobserved on unobserved.source = documents.source and unobserved.tag = documents.tag
    left join data.leftovers as leftovers
        on leftovers.source = documents.source and leftovers.tag = documents.tag and leftovers.package = documents.package
    where documents.is_stale or leftovers.package is not null
    group by documents.source
),

-- A tag of which nothing was ever had is in no table: its name alone tells its kind.
gap_counts as (
    select
        last_gaps.source,
        count(*) as gap_count,
        count(*) filter (
            where
                coalesce(names.kind in ('develop', 'other'), false)
                or (
                    names.kind is null
                    and not regexp_full_match(last_gaps.tag, '(develop-[0-9]{4}-[0-9]{2}-[0-9]{2}|v[0-9]+[.][0-9]+([.][0-9]+)?)')
                )
        ) as changing_count
    from last_gaps
    left join data.tags as names on names.tag = last_gaps.tag
    group by last_gaps.source
),

-- Only what the source itself counts or lists can be partial. Where it does neither, the tags need not be counted.
claimed_tags as (
    select
        source,
        tag
    from data.published_tag_counts
    union
    select
        source,
        tag
    from data.published_tag_stacks
),

partial_tags as (
    select
        held.source,
        count(*) as tag_count,
        count(*) filter (where names.kind in ('develop', 'other')) as changing_count
    from tag_completeness as held
    semi join claimed_tags on claimed_tags.source = held.source and claimed_tags.tag = held.tag
    join data.tags as names on names.tag = held.tag
    where held.is_partial
    group by held.source
),

reject_counts as (
    select
        source,
        count(*) as reject_count
    from data.rejects
    group by source
),

unequal_claims as (
    select
        source,
        count(*) as claim_count
    from reconciliation
    where not is_equal
    group by source
),

last_run as (
    select
        max(started_at) as started_at,
        arg_max(status, started_at) as status
    from runs
)

select
    latest.source,
    last_run.started_at as last_run_at,
    last_run.status as last_run_status,
    -- epoch_us does not ask for the time zone of the session, as a cast of now() to a timestamp would.
    (epoch_us(now()) - epoch_us(last_run.started_at)) / cast(3600000000 as double) as hours_since_run,
    latest.observed_at as last_changed_at,
    (epoch_us(now()) - epoch_us(latest.observed_at)) / cast(3600000000 as double) as hours_unchanged,
    latest.snapshot_count,
    latest.document_count,
    coalesce(doubtful_documents.stale_count, 0) as stale_document_count,
    coalesce(doubtful_documents.leftover_count, 0) as leftover_document_count,
    coalesce(gap_counts.gap_count, 0) as gap_count,
    coalesce(partial_tags.tag_count, 0) as partial_tag_count,
    coalesce(reject_counts.reject_count, 0) as reject_count,
    coalesce(unequal_claims.claim_count, 0) as unequal_claim_count,
    coalesce(doubtful_documents.stale_count, 0) = 0
    and coalesce(gap_counts.changing_count, 0) = 0
    and coalesce(partial_tags.changing_count, 0) = 0
    and reject_counts.source is null as is_complete
from latest
cross join last_run
left join doubtful_documents on doubtful_documents.source = latest.source
left join gap_counts on gap_counts.source = latest.source
left join partial_tags on partial_tags.source = latest.source
left join reject_counts on reject_counts.source = latest.source
left join unequal_claims on unequal_claims.source = latest.source;
