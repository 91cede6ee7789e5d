-- duplicate_configurations: a configuration that several builds of a tag share: only their hashes tell them apart.
-- Grain:     source, tag, package, configuration_id
-- Reads:     data.tag_specs, data.specs
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
--            first_hash        VARCHAR  smallest of their hashes in byte order, no matter which was built first
--            last_hash         VARCHAR  largest of their hashes
-- Question:  Which builds look the same but for their hash, and which stacks made them?
-- Example:   select package, version, os, target, spec_count, stacks_text from duplicate_configurations
--            where tag = 'develop' order by spec_count desc, package, configuration_id limit 10;
create or replace view duplicate_configurations as
with

-- Builds of one configuration mostly stand in few different sets of stacks: those are put together, not the builds.
sets as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.configuration_id,
        tag_specs.stacks_text,
        count(*) as spec_count,
        min(tag_specs.spec_hash) as first_hash,
        max(tag_specs.spec_hash) as last_hash
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    group by tag_specs.source, tag_specs.tag, tag_specs.package, specs.configuration_id, tag_specs.stacks_text
),

configurations as (
    select
        source,
        tag,
        package,
        configuration_id,
        cast(sum(spec_count) as bigint) as spec_count,
        case
            when bool_and(stacks_text = '') then cast([] as varchar[])
            else list_sort(list_distinct(string_split(string_agg(nullif(stacks_text, ''), ','), ',')))
        end as stacks,
        min(first_hash) as first_hash,
        max(last_hash) as last_hash
    from sets
    group by source, tag, package, configuration_id
    having sum(spec_count) >= 2
)

select
    configurations.source,
    configurations.tag,
    configurations.package,
    configurations.configuration_id,
    specs.version,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target,
    specs.variants_text,
    configurations.spec_count,
    len(configurations.stacks) as stack_count,
    array_to_string(configurations.stacks, ',') as stacks_text,
    configurations.first_hash,
    configurations.last_hash
from configurations
join data.specs as specs on specs.spec_hash = configurations.first_hash;
