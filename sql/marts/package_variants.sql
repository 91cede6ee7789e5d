-- package_variants: an option of a package, how its builds use it, and whether it ever takes another value.
-- Grain:     source, tag, package, variant
-- Reads:     data.tag_configurations, data.configurations, data.spec_variants
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
stands as (
    select
        configuration_id,
        min(first_spec_hash) over (partition by variants_text) as spec_hash
    from data.configurations
    where variants_text is not null
),

said as materialized (
    select
        variants.spec_hash,
        variants.variant,
        variants.value,
        variants.is_propagated
    from data.spec_variants as variants
    semi join stands on stands.spec_hash = variants.spec_hash
),

-- Few options have several values: those alone are put in order.
single_values as (
    select
        spec_hash,
        variant,
        min(value) as value,
        count(*) as value_count,
        bool_or(is_propagated) as is_propagated
    from said
    group by spec_hash, variant
),

several_values as (
    select
        said.spec_hash,
        said.variant,
        string_agg(said.value, ',' order by said.value) as value
    from said
    semi join single_values as named
        on named.spec_hash = said.spec_hash and named.variant = said.variant and named.value_count > 1
    group by said.spec_hash, said.variant
),

options as (
    select
        single_values.spec_hash,
        single_values.variant,
        coalesce(several_values.value, single_values.value)
        || case when single_values.is_propagated then ' (handed on)' else '' end as value
    from single_values
    left join several_values on several_values.spec_hash = single_values.spec_hash and several_values.variant = single_values.variant
),

builds as (
    select
        held.source,
        held.tag,
        held.package,
        stands.spec_hash,
        sum(held.spec_count) as spec_count,
        sum(sum(held.spec_count)) over (partition by held.source, held.tag, held.package) as package_spec_count
    from data.tag_configurations as held
    left join stands on stands.configuration_id = held.configuration_id
    group by held.source, held.tag, held.package, stands.spec_hash
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
    join options on options.spec_hash = builds.spec_hash
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
