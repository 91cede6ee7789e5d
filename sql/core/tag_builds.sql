-- tag_builds: a build under a tag with all that is known of it: the wide table, for whoever does not want to join. Where builds are only counted, tag_configurations answers in a fraction of the time.
-- Grain:     source, tag, spec_hash
-- Reads:     data.tag_specs, data.specs, data.targets, repeated_claims
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            package           VARCHAR  package name
--            spec_hash         VARCHAR  32-character hash of the build
--            version           VARCHAR  version as published
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system with its release, e.g. ubuntu22.04
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            target_family     VARCHAR  instruction set family, e.g. aarch64; NULL: target unknown to archspec
--            size_bytes        BIGINT   size of its binary; NULL: not said, as on all pages
--            configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            variants_text     VARCHAR  options in canonical form, one blank between; empty: none; NULL: not said
--            stack_count       BIGINT   named stacks it stands in; root is none; NULL: its document says nothing of stacks
--            stacks_text       VARCHAR  those stacks, in byte order, a comma between; empty: none; NULL: not said
--            is_root_only      BOOLEAN  it stands in root, the tag's whole index, and in no named stack; NULL: not said
-- Question:  Which builds of develop stand in the most stacks?
-- Example:   select package, version, target, spec_hash, stack_count from tag_builds
--            where tag = 'develop' and stack_count > 1 order by stack_count desc, package, spec_hash limit 10;
create or replace view tag_builds as
select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    tag_specs.spec_hash,
    specs.version,
    specs.compiler_name,
    specs.compiler_version,
    specs.platform,
    specs.os,
    specs.target,
    targets.family as target_family,
    specs.size_bytes,
    specs.configuration_id,
    specs.variants_text,
    tag_specs.stack_count,
    tag_specs.stacks_text,
    tag_specs.is_root_only
from data.tag_specs as tag_specs
join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
left join data.targets as targets on targets.target = specs.target
anti join repeated_claims as repeated
    on
        repeated.source = tag_specs.source
        and repeated.tag = tag_specs.tag
        and repeated.package = tag_specs.package
        and repeated.spec_hash = tag_specs.spec_hash;
