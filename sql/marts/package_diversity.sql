-- package_diversity: in how many ways a package is built: configurations, combinations of options, options that never change.
-- Grain:     source, tag, package
-- Reads:     package_variants, data.tag_configurations, data.configurations
-- Columns:   source                   VARCHAR  name of the source
--            tag                      VARCHAR  release line of the cache, e.g. develop
--            package                  VARCHAR  package name
--            spec_count               BIGINT   distinct builds
--            configuration_count      BIGINT   distinct configurations: builds that look alike count once
--            combination_count        BIGINT   distinct combinations of options, that is of variants_text, in which ++cuda, +cuda and cuda=true are three; NULL: no build says its options
--            variant_count            BIGINT   options that any of its builds has; NULL: no build says its options
--            constant_variant_count   BIGINT   of those, how many every build has with one and the same value, as package_variants has values
-- Question:  Which packages are built with the most combinations of options?
-- Example:   select package, combination_count, variant_count, constant_variant_count, spec_count from package_diversity
--            where tag = 'develop' order by combination_count desc, package limit 10;
create or replace view package_diversity as
with

builds as (
    select
        held.source,
        held.tag,
        held.package,
        cast(sum(held.spec_count) as bigint) as spec_count,
        count(*) filter (where held.is_first_set) as configuration_count,
        nullif(count(distinct known.variants_text), 0) as combination_count
    from data.tag_configurations as held
    join data.configurations as known on known.configuration_id = held.configuration_id
    group by held.source, held.tag, held.package
),

options as (
    select
        source,
        tag,
        package,
        count(*) as variant_count,
        count(*) filter (where is_constant) as constant_variant_count
    from package_variants
    group by source, tag, package
)

select
    builds.source,
    builds.tag,
    builds.package,
    builds.spec_count,
    builds.configuration_count,
    builds.combination_count,
    case when builds.combination_count is not null then coalesce(options.variant_count, 0) end as variant_count,
    case when builds.combination_count is not null then coalesce(options.constant_variant_count, 0) end as constant_variant_count
from builds
left join options on options.source = builds.source and options.tag = builds.tag and options.package = builds.package;
