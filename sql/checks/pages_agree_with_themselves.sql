-- pages_agree_with_themselves: what a page claims about itself is what its specs add up to.
-- Severity:  warning
-- Reads:     reconciliation
select
    source,
    tag,
    package,
    claim,
    published,
    computed
from reconciliation
where not is_equal
order by source, tag, package, claim;
