-- tag_configurations: how many builds of a tag have a configuration and stand in just these stacks: the table for charts that count. It is counted at each publish, and has a row for some twenty builds of develop.
-- Grain:     source, tag, package, configuration_id, stacks_text, is_root_only
-- Reads:     data.tag_configurations
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            target_family     VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            stack_count       BIGINT   named stacks they stand in; root is none; NULL: their document says nothing of stacks
--            stacks_text       VARCHAR  those stacks, in byte order, a comma between; empty: none; NULL: not said
--            is_root_only      BOOLEAN  they stand in root, the tag's whole index, and in no named stack; NULL: not said
--            is_first_set      BOOLEAN  true in one row of each configuration of a tag: who counts these counts configurations
--            spec_count        BIGINT   builds of which all this is true; their sum over a tag is the tag's number of builds
-- Question:  How many builds of develop are there for each operating system?
-- Example:   select os, sum(spec_count) as builds, count(distinct package) as packages from tag_configurations
--            where tag = 'develop' group by os order by builds desc, os;
create or replace view tag_configurations as
select
    source,
    tag,
    package,
    version,
    compiler_name,
    compiler_version,
    platform,
    os,
    target,
    target_family,
    configuration_id,
    stack_count,
    stacks_text,
    is_root_only,
    is_first_set,
    spec_count
from data.tag_configurations;
