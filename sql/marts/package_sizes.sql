-- package_sizes: how many bytes the binaries of a package take. Pages do not say sizes; the index of a build cache does.
-- Grain:     source, tag, package
-- Reads:     data.tag_specs, data.specs
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

-- Those alone: where pages are read, which say no sizes, there is nothing to look up.
sized as (
    select
        spec_hash,
        size_bytes
    from data.specs
    where size_bytes is not null
)

select
    tag_specs.source,
    tag_specs.tag,
    tag_specs.package,
    count(*) as spec_count,
    count(sized.size_bytes) as sized_spec_count,
    cast(sum(sized.size_bytes) as bigint) as size_bytes,
    cast(sum(sized.size_bytes) as double) / nullif(cast(count(sized.size_bytes) as double), 0) as mean_size_bytes,
    max(sized.size_bytes) as largest_size_bytes
from data.tag_specs as tag_specs
left join sized on sized.spec_hash = tag_specs.spec_hash
group by tag_specs.source, tag_specs.tag, tag_specs.package;
