-- stack_compilers: how much of a stack is built with which compiler; of how much that is unknown.
-- Grain:     source, tag, stack, compiler_name, compiler_version
-- Reads:     stack_builds
-- Columns:   source            VARCHAR  name of the source
--            tag               VARCHAR  release line of the cache, e.g. develop
--            stack             VARCHAR  CI stack; NULL: the whole tag, also what stands in no stack
--            compiler_name     VARCHAR  compiler's package; NULL: unknown, the page says none
--            compiler_version  VARCHAR  its version
--            spec_count        BIGINT   distinct builds; not to be added up over stacks, which share specs
--            spec_share        DOUBLE   spec_count by all builds of the stack, 0 to 1; they add up to 1 within a stack
--            package_count     BIGINT   distinct packages among them; several compilers may have a package
-- Question:  Which compilers does each stack use, and of which share is the compiler unknown?
-- Example:   select stack, compiler_name, compiler_version, spec_count, spec_share from stack_compilers
--            where tag = 'develop' order by stack nulls first, spec_count desc, compiler_name, compiler_version;
create or replace view stack_compilers as
select
    source,
    tag,
    stack,
    compiler_name,
    compiler_version,
    cast(sum(spec_count) as bigint) as spec_count,
    sum(spec_count) / cast(sum(sum(spec_count)) over (partition by source, tag, stack) as double) as spec_share,
    count(distinct package) as package_count
from stack_builds
group by source, tag, stack, compiler_name, compiler_version;
