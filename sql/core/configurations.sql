-- configurations: what a person can see of a build but for its hash, and how many builds share it.
-- Grain:     configuration_id
-- Reads:     data.configurations
-- Columns:   configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            target_family     VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            variants_text     VARCHAR  options in canonical form, one blank between; empty: none; NULL: not said
--            first_spec_hash   VARCHAR  of its builds the first in byte order: one that stands for all
--            last_spec_hash    VARCHAR  of its builds the last in byte order
--            spec_count        BIGINT   its builds that stand under some tag of some source now, each counted once
--            known_spec_count  BIGINT   its builds that stand or once stood somewhere
-- Question:  Which configurations were built the most often?
-- Example:   select package, version, os, target, spec_count from configurations
--            order by spec_count desc, package, configuration_id limit 5;
create or replace view configurations as
select
    configuration_id,
    package,
    version,
    compiler_name,
    compiler_version,
    platform,
    os,
    target,
    target_family,
    variants_text,
    first_spec_hash,
    last_spec_hash,
    spec_count,
    known_spec_count
from data.configurations;
