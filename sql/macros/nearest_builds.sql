-- nearest_builds: builds of a package that the cache holds now, the nearest to a wanted one first, and what differs.
-- Grain:     source, tag, spec_hash
-- Reads:     compatible_targets, package_builds, versions
-- Arguments: wanted_package  VARCHAR  package name, e.g. hdf5
--            wanted_version  VARCHAR  version, or its beginning as in Spack's @1.14: 1.14.5 and 1.14rc1 are of 1.14, 1.140 is not. NULL: does not matter
--            wanted_target   VARCHAR  microarchitecture to run on, e.g. zen4; see compatible_targets. NULL: does not matter
--            wanted_os       VARCHAR  operating system, e.g. ubuntu22.04. NULL: does not matter, nor does the platform. Where no build is usable, check the spelling of target and system against `targets` and `operating_systems`
-- Columns:   rank              BIGINT   1: nearest; usable builds first, then by version_distance (of a version that the cache never had: by the length of the beginning that both share), difference_count, target, newer version (develop, main and the like last), hash; each tag of a source counts from 1
--            source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache that holds it, e.g. develop; its page is not left over of a package that left the tag
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            platform          VARCHAR  linux, darwin, windows
--            os                VARCHAR  operating system of the build
--            target            VARCHAR  microarchitecture of the build
--            compiler_name     VARCHAR  compiler's package; NULL: unknown
--            compiler_version  VARCHAR  its version
--            variants_text     VARCHAR  options in canonical form; empty: none; NULL: not said
--            spec_hash         VARCHAR  32-character hash of the build
--            differences_text  VARCHAR  what differs, in words, and whether its page gives no hash to ask for it by, a semicolon between; empty: nothing of what was asked for
--            difference_count  BIGINT   how many of version, target and operating system differ
--            version_distance  BIGINT   versions of the package, by Spack's order, from one to the other; 0: the wanted one; NULL: the cache never had it
--            is_usable         BOOLEAN  Spack can take it there: the wanted operating system, the wanted target or one that it is a successor of, and a hash to ask for it by
-- Question:  Why was no build of the cache reused, and which comes nearest?
-- Example:   select rank, version, target, os, differences_text, is_usable
--            from nearest_builds((select min(package) from tag_specs), '2', 'zen4', 'ubuntu22.04')
--            where tag = 'develop' order by rank limit 10;
create or replace macro nearest_builds(wanted_package, wanted_version, wanted_target, wanted_os) as table
with

-- Spack compares numbers and words, whatever stands between them: what begins so must not go on within one of them.
ordered as (
    select
        versions.version,
        versions.version_order,
        versions.is_development,
        starts_with(translate(versions.version, '-_', '..'), translate(cast(wanted_version as varchar), '-_', '..'))
        and not regexp_matches(
            right(cast(wanted_version as varchar), 1) || substr(versions.version, length(cast(wanted_version as varchar)) + 1, 1),
            '^([0-9]{2}|[A-Za-z]{2})$'
        ) as is_wanted
    from versions
    where versions.package = cast(wanted_package as varchar)
),

wanted as (
    select
        min(ordered.version_order) as first_order,
        max(ordered.version_order) as last_order
    from ordered
    where ordered.is_wanted
),

measured as (
    select
        ordered.version,
        ordered.version_order,
        ordered.is_development,
        case
            when cast(wanted_version as varchar) is null or ordered.is_wanted then 0
            when wanted.first_order is not null
                then greatest(wanted.first_order - ordered.version_order, ordered.version_order - wanted.last_order, 1)
        end as version_distance,
        case
            when wanted.first_order is null
                then len(list_filter(
                    range(1, length(cast(wanted_version as varchar)) + 1),
                    lambda characters: starts_with(ordered.version, left(cast(wanted_version as varchar), characters))
                ))
        end as shared_length
    from ordered
    cross join wanted
),

compared as (
    select
        builds.source,
        builds.tag,
        builds.package,
        builds.version,
        builds.platform,
        builds.os,
        builds.target,
        builds.compiler_name,
        builds.compiler_version,
        builds.variants_text,
        builds.is_hashed,
        builds.spec_hash,
        measured.version_order,
        coalesce(measured.is_development, false) as is_development,
        measured.version_distance,
        measured.shared_length,
        nearness.target_steps,
        measured.version_distance is distinct from 0 as differs_in_version,
        coalesce(builds.target <> lower(trim(cast(wanted_target as varchar))), false) as differs_in_target,
        coalesce(builds.os <> lower(trim(cast(wanted_os as varchar))), false) as differs_in_os,
        nearness.target is not null or cast(wanted_target as varchar) is null as is_for_target
    from package_builds(wanted_package) as builds
    left join measured on measured.version = builds.version
    left join compatible_targets(wanted_target) as nearness on nearness.target = builds.target
),

told as (
    select
        compared.source,
        compared.tag,
        compared.package,
        compared.version,
        compared.platform,
        compared.os,
        compared.target,
        compared.compiler_name,
        compared.compiler_version,
        compared.variants_text,
        compared.spec_hash,
        compared.version_order,
        compared.is_development,
        compared.version_distance,
        compared.shared_length,
        compared.target_steps,
        concat_ws(
            '; ',
            case when compared.differs_in_version then 'version ' || compared.version || ', not ' || cast(wanted_version as varchar) end,
            case
                when compared.differs_in_target and compared.is_for_target
                    then 'target ' || compared.target || ', which ' || lower(trim(cast(wanted_target as varchar))) || ' runs too'
                when compared.differs_in_target then 'target ' || compared.target || ', not ' || lower(trim(cast(wanted_target as varchar)))
            end,
            case when compared.differs_in_os then 'os ' || compared.os || ', not ' || lower(trim(cast(wanted_os as varchar))) end,
            case when not compared.is_hashed then 'no hash on its page' end
        ) as differences_text,
        cast(compared.differs_in_version as bigint)
        + cast(compared.differs_in_target as bigint)
        + cast(compared.differs_in_os as bigint) as difference_count,
        compared.is_for_target and not compared.differs_in_os and compared.is_hashed as is_usable
    from compared
)

select
    row_number() over (
        partition by told.source, told.tag
        order by
            told.is_usable desc,
            told.version_distance nulls last,
            told.shared_length desc nulls last,
            told.difference_count,
            told.target_steps nulls last,
            told.is_development,
            told.version_order desc nulls last,
            told.os,
            told.target,
            told.spec_hash
    ) as rank,
    told.source,
    told.tag,
    told.package,
    told.version,
    told.platform,
    told.os,
    told.target,
    told.compiler_name,
    told.compiler_version,
    told.variants_text,
    told.spec_hash,
    told.differences_text,
    told.difference_count,
    told.version_distance,
    told.is_usable
from told;
