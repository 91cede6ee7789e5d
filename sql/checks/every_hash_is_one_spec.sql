-- every_hash_is_one_spec: a hash is the key of one spec.
-- Severity:  error
-- Reads:     data.specs
select
    spec_hash,
    count(*) as spec_count
from data.specs
group by spec_hash
having count(*) > 1
order by spec_hash;
