-- coverage_gaps: packages that have builds for one target family of a tag and none for another, on one platform.
-- Grain:     source, tag, platform, package, has_family, lacks_family
-- Reads:     data.tag_configurations
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

held as (
    select
        source,
        tag,
        platform,
        package,
        target_family as family,
        cast(sum(spec_count) as bigint) as spec_count,
        list(stacks_text) filter (where stacks_text is not null) as stacks
    from data.tag_configurations
    where target_family is not null
    group by source, tag, platform, package, target_family
),

families as (
    select distinct
        source,
        tag,
        platform,
        family
    from held
)

-- The stacks of many builds are taken apart for the gaps alone, which few packages have.
select
    held.source,
    held.tag,
    held.platform,
    held.package,
    held.family as has_family,
    families.family as lacks_family,
    held.spec_count,
    array_to_string(
        list_sort(list_filter(
            list_distinct(string_split(array_to_string(list_distinct(held.stacks), ','), ',')),
            lambda stack: stack <> ''
        )),
        ','
    ) as stacks_text
from held
join families on families.source = held.source and families.tag = held.tag and families.platform = held.platform
left join held as others
    on
        others.source = held.source
        and others.tag = held.tag
        and others.platform = held.platform
        and others.package = held.package
        and others.family = families.family
where others.package is null;
