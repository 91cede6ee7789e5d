-- compilers: a compiler that some spec is or once was built with.
-- Grain:     compiler_name, compiler_version
-- Reads:     data.configurations
-- Columns:   compiler_name     VARCHAR  compiler's package, e.g. gcc, intel-oneapi-compilers
--            compiler_version  VARCHAR  its version; NULL: not said
--            spec_count        BIGINT   distinct specs built with it that some source holds now; 0: none any more
-- Question:  Which compilers build the most?
-- Example:   select compiler_name, compiler_version, spec_count from compilers order by spec_count desc, compiler_name, compiler_version limit 5;
create or replace view compilers as
select
    compiler_name,
    compiler_version,
    cast(sum(spec_count) as bigint) as spec_count
from data.configurations
where compiler_name is not null
group by compiler_name, compiler_version;
