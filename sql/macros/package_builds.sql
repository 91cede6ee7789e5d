-- package_builds: builds of one package that stand under tags now, with all that is known of them; but for those whose page was left over when the package left its tag.
-- Grain:     source, tag, spec_hash
-- Reads:     data.tag_specs, data.specs, data.spec_conflicts, data.leftovers
-- Arguments: wanted_package  VARCHAR  package name, e.g. hdf5
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache that holds it, e.g. develop
--            package           VARCHAR  package name
--            spec_hash         VARCHAR  32-character hash of the build
--            is_hashed         BOOLEAN  its page gives that hash; false: made from its text, so that Spack does not know it
--            version           VARCHAR  version as published
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system, e.g. ubuntu22.04
--            target            VARCHAR  microarchitecture, e.g. x86_64_v3
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            variants_text     VARCHAR  options in canonical form; empty: none; NULL: not said
--            stacks_text       VARCHAR  stacks it stands in, a comma between; empty: none; NULL: its page says nothing of stacks
-- Question:  Which builds of a package are there?
-- Example:   select tag, version, os, target, spec_hash from package_builds((select min(package) from tag_specs))
--            order by source, tag, spec_hash limit 10;
create or replace macro package_builds(wanted_package) as table
with

-- By package, so that its rows alone are read. Only forged pages claim the hash of another package, and each such hash is among
-- the conflicts.
specs as (
    select
        own.spec_hash,
        own.is_hashed,
        own.version,
        own.platform,
        own.os,
        own.target,
        own.compiler_name,
        own.compiler_version,
        own.variants_text
    from data.specs as own
    where own.package = cast(wanted_package as varchar)
    union all
    select
        claimed.spec_hash,
        claimed.is_hashed,
        claimed.version,
        claimed.platform,
        claimed.os,
        claimed.target,
        claimed.compiler_name,
        claimed.compiler_version,
        claimed.variants_text
    from data.specs as claimed
    where
        claimed.package <> cast(wanted_package as varchar)
        and claimed.spec_hash in (select conflicts.spec_hash from data.spec_conflicts as conflicts where conflicts.field = 'package')
)

select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    tag_specs.spec_hash,
    specs.is_hashed,
    specs.version,
    specs.platform,
    specs.os,
    specs.target,
    specs.compiler_name,
    specs.compiler_version,
    specs.variants_text,
    tag_specs.stacks_text
from data.tag_specs as tag_specs
join specs on specs.spec_hash = tag_specs.spec_hash
anti join data.leftovers as leftovers
    on leftovers.source = tag_specs.source and leftovers.tag = tag_specs.tag and leftovers.package = tag_specs.package
where tag_specs.package = cast(wanted_package as varchar);
