-- packages_missing_from_a_stack: Which packages of develop does the stack e4s-neoverse-v2 lack, and how many builds do other stacks have of them?
select
    package,
    stack_count,
    spec_count
from package_reach
where
    tag = 'develop'
    and package not in (
        select coverage_matrix.package
        from coverage_matrix
        where coverage_matrix.tag = 'develop' and coverage_matrix.stack = 'e4s-neoverse-v2'
    )
order by spec_count desc, package
limit 20;
