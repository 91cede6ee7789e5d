-- variant_usage: how many builds of a package have an option at a value.
-- Grain:     source, tag, package, variant, value
-- Reads:     data.tag_configurations, data.configuration_variants
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop
--            package             VARCHAR  package name
--            variant             VARCHAR  name of the option, e.g. cuda, cuda_arch, mpi, build_system
--            value               VARCHAR  true or false for a boolean, else one value, without quotes
--            kind                VARCHAR  boolean (+name, ~name) or value (name=...); boolean where builds differ
--            spec_count          BIGINT   distinct builds with it; not to be added up over values, of which a build may have several
--            package_spec_count  BIGINT   distinct builds of the package under the tag
--            spec_share          DOUBLE   spec_count by package_spec_count, 0 to 1
-- Question:  How many builds have CUDA on, by package?
-- Example:   select package, spec_count, package_spec_count, spec_share from variant_usage
--            where tag = 'develop' and variant = 'cuda' and value = 'true' order by spec_count desc, package limit 10;
create or replace view variant_usage as
with

packages as (
    select
        source,
        tag,
        package,
        cast(sum(spec_count) as bigint) as spec_count
    from data.tag_configurations
    group by source, tag, package
),

builds as (
    select
        held.source,
        held.tag,
        held.package,
        said.variant,
        unnest(string_split(said.values_text, ',')) as value,
        said.kind,
        held.spec_count
    from data.tag_configurations as held
    join data.configuration_variants as said on said.configuration_id = held.configuration_id
),

options as (
    select
        source,
        tag,
        package,
        variant,
        value,
        min(kind) as kind,
        cast(sum(spec_count) as bigint) as spec_count
    from builds
    group by source, tag, package, variant, value
)

select
    options.source,
    options.tag,
    options.package,
    options.variant,
    options.value,
    options.kind,
    options.spec_count,
    packages.spec_count as package_spec_count,
    cast(options.spec_count as double) / nullif(cast(packages.spec_count as double), 0) as spec_share
from options
join packages on packages.source = options.source and packages.tag = options.tag and packages.package = options.package;
