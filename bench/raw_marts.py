"""What the marts tell of a night, asked of its pages: as bench/raw_questions.py, which has the other views and the macros."""

from bench.raw_questions import (
    ALL_STACKS,
    CLAIMS,
    COMPILER_NAME,
    COMPILER_VERSION,
    CONFIGURATION,
    FAMILY,
    IS_ARM,
    LOOKS,
    NEWEST,
    OF_PAGE,
    OPTIONS,
    VERSION_ORDER,
    Question,
)

__all__ = ["MARTS"]

MARTS = {
    "build_counts": Question(
        "hash os target compiler",
        f"""select target, os, {COMPILER_NAME} as compiler_name, {COMPILER_VERSION} as compiler_version, sum(builds) as spec_count
        from (select target, os, compiler, count(*) as builds from specs group by all) group by all
        order by spec_count desc, target, os, compiler_name, compiler_version limit 10""",
    ),
    "compiler_migration": Question(
        "hash compiler",
        f"""select cast(right(tag, 10) as date) as tag_date, {COMPILER_VERSION} as compiler_version,
        count(distinct package) / any_value(packages) as package_share
        from (select *, count(distinct package) over (partition by tag) as packages
            from (select distinct tag, package, compiler from specs))
        where {COMPILER_NAME} = 'gcc' group by tag, {COMPILER_VERSION} order by tag_date, compiler_version""",
        globs=("develop-*/*",),
    ),
    "coverage_gaps": Question(
        "hash target platform stacks",
        f"""select package, sum(builds) as spec_count, {ALL_STACKS} as stacks_text from (
            select package, {FAMILY} as family, stacks, count(*) as builds from specs where platform = 'linux' group by all)
        where family in ('x86_64', 'aarch64') group by package having not bool_or(family = 'aarch64')
        order by spec_count desc, package limit 10""",
    ),
    "coverage_matrix": Question(
        "hash versions os target stacks",
        f"""select package, os, target, sum(builds) as spec_count, {NEWEST} as newest_version
        from (select package, os, target, versions[1] as version, count(*) as builds from specs
            where list_contains(stacks, 'e4s') group by all)
        group by package, os, target order by package, os, target limit 20""",
    ),
    "dated_tags": Question(
        "hash versions",
        """select cast(right(tag, 10) as date) as tag_date, sum(builds) as spec_count, count(distinct package) as package_count,
        count(*) as version_count from (select tag, package, versions, count(*) as builds from specs group by all)
        group by tag order by tag_date""",
        globs=("develop-*/*",),
    ),
    "duplicate_configurations": Question(
        LOOKS,
        f"""select package, versions[1] as version, os, target, sum(builds) as spec_count, {ALL_STACKS} as stacks_text
        from (select {CONFIGURATION[1:-1]}, stacks, count(*) as builds from specs group by all)
        group by {CONFIGURATION[1:-1]} having spec_count > 1 order by spec_count desc, package limit 10""",
    ),
    "freshness": Question(  # whether it is complete no page says, but whether the pages agree with themselves
        OF_PAGE,
        f"""{CLAIMS} select count(distinct (tag, package)) filter (package is not null) as document_count,
        count(*) filter (published <> computed) as unequal_claim_count from claims""",
    ),
    "newest_versions": Question(
        "hash versions platform target",
        f"""select package, platform, target, {NEWEST} as version, any_value(newest_of_all) as newest_version
        from (select package, platform, target, version, first_value(version) over (
                partition by package order by {VERSION_ORDER} desc) as newest_of_all
            from (select distinct package, platform, target, versions[1] as version from specs))
        group by package, platform, target having {NEWEST} <> any_value(newest_of_all) order by package, platform, target limit 10""",
    ),
    "os_migration": Question(
        "hash os",
        """select cast(right(tag, 10) as date) as tag_date, os, builds / sum(builds) over (partition by tag) as spec_share
        from (select tag, os, count(*) as builds from specs group by tag, os) qualify starts_with(os, 'ubuntu') order by tag_date, os""",
        globs=("develop-*/*",),
    ),
    "package_contents": Question(
        "hash versions os target compiler",
        f"""select versions[1] as version, os, target, {COMPILER_NAME} as compiler_name, count(*) as spec_count
        from specs group by versions, os, target, compiler order by {VERSION_ORDER} desc, os, target, compiler_name""",
        globs=("develop/${package}",),
    ),
    "package_diversity": Question(
        "hash variants",
        f"""{OPTIONS} select package, combination_count, variant_count, constant_variant_count, spec_count
        from (select package, count(*) as combination_count, sum(builds) as spec_count from combinations group by package)
        left join (select package, count(*) as variant_count, count(*) filter (is_constant) as constant_variant_count from (
            select package, variant, count(distinct value) = 1 and sum(builds) = any_value(of_package) as is_constant
            from options group by package, variant) group by package) using (package)
        order by combination_count desc, package limit 10""",
    ),
    "package_reach": Question(
        "hash stacks",
        """select package, stack_count, case when stack_count = 1 then first_stack end as only_stack, spec_count, root_only_spec_count
        from (select package, len(names) as stack_count, names[1] as first_stack, spec_count, root_only_spec_count from (
            select package, list_filter(list_distinct(flatten(list(stacks))), lambda stack: stack <> 'root') as names,
                sum(builds) as spec_count, coalesce(sum(builds) filter (stacks = ['root']), 0) as root_only_spec_count
            from (select package, stacks, count(*) as builds from specs group by package, stacks) group by package))
        order by stack_count, package limit 10""",
    ),
    "package_sizes": Question(
        "hash size",
        """select tag, package, sum(cast(nullif(size, '-') as bigint)) as size_bytes, count(nullif(size, '-')) as sized_spec_count,
        count(*) as spec_count from specs group by tag, package order by size_bytes desc nulls last, tag, package limit 10""",
    ),
    "package_variants": Question(
        "hash variants",
        f"""{OPTIONS} select package, variant, any_value(value) as most_common_value, any_value(of_package) as package_spec_count
        from options group by package, variant
        having count(distinct value) = 1 and sum(builds) = package_spec_count and package_spec_count > 1
        order by package_spec_count desc, package, variant limit 10""",
    ),
    "page_consistency": Question(
        OF_PAGE,
        f"""{CLAIMS} select tag, count(distinct package) as document_count, count(*) as claim_count,
        count(*) filter (published = computed) / claim_count as equal_share from claims group by tag order by equal_share, tag""",
    ),
    "platform_split": Question(
        "hash platform stacks",
        """select stack, platform, case when starts_with(stack, 'ml-') then split_part(stack, '-', -1)
            when stack = 'e4s-oneapi' then 'oneapi' end as accelerator, sum(builds) as spec_count,
        spec_count / sum(sum(builds)) over (partition by stack) as spec_share
        from (select platform, unnest(list_append(list_filter(stacks, lambda stack: stack <> 'root'), null)) as stack, builds
            from (select platform, stacks, count(*) as builds from specs group by platform, stacks))
        group by stack, platform order by accelerator, stack nulls first, platform""",
    ),
    "release_gaps": Question(
        "hash versions",
        f""", builds as (
            select package, sum(builds) as develop_spec_count, {NEWEST} as develop_version
            from (select package, versions[1] as version, count(*) as builds from specs group by all) group by package
        ), held as (
            select split_part(file, '/', -3) as tag, split_part(file, '/', -2) as package from glob('${{cache}}/_cache/v*/*/specs.md')
        )
        select tag, package, develop_version, develop_spec_count from (select distinct tag from held) cross join builds
        anti join held using (tag, package) order by tag, develop_spec_count desc, package limit 20""",
        globs=("develop/*",),
    ),
    "stack_compilers": Question(
        "hash compiler stacks",
        f"""select stack, {COMPILER_NAME} as compiler_name, {COMPILER_VERSION} as compiler_version, sum(builds) as spec_count,
        spec_count / sum(sum(builds)) over (partition by stack) as spec_share
        from (select compiler, unnest(list_append(list_filter(stacks, lambda stack: stack <> 'root'), null)) as stack, builds
            from (select compiler, stacks, count(*) as builds from specs group by compiler, stacks))
        group by stack, compiler order by stack nulls first, spec_count desc, compiler_name, compiler_version""",
    ),
    "stack_contents": Question(
        "hash stacks",
        """select stack, count(distinct package) as package_count, sum(builds) as spec_count, sum(builds) filter (is_own) as own_spec_count
        from (select package, builds, len(names) = 1 as is_own, unnest(names) as stack
            from (select package, list_filter(stacks, lambda stack: stack <> 'root') as names, count(*) as builds from specs group by all))
        group by stack order by spec_count desc, stack limit 5""",
    ),
    "stack_coverage": Question(
        "hash os target stacks",
        f"""select stack, os, {FAMILY} as target_family, count(distinct package) as package_count,
        package_count / any_value(packages) as package_share
        from (select *, count(distinct package) over (partition by stack) as packages
            from (select distinct package, os, target, unnest(stacks) as stack
                from (select distinct package, os, target, stacks from specs)))
        where stack <> 'root' group by stack, os, target_family order by stack, package_share desc, os, target_family""",
    ),
    "stack_duplicates": Question(
        LOOKS,
        f""", sets as (
            select list_filter(stacks, lambda stack: stack <> 'root') as names, count(*) as builds,
                list_distinct(flatten(list(names) over (partition by {CONFIGURATION[1:-1]}))) as all_names
            from specs group by {CONFIGURATION[1:-1]}, stacks
        ), alike as (
            select names, all_names, sum(builds) as builds from sets group by names, all_names
        )
        select stack, other_stack, any_value(of_stack) as spec_count, sum(builds) as alike_spec_count,
        alike_spec_count / any_value(of_stack) as alike_share
        from (select stack, builds, unnest(list_filter(all_names, lambda name: not list_contains(names, name))) as other_stack
            from (select *, unnest(names) as stack from alike))
        join (select unnest(names) as stack, sum(builds) as of_stack from alike group by stack) using (stack)
        group by stack, other_stack order by alike_spec_count desc, stack, other_stack limit 10""",
    ),
    "stack_overlaps": Question(
        "hash stacks",
        """, sets as (
            select list_filter(stacks, lambda stack: stack <> 'root') as names, count(*) as builds from specs group by stacks
        ), totals as (
            select stack, sum(builds) as of_stack from (select unnest(names) as stack, builds from sets) group by stack
        )
        select stack, other_stack, sum(builds) as shared_spec_count,
        shared_spec_count / (any_value(ours.of_stack) + any_value(theirs.of_stack) - shared_spec_count) as jaccard_share
        from (select stack, unnest(names) as other_stack, builds from (select names, unnest(names) as stack, builds from sets))
        join totals as ours using (stack) join totals as theirs on theirs.stack = other_stack where stack < other_stack
        group by stack, other_stack order by jaccard_share desc, stack, other_stack limit 10""",
    ),
    "stack_sizes": Question(
        "hash size stacks",
        """select tag, stack, sum(bytes) as size_bytes, sum(bytes) filter (is_own) as own_size_bytes, sum(sized) as sized_spec_count,
        sum(builds) as spec_count from (select tag, len(names) = 1 as is_own, unnest(names) as stack, bytes, sized, builds from (
            select tag, list_filter(stacks, lambda stack: stack <> 'root') as names, sum(cast(nullif(size, '-') as bigint)) as bytes,
                count(nullif(size, '-')) as sized, count(*) as builds from specs group by tag, stacks))
        group by tag, stack order by size_bytes desc nulls last, tag, stack limit 10""",
    ),
    "target_contents": Question(
        "hash versions os platform target",
        f"""select platform, target, package, {NEWEST} as newest_version, count(distinct version) as version_count,
        array_to_string(list_sort(list(distinct os)), ',') as os_text
        from (select distinct platform, target, package, os, versions[1] as version from specs where {IS_ARM})
        group by platform, target, package order by platform, target, package limit 10""",
    ),
    "variant_usage": Question(
        "hash variants",
        """select package, count(*) filter (is_on) as spec_count, count(*) as package_spec_count,
        spec_count / package_spec_count as spec_share
        from (select package, list_contains(variants, '+cuda') as is_on from specs)
        group by package having spec_count > 0 order by spec_count desc, package limit 10""",
    ),
    "version_duplicates": Question(
        LOOKS,
        f"""select package, versions[1] as version, sum(builds) as spec_count, count(*) as configuration_count,
        (spec_count - configuration_count) / spec_count as duplicate_share
        from (select package, versions, count(*) as builds from specs group by {CONFIGURATION[1:-1]})
        group by package, versions order by spec_count - configuration_count desc, package, version limit 10""",
    ),
}
