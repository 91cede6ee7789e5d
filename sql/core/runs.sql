-- runs: an execution of the job, failed and refused ones included.
-- Grain:     run_id
-- Reads:     
-- Columns:   run_id              VARCHAR    name of the run: its UTC start
--            started_at          TIMESTAMP  when it began; UTC
--            finished_at         TIMESTAMP  when it ended; UTC. NULL: it was killed
--            status              VARCHAR    published, unchanged, refused or failed
--            release             BIGINT     release that stood when it ended; NULL: none yet
--            documents_seen      BIGINT     documents listed in its sources
--            documents_read      BIGINT     documents it opened
--            documents_rejected  BIGINT     documents with anything refused
--            seconds             DOUBLE     how long it took
--            peak_rss_bytes      BIGINT     most memory its processes held, each at its peak
--            reason              VARCHAR    why it published nothing, or what must be known of what it published
--            version             VARCHAR    version of this program
--            warnings_text       VARCHAR    what went wrong beside it (a hook, a file of metrics), a semicolon between; empty: nothing
-- Question:  How did the last nights go?
-- Example:   select started_at, status, seconds, reason from runs order by started_at desc limit 7;
create or replace view runs as
select
    run_id,
    started_at,
    finished_at,
    status,
    release,
    documents_seen,
    documents_read,
    documents_rejected,
    seconds,
    peak_rss_bytes,
    reason,
    version,
    coalesce(array_to_string(warnings, '; '), '') as warnings_text
from read_json(
    ${runs},
    format = 'unstructured',
    columns = {
        run_id: 'VARCHAR',
        started_at: 'TIMESTAMP',
        finished_at: 'TIMESTAMP',
        status: 'VARCHAR',
        release: 'BIGINT',
        documents_seen: 'BIGINT',
        documents_read: 'BIGINT',
        documents_rejected: 'BIGINT',
        seconds: 'DOUBLE',
        peak_rss_bytes: 'BIGINT',
        reason: 'VARCHAR',
        version: 'VARCHAR',
        warnings: 'VARCHAR[]'
    }
)
where status <> 'running';
