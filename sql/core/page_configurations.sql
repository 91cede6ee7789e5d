-- page_configurations: how many builds of a page have a configuration and stand in just these stacks: as tag_configurations, but a hash that the pages of two packages claim, as only forged ones do, counts for each.
-- Grain:     source, tag, package, configuration_id, stacks_text, is_root_only, is_repeated
-- Reads:     data.tag_configurations, data.tag_specs, data.specs, repeated_claims
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            stack_count       BIGINT   named stacks they stand in; root is none; NULL: their document says nothing of stacks
--            stacks_text       VARCHAR  those stacks, in byte order, a comma between; empty: none; NULL: not said
--            is_root_only      BOOLEAN  they stand in root, the tag's whole index, and in no named stack; NULL: not said
--            is_repeated       BOOLEAN  another page of the tag claims them too, and they count there
--            spec_count        BIGINT   builds of which all this is true
-- Question:  Which configurations do pages claim that count on another page?
-- Example:   select source, tag, package, version, spec_count from page_configurations where is_repeated order by source, tag, package, configuration_id;
create or replace view page_configurations as
with

repeated as (
    select
        claimed.source,
        claimed.tag,
        claimed.package,
        own.version,
        own.target,
        own.configuration_id,
        claimed.stack_count,
        claimed.stacks_text,
        claimed.is_root_only
    from repeated_claims as twice
    join data.tag_specs as claimed
        on
            claimed.source = twice.source
            and claimed.tag = twice.tag
            and claimed.package = twice.package
            and claimed.spec_hash = twice.spec_hash
    join data.specs as own on own.spec_hash = claimed.spec_hash
)

select
    source,
    tag,
    package,
    version,
    target,
    configuration_id,
    stack_count,
    stacks_text,
    is_root_only,
    false as is_repeated,
    spec_count
from data.tag_configurations
union all
select
    source,
    tag,
    package,
    version,
    target,
    configuration_id,
    stack_count,
    stacks_text,
    is_root_only,
    true as is_repeated,
    count(*) as spec_count
from repeated
group by source, tag, package, version, target, configuration_id, stack_count, stacks_text, is_root_only;
