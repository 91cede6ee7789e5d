-- rejects: what was refused when the current release was made, and why.
-- Grain:     source, path, line, rule, excerpt
-- Reads:     data.rejects, data.snapshots
-- Columns:   source       VARCHAR    name of the source
--            run_id       VARCHAR    run that refused it
--            observed_at  TIMESTAMP  observation it belongs to; UTC
--            path         VARCHAR    page it stood on, below the source's root
--            scope        VARCHAR    how much was refused: document, spec or variant
--            rule         VARCHAR    name of the rule it broke
--            detail       VARCHAR    what is wrong, in words
--            line         BIGINT     line of the page, 1 upward; NULL: the page as a whole
--            excerpt      VARCHAR    the text itself, cut to 200 characters
--            sha256       VARCHAR    sha256 of the document that holds it, in hex; NULL: it could not be opened
-- Question:  What was refused last night?
-- Example:   select path, scope, rule, detail from rejects order by path, rule, line, excerpt limit 20;
create or replace view rejects as
select
    rejects.source,
    snapshots.run_id,
    snapshots.observed_at,
    rejects.path,
    rejects.scope,
    rejects.rule,
    rejects.detail,
    rejects.line,
    rejects.excerpt,
    rejects.sha256
from data.rejects as rejects
join data.snapshots as snapshots
    on snapshots.source = rejects.source and snapshots.snapshot_id = rejects.snapshot_id;
