-- coverage_gaps: packages that have builds for one target family of a tag and none for another, on one platform.
-- Grain:     source, tag, platform, package, has_family, lacks_family
-- Reads:     data.tag_specs, data.specs, data.targets
-- Columns:   source        VARCHAR  name of the source
--            tag           VARCHAR  release line of the cache, e.g. develop
--            platform      VARCHAR  platform of the builds, e.g. linux: those of another are no help
--            package       VARCHAR  package name
--            has_family    VARCHAR  target family that it has builds for on the platform, e.g. x86_64
--            lacks_family  VARCHAR  target family that others of the tag have builds for on the platform and it has not, e.g. aarch64
--            spec_count    BIGINT   its builds for has_family on the platform
--            stacks_text   VARCHAR  stacks those builds stand in, a comma between; empty: none; NULL: their pages say nothing of stacks
-- Question:  Which packages have x86_64 builds but none for aarch64?
-- Example:   select package, spec_count, stacks_text from coverage_gaps
--            where tag = 'develop' and platform = 'linux' and has_family = 'x86_64' and lacks_family = 'aarch64'
--            order by spec_count desc, package limit 10;
create or replace view coverage_gaps as
with

-- Many builds stand in the same stacks: these are taken apart once.
alike as (
    select
        tag_specs.source,
        tag_specs.tag,
        specs.platform,
        tag_specs.package,
        targets.family,
        tag_specs.stacks_text,
        count(*) as spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    join data.targets as targets on targets.target = specs.target
    where targets.family is not null
    group by tag_specs.source, tag_specs.tag, specs.platform, tag_specs.package, targets.family, tag_specs.stacks_text
),

families as (
    select distinct
        source,
        tag,
        platform,
        family
    from alike
),

gaps as (
    select
        alike.source,
        alike.tag,
        alike.platform,
        alike.package,
        alike.family,
        families.family as lacks_family,
        cast(sum(alike.spec_count) as bigint) as spec_count,
        case
            when count(alike.stacks_text) > 0 then array_to_string(
                list_sort(list_distinct(list_filter(
                    flatten(list(string_split(alike.stacks_text, ','))),
                    lambda stack: stack <> ''
                ))),
                ','
            )
        end as stacks_text
    from alike
    join families on families.source = alike.source and families.tag = alike.tag and families.platform = alike.platform
    where not exists (
        select 1
        from alike as others
        where
            others.source = alike.source
            and others.tag = alike.tag
            and others.platform = alike.platform
            and others.package = alike.package
            and others.family = families.family
    )
    group by alike.source, alike.tag, alike.platform, alike.package, alike.family, families.family
)

select
    source,
    tag,
    platform,
    package,
    family as has_family,
    lacks_family,
    spec_count,
    stacks_text
from gaps;
