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

configurations as (
    select distinct
        held.source,
        held.tag,
        held.configuration_id
    from held
),

versions as (
    select distinct
        held.source,
        held.tag,
        held.package,
        held.version
    from held
),

packages as (
    select distinct
        held.source,
        held.tag,
        held.package
    from held
)

select
    held.source,
    held.tag,
    held.other_side as other_tag,
    held.package,
    held.version,
    held.spec_hash,
    case
        when configurations.configuration_id is not null then 'configuration'
        when versions.version is not null then 'version'
        when packages.package is not null then 'package'
        else 'none'
    end as match
from held
left join configurations
    on
        configurations.source = held.source
        and configurations.tag = held.other_side
        and configurations.configuration_id = held.configuration_id
left join versions
    on
        versions.source = held.source
        and versions.tag = held.other_side
        and versions.package = held.package
        and versions.version = held.version
left join packages on packages.source = held.source and packages.tag = held.other_side and packages.package = held.package
where not exists (
    select 1
    from held as others
    where others.source = held.source and others.tag = held.other_side and others.spec_hash = held.spec_hash
);
