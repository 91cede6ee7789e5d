-- package_sizes: how many bytes the binaries of a package take. Pages do not say sizes; the index of a build cache does.
-- Grain:     source, tag, package
-- Reads:     data.tag_specs, data.specs, page_configurations
-- Columns:   source              VARCHAR  name of the source
--            tag                 VARCHAR  release line of the cache, e.g. develop; tags share specs, so not to be added up over them
--            package             VARCHAR  package name
--            spec_count          BIGINT   distinct builds
--            sized_spec_count    BIGINT   of those, how many have a known size
--            size_bytes          BIGINT   sum of the known sizes; NULL: none is known
--            mean_size_bytes     DOUBLE   size_bytes by sized_spec_count; NULL: none is known
--            largest_size_bytes  BIGINT   largest known size of one build; NULL: none is known
-- Question:  Which packages take the most space?
-- Example:   select source, tag, package, size_bytes, sized_spec_count, spec_count from package_sizes
--            order by size_bytes desc nulls last, source, tag, package limit 10;
create or replace view package_sizes as
with

-- Those alone that have a size: where pages are read, which say none, there is nothing to look up.
sized as (
    select
        held.source,
        held.tag,
        held.package,
        count(*) as spec_count,
        sum(specs.size_bytes) as size_bytes,
        max(specs.size_bytes) as largest_size_bytes
    from data.tag_specs as held
    join data.specs as specs on specs.spec_hash = held.spec_hash
    where specs.size_bytes is not null
    group by held.source, held.tag, held.package
),

counted as (
    select
        source,
        tag,
        package,
        sum(spec_count) as spec_count
    from page_configurations
    group by source, tag, package
)

select
    counted.source,
    counted.tag,
    counted.package,
    cast(counted.spec_count as bigint) as spec_count,
    coalesce(sized.spec_count, 0) as sized_spec_count,
    cast(sized.size_bytes as bigint) as size_bytes,
    cast(sized.size_bytes as double) / nullif(cast(sized.spec_count as double), 0) as mean_size_bytes,
    sized.largest_size_bytes
from counted
left join sized on sized.source = counted.source and sized.tag = counted.tag and sized.package = counted.package;
