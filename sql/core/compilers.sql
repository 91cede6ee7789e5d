-- compilers: a compiler that some spec is or once was built with.
-- Grain:     compiler_name, compiler_version
-- Reads:     data.specs, data.tag_specs
-- Columns:   compiler_name     VARCHAR  compiler's package, e.g. gcc, intel-oneapi-compilers
--            compiler_version  VARCHAR  its version; NULL: not said
--            spec_count        BIGINT   distinct specs built with it that some source holds now; 0: none any more
-- Question:  Which compilers build the most?
-- Example:   select compiler_name, compiler_version, spec_count from compilers order by spec_count desc, compiler_name, compiler_version limit 5;
create or replace view compilers as
select
    specs.compiler_name,
    specs.compiler_version,
    count(*) filter (where specs.spec_hash in (select tag_specs.spec_hash from data.tag_specs as tag_specs)) as spec_count
from data.specs as specs
where specs.compiler_name is not null
group by specs.compiler_name, specs.compiler_version;
