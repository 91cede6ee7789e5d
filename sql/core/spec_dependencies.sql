-- spec_dependencies: a spec that another was built with or needs. Only build cache indices and spec files say it: empty for pages of layout E, F and G.
-- Grain:     spec_hash, dependency_hash, dependency_package, kind
-- Reads:     data.spec_dependencies
-- Columns:   spec_hash           VARCHAR  hash of the build
--            package             VARCHAR  its package
--            dependency_hash     VARCHAR  hash of the build it depends on; without a binary of its own it is no row of specs
--            dependency_package  VARCHAR  the package of that
--            dependency_version  VARCHAR  its version; NULL: the index does not hold it
--            kind                VARCHAR  build, link, run or test, a row for each; unknown: not said
-- Question:  What does each build of a package link against?
-- Example:   select spec_hash, dependency_package, dependency_version from spec_dependencies
--            where package = 'hdf5' and kind = 'link' order by spec_hash, dependency_package;
create or replace view spec_dependencies as
select
    spec_hash,
    package,
    dependency_hash,
    dependency_package,
    dependency_version,
    kind
from data.spec_dependencies;
