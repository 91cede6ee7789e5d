-- versions: a version that a package has or once had, in Spack's order.
-- Grain:     package, version
-- Reads:     data.versions
-- Columns:   package        VARCHAR  package name
--            version        VARCHAR  version as published
--            version_order  BIGINT   1 is the oldest of the package in Spack's version order
--            is_newest      BOOLEAN  no version that the package ever had is newer
-- Question:  Which packages have the most versions?
-- Example:   select package, max(version_order) as versions from versions
--            group by package order by versions desc, package limit 5;
create or replace view versions as
select
    package,
    version,
    version_order,
    is_newest
from data.versions;
