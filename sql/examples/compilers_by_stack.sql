-- compilers_by_stack: Which compilers build each stack of develop? (NULL: the page names none.)
select members.source, members.stack, specs.compiler_name, specs.compiler_version, count(*) as spec_count
from memberships as members
inner join specs on members.spec_hash = specs.spec_hash
where members.tag = 'develop'
group by members.source, members.stack, specs.compiler_name, specs.compiler_version
order by members.source, members.stack, spec_count desc, specs.compiler_name, specs.compiler_version;
