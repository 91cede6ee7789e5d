-- newest_versions: the newest version of a package that each stack has for each target: the newest release, a development version (view versions) only where there is no release.
-- Grain:     source, tag, package, platform, target, stack
-- Reads:     data.tag_configurations, versions
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
sets as (
    select
        builds.source,
        builds.tag,
        builds.stacks_text,
        builds.package,
        versions.version,
        versions.release_order,
        builds.platform,
        builds.target,
        sum(builds.spec_count) as spec_count
    from data.tag_configurations as builds
    join versions on versions.package = builds.package and versions.version = builds.version
    group by
        builds.source,
        builds.tag,
        builds.stacks_text,
        builds.package,
        versions.version,
        versions.release_order,
        builds.platform,
        builds.target
),

ranked as (
    select distinct
        source,
        tag,
        package,
        version,
        release_order
    from sets
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

places as (
    select
        source,
        tag,
        package,
        version,
        release_order,
        platform,
        target,
        cast(null as varchar) as stack,
        spec_count
    from sets
    union all
    select
        source,
        tag,
        package,
        version,
        release_order,
        platform,
        target,
        unnest(string_split(stacks_text, ',')) as stack,
        spec_count
    from sets
    where stacks_text <> ''
),

builds as (
    select
        source,
        tag,
        package,
        version,
        release_order,
        platform,
        target,
        stack,
        cast(sum(spec_count) as bigint) as spec_count
    from places
    group by source, tag, package, version, release_order, platform, target, stack
),

newest as (
    select
        source,
        tag,
        package,
        platform,
        target,
        stack,
        max(release_order) as release_order,
        arg_max(version, release_order) as version,
        arg_max(spec_count, release_order) as spec_count
    from builds
    group by source, tag, package, platform, target, stack
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
