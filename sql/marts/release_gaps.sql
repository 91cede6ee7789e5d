-- release_gaps: how each package of a release stands beside develop: missing in one of the two, older, newer or the same. Newest releases are compared, a development version (view versions) only where there is no release.
-- Grain:     source, tag, package
-- Reads:     data.tags, data.tag_configurations, versions, tag_completeness
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  the release, e.g. v1.1.0
--            package             VARCHAR  package name
--            release_version     VARCHAR  its newest version in the release; NULL: the release lacks it
--            develop_version     VARCHAR  its newest version in develop; NULL: develop lacks it
--            release_spec_count  BIGINT   its builds in the release
--            develop_spec_count  BIGINT   its builds in develop
--            state               VARCHAR  missing (the release lacks it), gone (develop lacks it), older (the release has an older version), newer, same; of versions that Spack holds equal, as 1.2-1 and 1.2.1, the text decides
--            is_partial          BOOLEAN  the release is known to be incomplete, so missing may mean that; NULL: not known
--            is_develop_partial  BOOLEAN  develop is known to be incomplete, so gone may mean that; NULL: not known
-- Question:  Which packages of develop are missing in a release?
-- Example:   select tag, package, develop_version, develop_spec_count from release_gaps
--            where state = 'missing' and is_partial is not true order by tag, develop_spec_count desc, package limit 20;
create or replace view release_gaps as
with

held as (
    select
        builds.source,
        builds.tag,
        names.kind,
        builds.package,
        cast(sum(builds.spec_count) as bigint) as spec_count,
        max(versions.release_order) as release_order,
        arg_max(versions.version, versions.release_order) as version
    from data.tag_configurations as builds
    join data.tags as names on names.tag = builds.tag
    left join versions on versions.package = builds.package and versions.version = builds.version
    where names.kind in ('release', 'develop')
    group by builds.source, builds.tag, names.kind, builds.package
),

-- Asked once for both of its uses.
flags as (
    select
        completeness.source,
        completeness.tag,
        names.kind,
        completeness.is_partial
    from tag_completeness as completeness
    join data.tags as names on names.tag = completeness.tag
    where names.kind in ('release', 'develop')
),

-- Only a source that holds both can compare them.
releases as (
    select distinct
        released.source,
        released.tag
    from held as released
    where
        released.kind = 'release'
        and exists (
            select 1
            from held as developed
            where developed.kind = 'develop' and developed.source = released.source
        )
),

packages as (
    select
        releases.source,
        releases.tag,
        held.package
    from releases
    join held on held.source = releases.source and held.tag = releases.tag
    union
    select
        releases.source,
        releases.tag,
        held.package
    from releases
    join held on held.source = releases.source and held.kind = 'develop'
)

select
    packages.source,
    packages.tag,
    packages.package,
    released.version as release_version,
    developed.version as develop_version,
    coalesce(released.spec_count, 0) as release_spec_count,
    coalesce(developed.spec_count, 0) as develop_spec_count,
    case
        when released.package is null then 'missing'
        when developed.package is null then 'gone'
        when released.release_order < developed.release_order then 'older'
        when released.release_order > developed.release_order then 'newer'
        else 'same'
    end as state,
    flags.is_partial,
    develop.is_partial as is_develop_partial
from packages
join flags on flags.source = packages.source and flags.tag = packages.tag
join flags as develop on develop.source = packages.source and develop.kind = 'develop'
left join held as released
    on
        released.source = packages.source
        and released.tag = packages.tag
        and released.package = packages.package
left join held as developed
    on
        developed.source = packages.source
        and developed.kind = 'develop'
        and developed.package = packages.package;
