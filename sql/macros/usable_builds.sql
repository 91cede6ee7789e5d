-- usable_builds: builds of a package that `spack install` could take from the cache on a machine: of its operating system, and for its target or one that it is a successor of.
-- Grain:     source, tag, spec_hash
-- Reads:     compatible_targets, package_builds, versions
-- Arguments: wanted_package  VARCHAR  package name, e.g. hdf5
--            machine_target  VARCHAR  the machine's microarchitecture, e.g. zen4; see compatible_targets. NULL: not known, builds for every target
--            machine_os      VARCHAR  its operating system as Spack names it, e.g. ubuntu22.04. NULL: not known, builds for every one, and so of every platform. Where there are no rows, check the spelling of both against `targets` and `operating_systems`
-- Columns:   rank              BIGINT   1: what Spack prefers by its defaults; the newest version first (releases before pre-releases, both before develop, main and the like, see versions), then the nearest target, then by operating system and hash; each tag of a source counts from 1
--            source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache that holds it, e.g. develop; its page is not left over of a package that left the tag
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system of the build
--            target            VARCHAR  microarchitecture of the build
--            target_steps      BIGINT   0: the machine's own target; more: further down to its family; NULL: the machine's is not known
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            variants_text     VARCHAR  options in canonical form; empty: none; NULL: not said
--            stacks_text       VARCHAR  stacks it stands in, a comma between; empty: none; NULL: its page says nothing of stacks
--            spec_hash         VARCHAR  32-character hash of the build; one whose page gives no hash cannot be asked for, and is left out
-- Question:  What would spack install take from the cache on my machine?
-- Example:   select rank, version, target, compiler_name, compiler_version, spec_hash
--            from usable_builds((select min(package) from tag_specs), 'zen4', 'ubuntu22.04')
--            where tag = 'develop' order by rank limit 10;
create or replace macro usable_builds(wanted_package, machine_target, machine_os) as table
with

usable as (
    select
        builds.source,
        builds.tag,
        builds.package,
        builds.version,
        builds.platform,
        builds.os,
        builds.target,
        nearness.target_steps,
        builds.compiler_name,
        builds.compiler_version,
        builds.variants_text,
        builds.stacks_text,
        builds.spec_hash
    from package_builds(wanted_package) as builds
    left join compatible_targets(machine_target) as nearness on nearness.target = builds.target
    where
        builds.is_hashed
        and (nearness.target is not null or cast(machine_target as varchar) is null)
        and (builds.os = lower(trim(cast(machine_os as varchar))) or cast(machine_os as varchar) is null)
)

select
    row_number() over (
        partition by usable.source, usable.tag
        order by
            coalesce(versions.is_development, false),
            regexp_matches(usable.version, '(alpha|beta|rc)[0-9]*$'),
            versions.version_order desc nulls last,
            usable.target_steps nulls last,
            usable.os,
            usable.target,
            usable.spec_hash
    ) as rank,
    usable.source,
    usable.tag,
    usable.package,
    usable.version,
    usable.platform,
    usable.os,
    usable.target,
    usable.target_steps,
    usable.compiler_name,
    usable.compiler_version,
    usable.variants_text,
    usable.stacks_text,
    usable.spec_hash
from usable
left join versions
    on versions.package = cast(wanted_package as varchar) and versions.package = usable.package and versions.version = usable.version;
