-- published_counts: what a page itself claims to hold, as a whole and by stack; and what a source claims of a whole tag.
-- Grain:     source, tag, package, stack
-- Reads:     data.published_counts, data.published_tag_counts
-- Columns:   source                VARCHAR  name of the source
--            tag                   VARCHAR  release line of the cache, e.g. develop
--            package               VARCHAR  package name; NULL: the count is of the whole tag
--            stack                 VARCHAR  stack the count is for, root included; NULL: the whole page or tag
--            published_spec_count  BIGINT   specs, as the page or source claims
-- Question:  How many specs does each stack of a tag claim?
-- Example:   select stack, sum(published_spec_count) as specs from published_counts
--            where tag = 'develop' and stack is not null group by stack order by stack;
create or replace view published_counts as
select
    source,
    tag,
    package,
    stack,
    published_spec_count
from data.published_counts
union all
select
    source,
    tag,
    cast(null as varchar) as package,
    cast(null as varchar) as stack,
    published_spec_count
from data.published_tag_counts;
