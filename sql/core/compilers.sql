-- compilers: a compiler that some spec was built with.
-- Grain:     compiler_name, compiler_version
-- Reads:     data.specs
-- Columns:   compiler_name     VARCHAR  compiler's package, e.g. gcc, intel-oneapi-compilers
--            compiler_version  VARCHAR  its version; NULL: not said
--            spec_count        BIGINT   distinct specs built with it
-- Question:  Which compilers build the most?
-- Example:   select compiler_name, compiler_version, spec_count from compilers order by spec_count desc limit 5;
create or replace view compilers as
select
    compiler_name,
    compiler_version,
    count(*) as spec_count
from data.specs
where compiler_name is not null
group by compiler_name, compiler_version;
