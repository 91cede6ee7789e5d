-- all_dependents: current builds that depend on a version of a package, themselves or through others.
-- Grain:     spec_hash
-- Reads:     data.spec_dependencies, data.specs, data.tag_specs
-- Arguments: of_package  VARCHAR  package that has to go, e.g. openssl
--            of_version  VARCHAR  its version as published; NULL: any
-- Columns:   spec_hash  VARCHAR  32-character hash of the build
--            package    VARCHAR  package name
--            version    VARCHAR  version as published
--            depth      BIGINT   1: it depends on it itself; else how many steps away it is at the least
-- Question:  What has to be built again when a version of openssl has to go?
-- Example:   select package, version, min(depth) as depth, count(*) as builds from all_dependents('openssl', null)
--            group by package, version order by depth, package, version;
create or replace macro all_dependents(of_package, of_version) as table
with recursive

edges as (
    select distinct
        dependencies.spec_hash,
        dependencies.dependency_hash,
        dependencies.dependency_package,
        dependencies.dependency_version
    from data.spec_dependencies as dependencies
),

reached as (
    select
        edges.spec_hash,
        cast(1 as bigint) as depth
    from edges
    where
        edges.dependency_package = cast(of_package as varchar)
        and (edges.dependency_version = cast(of_version as varchar) or cast(of_version as varchar) is null)
    union
    select
        edges.spec_hash,
        reached.depth + 1 as depth
    from reached
    join edges on edges.dependency_hash = reached.spec_hash
    where reached.depth < 100  -- hashes of dependencies go into a build's own, so no path runs in a circle; made-up ones might
),

nearest as (
    select
        reached.spec_hash,
        min(reached.depth) as depth
    from reached
    group by reached.spec_hash
)

select
    nearest.spec_hash,
    specs.package,
    specs.version,
    nearest.depth
from nearest
join data.specs as specs on specs.spec_hash = nearest.spec_hash
where nearest.spec_hash in (select tag_specs.spec_hash from data.tag_specs as tag_specs);
