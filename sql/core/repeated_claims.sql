-- repeated_claims: a hash on a page of a tag, where another page of the tag claims it too and it counts there: where its own package is, else on the first by name. Only forged pages bring that about.
-- Grain:     source, tag, package, spec_hash
-- Reads:     data.tag_specs, data.specs, data.spec_conflicts
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            package    VARCHAR  package of the page on which it does not count
--            spec_hash  VARCHAR  32-character hash of the build
-- Question:  Which pages claim builds of another package?
-- Example:   select source, tag, package, spec_hash from repeated_claims order by source, tag, package, spec_hash;
create or replace view repeated_claims as
select
    claimed.source,
    claimed.tag,
    claimed.package,
    claimed.spec_hash
from data.tag_specs as claimed
join data.specs as own on own.spec_hash = claimed.spec_hash
-- Each is among the conflicts: to look for these alone takes a fraction of the time of counting distinct hashes.
semi join data.spec_conflicts as conflicts on conflicts.spec_hash = claimed.spec_hash and conflicts.field = 'package'
qualify
    row_number() over (
        partition by claimed.source, claimed.tag, claimed.spec_hash order by claimed.package <> own.package, claimed.package
    ) > 1;
