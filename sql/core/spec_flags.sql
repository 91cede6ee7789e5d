-- spec_flags: the compiler flags that a spec was built with. Only indices and layouts A to D say them.
-- Grain:     spec_hash, flag
-- Reads:     data.spec_flags
-- Columns:   spec_hash  VARCHAR  hash of the build
--            package    VARCHAR  its package
--            flag       VARCHAR  cflags, cxxflags, cppflags, fflags, ldflags or ldlibs
--            value      VARCHAR  the flags, one blank between
-- Question:  Which builds were made with flags of their own?
-- Example:   select package, flag, value, count(*) as builds from spec_flags group by package, flag, value order by builds desc;
create or replace view spec_flags as
select
    spec_hash,
    package,
    flag,
    value
from data.spec_flags;
