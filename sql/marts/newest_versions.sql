-- newest_versions: the newest version of a package that each stack has for each target: the newest release, a development version (view versions) only where there is no release.
-- Grain:     source, tag, package, platform, target, stack
-- Reads:     data.tag_specs, data.memberships, data.specs, versions
-- Columns:   source           VARCHAR  name of the source
--            tag              VARCHAR  release line of the cache, e.g. develop
--            package          VARCHAR  package name
--            platform         VARCHAR  platform of its builds, e.g. linux
--            target           VARCHAR  microarchitecture, e.g. x86_64_v3
--            stack            VARCHAR  CI stack; NULL: the whole tag
--            version          VARCHAR  newest version there, in Spack's order; of versions that Spack holds equal, as 1.2-1 and 1.2.1, the text decides
--            newest_version   VARCHAR  newest version of the package under the tag, for any platform and target
--            versions_behind  BIGINT   versions of the package under the tag that are newer in this sense; 0: up to date
--            spec_count       BIGINT   builds of that newest version there
-- Question:  For which targets is a package behind?
-- Example:   select package, platform, target, version, newest_version from newest_versions
--            where tag = 'develop' and stack is null and versions_behind > 0 order by package, platform, target limit 10;
create or replace view newest_versions as
with

-- Counted before they are ranked: builds of a version for a target are many, and alike here.
of_tags as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.package as version_package,
        specs.version,
        specs.platform,
        specs.target,
        count(*) as spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    group by tag_specs.source, tag_specs.tag, tag_specs.package, specs.package, specs.version, specs.platform, specs.target
),

of_stacks as (
    select
        memberships.source,
        memberships.tag,
        memberships.stack,
        memberships.package,
        specs.package as version_package,
        specs.version,
        specs.platform,
        specs.target,
        count(*) as spec_count
    from data.memberships as memberships
    join data.specs as specs on specs.spec_hash = memberships.spec_hash
    group by
        memberships.source,
        memberships.tag,
        memberships.stack,
        memberships.package,
        specs.package,
        specs.version,
        specs.platform,
        specs.target
),

ranked as (
    select distinct
        of_tags.source,
        of_tags.tag,
        of_tags.package,
        versions.version,
        versions.release_order
    from of_tags
    join versions on versions.package = of_tags.version_package and versions.version = of_tags.version
),

numbered as (
    select
        source,
        tag,
        package,
        release_order,
        first_value(version) over newest_first as newest_version,
        row_number() over newest_first - 1 as versions_behind
    from ranked
    window newest_first as (partition by source, tag, package order by release_order desc)
),

builds as (
    select
        source,
        tag,
        package,
        version_package,
        version,
        platform,
        target,
        cast(null as varchar) as stack,
        spec_count
    from of_tags
    union all
    select
        source,
        tag,
        package,
        version_package,
        version,
        platform,
        target,
        stack,
        spec_count
    from of_stacks
),

newest as (
    select
        builds.source,
        builds.tag,
        builds.package,
        builds.platform,
        builds.target,
        builds.stack,
        max(versions.release_order) as release_order,
        arg_max(versions.version, versions.release_order) as version,
        arg_max(builds.spec_count, versions.release_order) as spec_count
    from builds
    join versions on versions.package = builds.version_package and versions.version = builds.version
    group by builds.source, builds.tag, builds.package, builds.platform, builds.target, builds.stack
)

select
    newest.source,
    newest.tag,
    newest.package,
    newest.platform,
    newest.target,
    newest.stack,
    newest.version,
    numbered.newest_version,
    numbered.versions_behind,
    newest.spec_count
from newest
join numbered
    on
        numbered.source = newest.source
        and numbered.tag = newest.tag
        and numbered.package = newest.package
        and numbered.release_order = newest.release_order;
