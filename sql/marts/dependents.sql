-- dependents: how many current builds of each package depend directly on a version of another.
-- Grain:     dependency_package, dependency_version, package, version
-- Reads:     data.spec_dependencies, data.specs, data.tag_specs
-- Columns:   dependency_package  VARCHAR  package depended on
--            dependency_version  VARCHAR  its version; NULL: the index does not hold it
--            package             VARCHAR  package whose builds depend on it
--            version             VARCHAR  version of those
--            spec_count          BIGINT   builds that depend on it, by whatever kind
--            link_spec_count     BIGINT   of those, how many link or run with it: they hold its code or need it to run
--            tags_text           VARCHAR  tags that hold any of the builds, in byte order, a comma between
-- Question:  Which builds depend on a version of openssl that has to go?
-- Example:   select package, version, link_spec_count, tags_text from dependents
--            where dependency_package = 'openssl' and dependency_version like '3.%' order by link_spec_count desc, package, version;
create or replace view dependents as
with

edges as (
    select
        spec_hash,
        dependency_package,
        dependency_version,
        bool_or(kind in ('link', 'run')) as is_linked
    from data.spec_dependencies
    group by spec_hash, dependency_package, dependency_version
)

select
    edges.dependency_package,
    edges.dependency_version,
    specs.package,
    specs.version,
    count(distinct edges.spec_hash) as spec_count,
    count(distinct edges.spec_hash) filter (where edges.is_linked) as link_spec_count,
    string_agg(distinct tag_specs.tag, ',' order by tag_specs.tag) as tags_text
from edges
join data.specs as specs on specs.spec_hash = edges.spec_hash
join data.tag_specs as tag_specs on tag_specs.spec_hash = edges.spec_hash
group by edges.dependency_package, edges.dependency_version, specs.package, specs.version;
