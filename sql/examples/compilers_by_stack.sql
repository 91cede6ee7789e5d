-- compilers_by_stack: Which compilers build each stack of develop? (NULL: the page names none.)
select source, stack, compiler_name, compiler_version, spec_count, round(100.0 * spec_share, 1) as spec_percent
from stack_compilers
where tag = 'develop' and stack is not null
order by source, stack, spec_count desc, compiler_name, compiler_version;
