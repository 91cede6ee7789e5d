-- newest_versions: the newest version of a package that each stack has for each target.
-- Grain:     source, tag, package, target, stack
-- Reads:     data.tag_specs, data.memberships, data.specs, data.versions
-- Columns:   source           VARCHAR  name of the source
--            tag              VARCHAR  release line of the cache, e.g. develop
--            package          VARCHAR  package name
--            target           VARCHAR  microarchitecture, e.g. x86_64_v3
--            stack            VARCHAR  CI stack; NULL: the whole tag
--            version          VARCHAR  newest version there, in Spack's order
--            newest_version   VARCHAR  newest version of the package under the tag, for any target
--            versions_behind  BIGINT   versions of the package under the tag that are newer; 0: up to date
--            spec_count       BIGINT   builds of that newest version there
-- Question:  For which targets is a package behind?
-- Example:   select package, target, version, newest_version from newest_versions
--            where tag = 'develop' and stack is null and versions_behind > 0 order by package, target limit 10;
create or replace view newest_versions as
with

builds as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.target,
        cast(null as varchar) as stack,
        versions.version,
        versions.version_order
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    join data.versions as versions on versions.package = specs.package and versions.version = specs.version
    union all
    select
        memberships.source,
        memberships.tag,
        memberships.package,
        specs.target,
        memberships.stack,
        versions.version,
        versions.version_order
    from data.memberships as memberships
    join data.specs as specs on specs.spec_hash = memberships.spec_hash
    join data.versions as versions on versions.package = specs.package and versions.version = specs.version
),

ranked as (
    select distinct
        source,
        tag,
        package,
        version,
        version_order
    from builds
    where stack is null
),

numbered as (
    select
        source,
        tag,
        package,
        version_order,
        first_value(version) over newest_first as newest_version,
        row_number() over newest_first - 1 as versions_behind
    from ranked
    window newest_first as (partition by source, tag, package order by version_order desc)
),

newest as (
    select
        source,
        tag,
        package,
        target,
        stack,
        max(version_order) as version_order
    from builds
    group by source, tag, package, target, stack
)

select
    newest.source,
    newest.tag,
    newest.package,
    newest.target,
    newest.stack,
    min(builds.version) as version,
    min(numbered.newest_version) as newest_version,
    min(numbered.versions_behind) as versions_behind,
    count(*) as spec_count
from newest
join builds
    on
        builds.source = newest.source
        and builds.tag = newest.tag
        and builds.package = newest.package
        and builds.target = newest.target
        and builds.stack is not distinct from newest.stack
        and builds.version_order = newest.version_order
join numbered
    on
        numbered.source = newest.source
        and numbered.tag = newest.tag
        and numbered.package = newest.package
        and numbered.version_order = newest.version_order
group by newest.source, newest.tag, newest.package, newest.target, newest.stack;
