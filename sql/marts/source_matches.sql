-- source_matches: for each spec of a source, whether another source has it too: the same build, or one that looks the same.
-- Grain:     source, other_source, spec_hash
-- Reads:     data.tag_specs, data.specs
-- Columns:   source            VARCHAR  source that holds the spec
--            other_source      VARCHAR  source it is looked for in; each other one has rows
--            package           VARCHAR  package name
--            version           VARCHAR  version as published
--            spec_hash         VARCHAR  hash of the build
--            configuration_id  VARCHAR  equal for specs that look the same but for their hash
--            match             VARCHAR  hash (the other source has this very build), configuration (a build that looks the same), none
-- Question:  Which builds of our own mirror does the public cache lack?
-- Example:   select package, version, count(*) as builds from source_matches
--            where source = 'own' and other_source = 'public' and match = 'none' group by package, version order by builds desc;
create or replace view source_matches as
with

pairs as (
    select
        one.source,
        other.source as other_source
    from (select distinct source from data.tag_specs) as one
    join (select distinct source from data.tag_specs) as other on other.source <> one.source
),

held as (
    select distinct
        tag_specs.source,
        specs.package,
        specs.version,
        specs.spec_hash,
        specs.configuration_id
    from data.tag_specs as tag_specs
    semi join pairs on pairs.source = tag_specs.source  -- of a single source there is nothing to compare
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
),

configurations as (
    select distinct
        source,
        configuration_id
    from held
)

select
    held.source,
    pairs.other_source,
    held.package,
    held.version,
    held.spec_hash,
    held.configuration_id,
    case
        when same.spec_hash is not null then 'hash'
        when alike.configuration_id is not null then 'configuration'
        else 'none'
    end as match
from held
join pairs on pairs.source = held.source
left join held as same on same.source = pairs.other_source and same.spec_hash = held.spec_hash
left join configurations as alike on alike.source = pairs.other_source and alike.configuration_id = held.configuration_id;
