-- package_variants: an option of a package, how its builds use it, and whether it ever takes another value.
-- Grain:     source, tag, package, variant
-- Reads:     data.tag_specs, data.specs, data.spec_variants
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            package             VARCHAR  package name
--            variant             VARCHAR  name of the option
--            value_count         BIGINT   distinct values that builds give it; several values of one build are one: 70,80 is other than 70. Handed on to dependencies (++cuda) it is other than kept (+cuda); true is the same in +cuda and cuda=true
--            spec_count          BIGINT   distinct builds that have the option
--            package_spec_count  BIGINT   distinct builds of the package under the tag
--            most_common_value   VARCHAR  value of the most builds, several of one build in byte order with a comma between; (handed on) follows where it goes on to dependencies; of equals the smallest
--            most_common_share   DOUBLE   builds with this value by spec_count, 0 to 1
--            is_constant         BOOLEAN  every build of the package has the option with one and the same value: it tells no build from another
-- Question:  Which options of a package tell no build from another?
-- Example:   select package, variant, most_common_value, package_spec_count from package_variants
--            where tag = 'develop' and is_constant and package_spec_count > 1 order by package_spec_count desc, package, variant limit 10;
create or replace view package_variants as
with

-- Specs of one text have the same options: one of them stands for all.
texts as (
    select
        variants_text,
        min(spec_hash) as spec_hash
    from data.specs
    where variants_text is not null
    group by variants_text
),

options as (
    select
        texts.variants_text,
        variants.variant,
        string_agg(variants.value, ',' order by variants.value)
        || case when bool_or(variants.is_propagated) then ' (handed on)' else '' end as value
    from texts
    join data.spec_variants as variants on variants.spec_hash = texts.spec_hash
    group by texts.variants_text, variants.variant
),

builds as (
    select
        tag_specs.source,
        tag_specs.tag,
        tag_specs.package,
        specs.variants_text,
        count(*) as spec_count,
        sum(count(*)) over (partition by tag_specs.source, tag_specs.tag, tag_specs.package) as package_spec_count
    from data.tag_specs as tag_specs
    join data.specs as specs on specs.spec_hash = tag_specs.spec_hash
    group by tag_specs.source, tag_specs.tag, tag_specs.package, specs.variants_text
),

counted as (
    select
        builds.source,
        builds.tag,
        builds.package,
        options.variant,
        options.value,
        sum(builds.spec_count) as spec_count,
        max(builds.package_spec_count) as package_spec_count
    from builds
    join options on options.variants_text = builds.variants_text
    group by builds.source, builds.tag, builds.package, options.variant, options.value
)

select
    source,
    tag,
    package,
    variant,
    count(*) as value_count,
    cast(sum(spec_count) as bigint) as spec_count,
    cast(max(package_spec_count) as bigint) as package_spec_count,
    arg_min(value, row(-spec_count, value)) as most_common_value,
    cast(max(spec_count) as double) / nullif(cast(sum(spec_count) as double), 0) as most_common_share,
    count(*) = 1 and sum(spec_count) = max(package_spec_count) as is_constant
from counted
group by source, tag, package, variant;
