"""What views tell of a night, asked of its pages: for each view the fields of a build that the question needs, and the question.

Columns are named as those of the view are. Pages give less than it does in these ways: a compiler is what the page at hand says, while
a view knows what any page says of the same build; versions are ordered by their numbers alone; what a target or a stack is, is told by
names that the statement knows; and what once was, but is no more, does not count among versions, targets and operating systems.
"""

from dataclasses import dataclass

__all__ = ["COMPILER_NAME", "COMPILER_VERSION", "CONFIGURATION", "QUESTIONS", "VERSION_ORDER", "Question"]


@dataclass(frozen=True)
class Question:
    """A question to pages. It asks `specs`, the builds of the pages it is about, `metas`, what they claim, or `pages`."""

    fields: str  # of a build
    select: str
    globs: tuple[str, ...] = ()  # of pages; none: of the tag that the example asks for, or all
    nights: str = "now"  # now, first, two (the last two), ends (the first and the last), all
    is_of_changes: bool = False  # pages that stood still over these nights tell nothing of it
    files: str = ""  # a query for the list of pages to read, where a pattern would name too many


COMPILER_NAME = """case split_part(compiler, '@', 1) when 'none' then null when 'oneapi' then 'intel-oneapi-compilers'
    else split_part(compiler, '@', 1) end"""
COMPILER_VERSION = "nullif(ltrim(split_part(compiler, '@', 2), '='), '')"
CONFIGURATION = "(package, versions, compiler, platform, os, target, variants)"
VERSION_ORDER = "list_transform(regexp_extract_all(version, '[0-9]+'), lambda part: cast(part as ubigint))"
LOOKS = "hash versions compiler os platform target variants stacks"
IS_ARM = "target in ('aarch64', 'a64fx', 'm1', 'm2', 'neoverse_n1', 'neoverse_v1', 'neoverse_v2', 'armv8.2a', 'armv9.0a')"
FAMILY = f"case when {IS_ARM} then 'aarch64' when target in ('ppc64le', 'power8le', 'power9le') then 'ppc64le' else 'x86_64' end"
NEWEST = f"arg_max(version, {VERSION_ORDER})"
OPTION = "regexp_replace(ltrim(option, '+~'), ':?=.*$', '')"
VALUE = """case left(option, 1) when '+' then 'true' when '~' then 'false'
    else array_to_string(list_sort(str_split(trim(regexp_replace(option, '^[^=]*=', ''), ''''), ',')), ',') end"""
# What zen4 runs, the nearest first.
_ZEN4 = "['zen4', 'zen3', 'zen2', 'zen', 'x86_64_v4', 'x86_64_v3', 'x86_64_v2', 'x86_64']"
ALL_STACKS = "array_to_string(list_sort(list_filter(list_distinct(flatten(list(stacks))), lambda stack: stack <> 'root')), ',')"

# Each build with what any page says of it.
_KNOWN = f"""select package, versions[1] as version, {COMPILER_NAME} as compiler_name, {COMPILER_VERSION} as compiler_version, platform, os,
        target, replace(array_to_string(variants, ' '), ':=', '=') as options
    from (select hash, min(package) as package, min(versions) as versions, max(nullif(compiler, 'none')) as compiler, min(os) as os,
        min(target) as target, min(platform) as platform, max(variants) as variants from specs group by hash)"""
_CLAIMED = ("compilers", "oss", "platforms", "stacks", "targets", "versions")
_LISTS = ", ".join(
    f"{{claim: '{name}', published: list_sort(said.{name}), computed: list_sort(counted{'_stacks' if name == 'stacks' else ''}.{name})}}"
    for name in _CLAIMED
)
# Every claim of a page, and of all pages of a tag, beside what their builds add up to, as texts.
CLAIMS = f""",
looks as (
    select tag, package, compiler, os, platform, target, versions[1] as version, stacks, count(*) as builds, any_value(meta) as meta
    from (select tag, package, substr(lines[5], 7) as meta,
        unnest(from_json(substr(lines[6], 15), '[{{${{fields}}}}]'), recursive := true) from pages)
    group by tag, package, compiler, os, platform, target, version, stacks
),
stack_counts as (
    select tag, package, stack, sum(builds) as builds
    from (select tag, package, unnest(stacks) as stack, builds from looks) group by tag, package, stack
),
counted as (
    select tag, package, cast(sum(builds) as bigint) as num_specs, list(distinct compiler) as compilers, list(distinct os) as oss,
        list(distinct platform) as platforms, list(distinct target) as targets, list(distinct version) as versions,
        any_value(meta) as meta
    from looks group by tag, package
),
counted_stacks as (
    select tag, package, list(stack) as stacks, list(concat(stack, '=', builds) order by stack) as num_specs_by_stack
    from stack_counts group by tag, package
),
said as materialized (
    select tag, package, unnest(from_json(meta, '{{"num_specs": "BIGINT", "num_specs_by_stack": "MAP(VARCHAR, BIGINT)",
        {", ".join(f'"{name}": ["VARCHAR"]' for name in _CLAIMED)}}}')) from counted
),
said_stacks as (
    select tag, package, list(concat(pair.key, '=', pair.value) order by pair.key) as num_specs_by_stack
    from (select tag, package, unnest(map_entries(num_specs_by_stack)) as pair from said) group by tag, package
),
claims as (
    select tag, package, claim, array_to_string(published, ',') as published, array_to_string(computed, ',') as computed
    from (select said.tag, said.package, unnest([
        {{claim: 'num_specs', published: [cast(said.num_specs as varchar)], computed: [cast(counted.num_specs as varchar)]}},
        {{claim: 'num_specs_by_stack', published: said_stacks.num_specs_by_stack, computed: counted_stacks.num_specs_by_stack}},
        {_LISTS}
        ], recursive := true)
        from said left join counted using (tag, package) left join counted_stacks using (tag, package)
        left join said_stacks using (tag, package))
    union all
    select tag, null, 'num_specs', cast(sum(said.num_specs) as varchar), cast(sum(counted.num_specs) as varchar)
    from said left join counted using (tag, package) group by tag
)
"""
# By package: each option with its value, how many builds have it so, and how many builds there are.
OPTIONS = f""",
combinations as (select package, variants, count(*) as builds from specs group by package, variants),
options as (
    select package, {OPTION} as variant, {VALUE} as value, builds, of_package
    from (select package, option, sum(builds) as builds
        from (select package, unnest(variants) as option, builds from combinations) group by package, option)
    join (select package, sum(builds) as of_package from combinations group by package) using (package)
)
"""
OF_PAGE = "hash versions compiler os platform target stacks"

QUESTIONS = {
    "compare_tags": Question(
        "hash",
        """select package, count(*) as builds from specs
        where package not in (select split_part(file, '/', -2) from glob('${cache}/_cache/v0.18.0/*/specs.md'))
        group by package order by builds desc, package limit 10""",
        files="""select coalesce(list(file) filter (split_part(file, '/', -2) not in (
            select split_part(file, '/', -2) from glob('${cache}/_cache/v0.18.0/*/specs.md'))), [min(file)])
        from glob('${cache}/_cache/develop/*/specs.md')""",
        globs=("develop/*",),
    ),
    "compilers": Question(
        "hash compiler",
        f"""select {COMPILER_NAME} as compiler_name, {COMPILER_VERSION} as compiler_version, sum(builds) as spec_count
        from (select compiler, count(*) as builds
            from (select hash, max(nullif(compiler, 'none')) as compiler from specs group by hash) group by compiler)
        where compiler is not null group by all order by spec_count desc, compiler_name, compiler_version limit 5""",
    ),
    "configurations": Question(
        LOOKS,
        f"""select package, version, os, target, count(*) as spec_count from ({_KNOWN})
        group by package, version, compiler_name, compiler_version, platform, os, target, options
        order by spec_count desc, package limit 5""",
    ),
    "configuration_variants": Question(
        LOOKS,
        f"""select regexp_extract(options, '(?:^| )build_type=([^ ]*)', 1) as values_text, count(*) as configurations,
            count(distinct package) as packages
        from (select distinct * from ({_KNOWN})) where values_text <> '' group by values_text order by configurations desc, values_text""",
        nights="all",  # what is gone has options too
    ),
    "documents": Question(
        "hash",  # a page's own claim tells how many builds it has
        """select tag, package, cast(json_extract(meta, '$.num_specs') as bigint) as spec_count, size as size_bytes
        from metas order by size_bytes desc, tag, package limit 5""",
        files="""select list(filename) from (select filename from read_text(['${cache}/_cache/*/*/specs.md'])
            order by size desc, split_part(filename, '/', -3), split_part(filename, '/', -2) limit 5)""",
    ),
    "memberships": Question(
        "hash stacks",  # no build is on more pages than there are tags
        """select tag, stack from (select tag, unnest(stacks) as stack from (
            select tag, stacks from (select tag, hash, stacks from specs where stacks not in ([], ['root']) order by hash limit 1000)
            qualify hash = min(hash) over ()))
        where stack <> 'root' order by tag, stack""",
    ),
    "nearest_builds": Question(  # told apart by the wanted beginning of the version alone, not by how many others are between
        "hash versions os target",
        f"""select row_number() over (order by is_usable desc, is_wanted desc, starts_with(version, '2') desc,
            cast(target <> 'zen4' as int) + cast(os <> 'ubuntu22.04' as int), list_position({_ZEN4}, target) nulls last,
            {VERSION_ORDER} desc, os, target, hash) as rank, version, target, os,
        concat_ws('; ', case when not is_wanted then 'version ' || version || ', not 2' end,
            case when list_contains({_ZEN4}, target) then 'target ' || target || ', which zen4 runs too'
                else 'target ' || target || ', not zen4' end,
            case when os <> 'ubuntu22.04' then 'os ' || os || ', not ubuntu22.04' end) as differences_text, is_usable
        from (select *, versions[1] as version, list_contains({_ZEN4}, target) and os = 'ubuntu22.04' as is_usable,
            versions[1] = '2' or starts_with(versions[1], '2.') as is_wanted from specs)
        order by rank limit 10""",
        globs=("develop/${package}",),
    ),
    "operating_systems": Question(
        "hash",
        """select os, replace(os, 'ubuntu', '') as release from (select distinct unnest(from_json(meta, '{"oss": ["VARCHAR"]}').oss) as os
        from metas) where starts_with(os, 'ubuntu') order by release""",
    ),
    "package_builds": Question(
        "hash versions os target",
        "select tag, versions[1] as version, os, target, hash as spec_hash from specs order by tag, spec_hash limit 10",
        globs=("*/${package}",),
    ),
    "packages": Question(  # in Spack's order a development version is newer than any number
        "hash versions",
        f"""select package, sum(builds) as spec_count, arg_max(version,
            list_prepend(cast(version in ('develop', 'main', 'master') as ubigint), {VERSION_ORDER})) as newest_version
        from (select package, versions[1] as version, count(distinct hash) as builds from specs group by all)
        group by package order by spec_count desc, package limit 5""",
    ),
    "published_counts": Question(
        "hash",
        """select claim.key as stack, sum(claim.value) as specs from (select unnest(map_entries(from_json(meta,
            '{"num_specs_by_stack": "MAP(VARCHAR, BIGINT)"}').num_specs_by_stack)) as claim from metas) group by stack order by stack""",
    ),
    "reconciliation": Question(
        OF_PAGE,
        f"{CLAIMS} select tag, package, claim, published, computed from claims where published <> computed",
    ),
    "page_configurations": Question(
        "hash versions",
        """select tag, package, versions[1] as version, count(*) as spec_count from specs
        where hash in (select hash from specs group by hash having count(distinct package) > 1)
        group by tag, package, version order by tag, package, version""",
    ),
    "repeated_claims": Question(
        "hash",
        """select tag, package, hash as spec_hash from specs
        qualify row_number() over (partition by tag, hash order by package) > 1 order by tag, package, spec_hash""",
    ),
    "spec_conflicts": Question(
        LOOKS,
        """select field, count(*) as specs from (select unnest([case when package[1] <> package[2] then 'package' end,
            case when version[1] <> version[2] then 'version' end, case when platform[1] <> platform[2] then 'platform' end,
            case when os[1] <> os[2] then 'os' end, case when target[1] <> target[2] then 'target' end,
            case when replace(replace(compilers[1], '=', ''), 'intel-oneapi-compilers', 'oneapi')
                <> replace(replace(compilers[2], '=', ''), 'intel-oneapi-compilers', 'oneapi') then 'compiler' end,
            case when replace(array_to_string(options[1], ' '), ':=', '=') <> replace(array_to_string(options[2], ' '), ':=', '=')
                then 'variants' end]) as field
        from (select [min(package), max(package)] as package, [min(versions), max(versions)] as version,
            [min(platform), max(platform)] as platform, [min(os), max(os)] as os, [min(target), max(target)] as target,
            [min(nullif(compiler, 'none')), max(nullif(compiler, 'none'))] as compilers, [min(variants), max(variants)] as options
            from specs group by hash))
        where field is not null group by field order by field""",
    ),
    "spec_diff": Question(
        "hash versions compiler os platform target variants",
        f""", builds as (
            select hash, max(versions[1]) as version, max({COMPILER_NAME} || '@' || {COMPILER_VERSION}) as compiler, max(os) as os,
                max(platform) as platform, max(target) as target, max(variants) as variants
            from specs where hash in ((select min(hash) from specs), (select max(hash) from specs)) group by hash
        ), said as (
            select hash, unnest([{{field: 'compiler', value: compiler}}, {{field: 'os', value: os}}, {{field: 'platform', value: platform}},
                {{field: 'spec_hash', value: hash}}, {{field: 'target', value: target}}, {{field: 'version', value: version}}],
                recursive := true) from builds
            union all
            select hash, 'variant ' || {OPTION}, {VALUE} from (select hash, unnest(variants) as option from builds)
        )
        select field, max(value) filter (hash = first_hash) as value_a, max(value) filter (hash <> first_hash) as value_b,
        case when starts_with(field, 'variant ') then false else value_a = value_b end as is_equal
        from said cross join (select min(hash) as first_hash from builds) group by field
        having value_a is distinct from value_b or value_a is null order by field""",
        globs=("*/${package}",),
    ),
    "stack_builds": Question(
        "hash os platform target compiler stacks",
        f"""select package, os, {FAMILY} as target_family, count(*) as spec_count from specs where list_contains(stacks, 'e4s')
        group by package, platform, os, target_family, {COMPILER_NAME}, {COMPILER_VERSION}
        order by package, os, target_family, {COMPILER_NAME}, {COMPILER_VERSION} limit 20""",
    ),
    "stacks": Question(
        "hash",
        """select stack, split_part(stack, '-', 1) as family
        from (select distinct unnest(from_json(meta, '{"stacks": ["VARCHAR"]}').stacks) as stack from metas)
        where ends_with(stack, '-cuda') order by stack""",
    ),
    "tag_builds": Question(
        "hash versions target stacks",
        """select package, versions[1] as version, target, hash as spec_hash,
        len(list_filter(stacks, lambda stack: stack <> 'root')) as stack_count
        from specs where stack_count > 1 order by stack_count desc, package, spec_hash limit 10""",
    ),
    "tag_configurations": Question(
        "hash os", "select os, count(*) as builds, count(distinct package) as packages from specs group by os order by builds desc, os"
    ),
    "tag_completeness": Question(  # pages say nothing of their tag as a whole, but together
        "hash",
        """select tag, sum(json_array_length(substr(lines[6], 15))) as spec_count from pages group by tag
        having sum(cast(json_extract(substr(lines[5], 7), '$.num_specs') as bigint)) > spec_count order by tag""",
    ),
    "tag_specs": Question(
        "hash stacks",
        "select package, count(*) as builds from specs where stacks = ['root'] group by package order by builds desc, package limit 5",
    ),
    "tags": Question(
        "hash stacks",
        """select tag, sum(builds) as spec_count,
        len(list_filter(list_distinct(flatten(list(stacks))), lambda stack: stack <> 'root')) as stack_count
        from (select tag, stacks, count(*) as builds from specs group by tag, stacks) group by tag order by tag""",
    ),
    "targets": Question(
        "hash",
        f"""select {FAMILY} as family, target
        from (select distinct unnest(from_json(meta, '{{"targets": ["VARCHAR"]}}').targets) as target from metas)
        order by family, target""",
    ),
    "usable_builds": Question(
        "hash versions os target compiler",
        f"""select row_number() over (order by {VERSION_ORDER} desc, list_position({_ZEN4}, target), os, target, hash) as rank, version,
        target, {COMPILER_NAME} as compiler_name, {COMPILER_VERSION} as compiler_version, hash as spec_hash
        from (select *, versions[1] as version from specs where os = 'ubuntu22.04' and list_contains({_ZEN4}, target))
        order by rank limit 10""",
        globs=("develop/${package}",),
    ),
    "versions": Question(
        "hash",
        """select package, count(*) as versions, count(*) filter (version in ('develop', 'main', 'master')) as development_versions
        from (select distinct package, unnest(from_json(meta, '{"versions": ["VARCHAR"]}').versions) as version from metas)
        group by package order by versions desc, package limit 5""",
    ),
}
