-- snapshots: a source as it stood at one moment.
-- Grain:     source, snapshot_id
-- Reads:     data.snapshots
-- Columns:   source                  VARCHAR    name of the source
--            snapshot_id             BIGINT     counts the snapshots of a source, 1 upward
--            observed_at             TIMESTAMP  when the source was seen to stand so; UTC
--            revision                VARCHAR    what identifies the content: of a git repository the commit, else a digest of all documents
--            document_count          BIGINT     documents listed, refused ones included
--            changed_document_count  BIGINT     documents new or changed since the snapshot before; in the first, all
--            spec_count              BIGINT     distinct specs of the source
--            run_id                  VARCHAR    run that took the snapshot
-- Question:  When was each source last seen to change?
-- Example:   select source, max(observed_at) as changed_at from snapshots group by source;
create or replace view snapshots as
select
    source,
    snapshot_id,
    observed_at,
    revision,
    document_count,
    changed_document_count,
    spec_count,
    run_id
from data.snapshots;
