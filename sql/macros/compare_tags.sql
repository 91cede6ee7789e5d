-- compare_tags: builds that one tag of a source holds now and another does not, and the nearest that the other has.
-- Grain:     source, tag, spec_hash
-- Reads:     data.tag_specs, data.specs, data.tag_configurations
-- Arguments: a  VARCHAR  the one tag, e.g. v1.1.0
--            b  VARCHAR  the other, e.g. develop. A tag that a source does not hold at all: every build of the one is a row
-- Columns:   source     VARCHAR  name of the source
--            tag        VARCHAR  tag that holds the build
--            other_tag  VARCHAR  tag that lacks it
--            package    VARCHAR  package name
--            version    VARCHAR  version as published
--            spec_hash  VARCHAR  32-character hash of the build
--            match      VARCHAR  nearest in the other tag: configuration (a build that looks the same), version (another build of the version), package (another version), none (it lacks the package)
-- Question:  Which packages of develop are missing in a release?
-- Example:   select package, count(*) as builds from compare_tags('develop', 'v1.1.0')
--            where tag = 'develop' and match = 'none' group by package order by builds desc, package limit 10;
create or replace macro compare_tags(a, b) as table
with

sides as (
    select
        cast(a as varchar) as side,
        cast(b as varchar) as other_side
    union
    select
        cast(b as varchar) as side,
        cast(a as varchar) as other_side
),

-- Many builds look the same: what the other tag has is looked up once for all of them.
alike as (
    select distinct
        builds.source,
        builds.tag,
        sides.other_side,
        builds.package,
        builds.version,
        builds.configuration_id
    from data.tag_configurations as builds
    join sides on sides.side = builds.tag
),

configurations as (
    select distinct
        source,
        tag,
        configuration_id
    from alike
),

versions as (
    select distinct
        source,
        tag,
        package,
        version
    from alike
),

packages as (
    select distinct
        source,
        tag,
        package
    from alike
),

-- Grouped, for DuckDB would else look up each build after all.
matches as (
    select
        alike.source,
        alike.tag,
        alike.configuration_id,
        case
            when bool_or(configurations.configuration_id is not null) then 'configuration'
            when bool_or(versions.version is not null) then 'version'
            else 'package'
        end as match
    from alike
    join packages on packages.source = alike.source and packages.tag = alike.other_side and packages.package = alike.package
    left join configurations
        on
            configurations.source = alike.source
            and configurations.tag = alike.other_side
            and configurations.configuration_id = alike.configuration_id
    left join versions
        on
            versions.source = alike.source
            and versions.tag = alike.other_side
            and versions.package = alike.package
            and versions.version = alike.version
    group by alike.source, alike.tag, alike.configuration_id
),

lacking_packages as (
    select
        packages.source,
        packages.tag,
        sides.other_side,
        packages.package
    from packages
    join sides on sides.side = packages.tag
    anti join packages as others
        on others.source = packages.source and others.tag = sides.other_side and others.package = packages.package
),

-- Materialised, for DuckDB would else join all builds of the tag before it leaves all but these away.
absent_builds as materialized (
    select
        held.source,
        held.tag,
        sides.other_side,
        held.package,
        held.spec_hash
    from data.tag_specs as held
    join sides on sides.side = held.tag
    semi join lacking_packages as absent on absent.source = held.source and absent.tag = held.tag and absent.package = held.package
),

-- One row for each hash, so that DuckDB need not look for versions where nobody asks for them.
absent_versions as (
    select
        specs.spec_hash,
        min(specs.version) as version
    from data.specs as specs
    semi join absent_builds on absent_builds.spec_hash = specs.spec_hash
    group by specs.spec_hash
)

-- Apart, so that who asks for packages that are lacking need not wait for what becomes of the builds of all others: DuckDB sees
-- that a condition on `match` leaves nothing of the other part. No build of a package that is lacking is there by its hash.
select
    held.source,
    held.tag,
    held.other_side as other_tag,
    held.package,
    absent_versions.version,
    held.spec_hash,
    'none' as match
from absent_builds as held
left join absent_versions on absent_versions.spec_hash = held.spec_hash
union all
select
    held.source,
    held.tag,
    sides.other_side as other_tag,
    held.package,
    specs.version,
    held.spec_hash,
    matches.match
from data.tag_specs as held
join sides on sides.side = held.tag
anti join lacking_packages as absent on absent.source = held.source and absent.tag = held.tag and absent.package = held.package
join data.specs as specs on specs.spec_hash = held.spec_hash
join matches on matches.source = held.source and matches.tag = held.tag and matches.configuration_id = specs.configuration_id
where
    matches.match <> 'none'
    and not exists (
        select 1
        from data.tag_specs as others
        where others.source = held.source and others.tag = sides.other_side and others.spec_hash = held.spec_hash
    );
