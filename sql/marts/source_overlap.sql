-- source_overlap: how much of a source another one has: the same builds, builds that look the same, none at all.
-- Grain:     source, other_source
-- Reads:     source_matches
-- Columns:   source                    VARCHAR  source whose specs are looked for
--            other_source              VARCHAR  source they are looked for in
--            spec_count                BIGINT   distinct specs of the source
--            same_spec_count           BIGINT   of those, how many the other has by hash
--            alike_spec_count          BIGINT   not by hash, but it has one of the same configuration
--            lacking_spec_count        BIGINT   neither: only this source has them
--            same_share                DOUBLE   same_spec_count by spec_count, 0 to 1
-- Question:  How much of our own mirror is in the public cache?
-- Example:   select source, other_source, spec_count, same_spec_count, alike_spec_count, lacking_spec_count from source_overlap;
create or replace view source_overlap as
select
    source,
    other_source,
    count(*) as spec_count,
    count(*) filter (where match = 'hash') as same_spec_count,
    count(*) filter (where match = 'configuration') as alike_spec_count,
    count(*) filter (where match = 'none') as lacking_spec_count,
    cast(count(*) filter (where match = 'hash') as double) / nullif(count(*), 0) as same_share
from source_matches
group by source, other_source;
