-- reconciliation: each claim of the source about itself, beside what its specs add up to.
-- Grain:     source, tag, package, claim
-- Reads:     data.reconciliation, tags
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  release line of the cache, e.g. develop
--            package    VARCHAR  package whose page makes the claim; NULL: all pages of the tag together
--            claim      VARCHAR  name of the page's field: num_specs, num_specs_by_stack, compilers, oss, platforms, stacks, targets, versions
--            published  VARCHAR  what is claimed: a number, a set in byte order with a comma between, or stack=count pairs
--            computed   VARCHAR  what the accepted specs add up to, in the same form
--            is_equal   BOOLEAN  both say the same
-- Question:  Which pages contradict themselves?
-- Example:   select tag, package, claim, published, computed from reconciliation where not is_equal;
create or replace view reconciliation as
select
    source,
    tag,
    package,
    claim,
    published,
    coalesce(differs, published) as computed,
    differs is null as is_equal
from data.reconciliation
union all
select
    source,
    tag,
    cast(null as varchar) as package,
    'num_specs' as claim,
    cast(published_spec_count as varchar) as published,
    cast(spec_count as varchar) as computed,
    published_spec_count = spec_count as is_equal
from tags
where published_spec_count is not null;
