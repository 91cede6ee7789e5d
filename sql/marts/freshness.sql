-- freshness: how old what is known of a source is, and whether its last snapshot is complete.
-- Grain:     source
-- Reads:     data.snapshots, documents, data.gaps, data.rejects, reconciliation, runs
-- Columns:   source                VARCHAR    name of the source
--            observed_at           TIMESTAMP  when it was last seen to change: time of its last snapshot; UTC. A run that finds nothing new takes none
--            age_hours             DOUBLE     hours since then, at the time of the question
--            snapshot_count        BIGINT     snapshots of it that are held
--            document_count        BIGINT     documents listed in the last one, refused ones included
--            stale_document_count  BIGINT     documents that keep what they said before, because they cannot be read or left their tag
--            gap_count             BIGINT     tags and stacks that the last one did not observe, though the source still lists them
--            reject_count          BIGINT     documents, specs and options refused in the current state
--            unequal_claim_count   BIGINT     claims of the source about itself that its specs do not add up to; see reconciliation
--            is_complete           BOOLEAN    no stale document, no gap, no reject
--            last_run_at           TIMESTAMP  when the last run began, of whatever sources; UTC. NULL: there is no record of one
--            last_run_status       VARCHAR    how it ended: published, unchanged, refused or failed
-- Question:  Is today's data complete, and how old is it?
-- Example:   select source, observed_at, age_hours, is_complete, last_run_at, last_run_status from freshness order by source;
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

stale_documents as (
    select
        source,
        count(*) as document_count
    from documents
    where is_stale
    group by source
),

gap_counts as (
    select
        source,
        snapshot_id,
        count(*) as gap_count
    from data.gaps
    group by source, snapshot_id
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
    latest.observed_at,
    -- epoch_us does not ask for the time zone of the session, as a cast of now() to a timestamp would.
    (epoch_us(now()) - epoch_us(latest.observed_at)) / cast(3600000000 as double) as age_hours,
    latest.snapshot_count,
    latest.document_count,
    coalesce(stale_documents.document_count, 0) as stale_document_count,
    coalesce(gap_counts.gap_count, 0) as gap_count,
    coalesce(reject_counts.reject_count, 0) as reject_count,
    coalesce(unequal_claims.claim_count, 0) as unequal_claim_count,
    stale_documents.source is null and gap_counts.source is null and reject_counts.source is null as is_complete,
    last_run.started_at as last_run_at,
    last_run.status as last_run_status
from latest
cross join last_run
left join stale_documents on stale_documents.source = latest.source
left join gap_counts on gap_counts.source = latest.source and gap_counts.snapshot_id = latest.snapshot_id
left join reject_counts on reject_counts.source = latest.source
left join unequal_claims on unequal_claims.source = latest.source;
