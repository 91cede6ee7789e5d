-- compare_tags: builds that one tag of a source holds now and another does not, and the nearest that the other has.
-- Grain:     source, tag, spec_hash
-- Reads:     data.tag_specs, data.specs
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

held as (
    select
        tag_specs.source,
        tag_specs.tag,
        sides.other_side,
        tag_specs.package,
        tag_specs.spec_hash,
        specs.version,
        specs.configuration_id
    from data.tag_specs as tag_specs
    join sides on sides.side = tag_specs.tag
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
),

-- Many builds look the same: what the other tag has is looked up once for all of them.
alike as (
    select distinct
        source,
        tag,
        other_side,
        package,
        version,
        configuration_id
    from held
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

-- Materialised, for DuckDB would else look up each build after all.
matches as materialized (
    select
        alike.source,
        alike.tag,
        alike.package,
        alike.version,
        alike.configuration_id,
        case
            when configurations.configuration_id is not null then 'configuration'
            when versions.version is not null then 'version'
            when packages.package is not null then 'package'
            else 'none'
        end as match
    from alike
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
    left join packages on packages.source = alike.source and packages.tag = alike.other_side and packages.package = alike.package
)

select
    held.source,
    held.tag,
    held.other_side as other_tag,
    held.package,
    held.version,
    held.spec_hash,
    matches.match
from held
join matches
    on
        matches.source = held.source
        and matches.tag = held.tag
        and matches.package = held.package
        and matches.version = held.version
        and matches.configuration_id = held.configuration_id
where not exists (
    select 1
    from held as others
    where others.source = held.source and others.tag = held.other_side and others.spec_hash = held.spec_hash
);
