-- duplicate_configurations: a configuration that several builds of a tag share: only their hashes tell them apart.
-- Grain:     source, tag, package, configuration_id
-- Reads:     data.tag_configurations, data.configurations
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            package           VARCHAR  package name
--            configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            version           VARCHAR  version as published
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system, e.g. ubuntu22.04
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            variants_text     VARCHAR  options in canonical form, one blank between; empty: none; NULL: not said
--            spec_count        BIGINT   distinct builds of the configuration, 2 or more
--            stack_count       BIGINT   named stacks that hold any of them; root is none; NULL: not said
--            stacks_text       VARCHAR  those stacks, in byte order, a comma between; empty: none; NULL: not said
--            first_hash        VARCHAR  of all builds that look so, under whatever tag and also gone, the first hash in byte order
--            last_hash         VARCHAR  the last of those hashes: the two differ in what no page shows
-- Question:  Which builds look the same but for their hash, and which stacks made them?
-- Example:   select package, version, os, target, spec_count, stacks_text from duplicate_configurations
--            where tag = 'develop' order by spec_count desc, package, configuration_id limit 10;
create or replace view duplicate_configurations as
with

groups as (
    select
        source,
        tag,
        package,
        configuration_id,
        cast(sum(spec_count) as bigint) as spec_count,
        case
            when bool_and(stacks_text = '') then cast([] as varchar[])
            else list_sort(list_distinct(string_split(string_agg(nullif(stacks_text, ''), ','), ',')))
        end as stacks
    from data.tag_configurations
    group by source, tag, package, configuration_id
    having sum(spec_count) >= 2
)

select
    groups.source,
    groups.tag,
    groups.package,
    groups.configuration_id,
    known.version,
    known.compiler_name,
    known.compiler_version,
    known.platform,
    known.os,
    known.target,
    known.variants_text,
    groups.spec_count,
    len(groups.stacks) as stack_count,
    array_to_string(groups.stacks, ',') as stacks_text,
    known.first_spec_hash as first_hash,
    known.last_spec_hash as last_hash
from groups
join data.configurations as known on known.configuration_id = groups.configuration_id;
