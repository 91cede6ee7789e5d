"""The questions of the views, asked of the pages themselves: DuckDB reads them and takes their JSON apart.

Where the pages can answer, a statement here asks them for what the view's example asks; where it gives less than the view
(no order of versions, no family of a target, a compiler as one text), that is to the pages' favour, and so is that it parses no
field which it does not need. A question without a statement of its own is set beside the least that any would take: to
read the pages that it is about and to count their builds. What a view tells of other nights is on no page at all: that, too, is
set beside reading the pages of this night once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from etl.load.definitions import Definition, definitions, macros

__all__ = ["ALL_PAGES", "Raw", "raw_question"]

_TYPES = {name: '"VARCHAR"' for name in ("hash", "compiler", "os", "platform", "target")}
_TYPES |= {name: '["VARCHAR"]' for name in ("versions", "variants", "stacks")}

# Lines 5 and 6 of a made-up page are `meta: {...}` and `spec_details: [...]`. A part that a question does not name is not read.
_PAGES = """
with
pages as (
    select split_part(filename, '/', -3) as tag, split_part(filename, '/', -2) as package, size,
           str_split(content, chr(10)) as lines
    from read_text([${files}])
),
specs as (
    select tag, package, unnest(from_json(substr(lines[6], 15), '[{${fields}}]'), recursive := true) from pages
),
metas as (
    select tag, package, size, substr(lines[5], 7) as meta from pages
)
"""
_CONFIGURATION = "package, versions, compiler, platform, os, target, variants"
_ALL = "hash versions compiler os platform target variants stacks"
_ARM = "target in ('aarch64', 'a64fx', 'm1', 'm2', 'neoverse_n1', 'neoverse_v1', 'neoverse_v2', 'armv8.2a', 'armv9.0a')"
_LEAST = ("hash", "select count(distinct hash) from specs")

# By view: the fields that the question needs, and the question.
_QUESTIONS = {
    "build_counts": (
        "hash os target compiler",
        "select target, os, compiler, count(*) as n from specs group by target, os, compiler order by n desc limit 10",
    ),
    "compiler_migration": (
        "hash compiler",
        "select tag, compiler, count(distinct hash), count(distinct package) from specs group by tag, compiler order by tag",
    ),
    "compilers": ("hash compiler", "select compiler, count(distinct hash) as n from specs group by compiler order by n desc limit 5"),
    "coverage_gaps": (
        "hash target stacks",
        f"""select package, count(*) filter (not {_ARM}) as n, array_to_string(list_sort(list_distinct(flatten(list(stacks)))), ',')
        from specs group by package having n > 0 and not bool_or({_ARM}) order by n desc, package limit 10""",
    ),
    "dated_tags": (
        _ALL,
        f"""select tag, count(distinct hash), count(distinct ({_CONFIGURATION})), count(distinct package),
        count(distinct (package, versions)), count(distinct compiler), count(distinct os), count(distinct target)
        from specs group by tag order by tag""",
    ),
    "documents": (
        "hash",
        "select tag, package, size, cast(json_extract(meta, '$.num_specs') as bigint) from metas order by size desc limit 5",
    ),
    "duplicate_configurations": (
        _ALL,
        f"""select package, versions, os, target, count(*) as n, list_sort(list_distinct(flatten(list(stacks)))) from specs
        group by {_CONFIGURATION} having n > 1 order by n desc, package limit 10""",
    ),
    "memberships": (
        "hash stacks",
        """select tag, unnest(stacks) from specs
        where hash = (select min(hash) from specs where stacks not in ([], ['root'])) order by tag""",
    ),
    "newest_versions": (
        "hash versions target",
        """select package, target, max(versions[1]) as newest, max(newest) over (partition by package) as newest_of_all
        from specs group by package, target qualify newest < newest_of_all order by package, target limit 10""",
    ),
    "os_migration": (
        "hash os",
        "select tag, os, count(distinct hash), count(distinct package) from specs group by tag, os order by tag, os",
    ),
    "package_contents": (
        "hash versions os target compiler",
        "select versions, os, target, compiler, count(*) from specs group by versions, os, target, compiler order by versions desc",
    ),
    "package_reach": (
        "hash stacks",
        """select package, count(distinct stack) as n, min(stack), count(distinct hash) from
        (select package, hash, unnest(stacks) as stack from specs) where stack <> 'root' group by package order by n, package limit 10""",
    ),
    "packages": ("hash", "select package, count(distinct hash) as n from specs group by package order by n desc, package limit 5"),
    "platform_split": (
        "hash platform stacks",
        """select stack, platform, count(distinct hash) from (select hash, platform, unnest(stacks) as stack from specs)
        group by stack, platform order by stack, platform""",
    ),
    "release_gaps": (
        "hash versions",
        """select releases.tag, packages.package, packages.n, packages.newest
        from (select distinct tag from specs where tag <> 'develop') as releases
        cross join (select package, count(*) as n, max(versions[1]) as newest from specs where tag = 'develop' group by package) as packages
        anti join specs on specs.tag = releases.tag and specs.package = packages.package
        order by releases.tag, packages.n desc, packages.package limit 20""",
    ),
    "specs": (_ALL, f"select count(distinct hash), count(distinct ({_CONFIGURATION})) from specs"),
    "spec_variants": (
        "hash variants",
        """select package, count(distinct hash) as n from specs where list_contains(variants, '+cuda')
        group by package order by n desc, package limit 5""",
    ),
    "stack_compilers": (
        "hash compiler stacks",
        """select stack, compiler, count(distinct hash) as n from (select hash, compiler, unnest(stacks) as stack from specs)
        group by stack, compiler order by stack, n desc""",
    ),
    "stack_contents": (
        _ALL,
        f"""select stack, count(distinct package), count(distinct hash) as n, count(distinct hash) filter (own),
        count(distinct ({_CONFIGURATION}))
        from (select *, unnest(stacks) as stack, len(list_filter(stacks, lambda x: x <> 'root')) = 1 as own from specs)
        where stack <> 'root' group by stack order by n desc, stack limit 5""",
    ),
    "stack_coverage": (
        "hash os target stacks",
        f"""select stack, os, {_ARM} as is_arm, count(distinct package) from (select *, unnest(stacks) as stack from specs)
        where stack <> 'root' group by stack, os, is_arm order by stack""",
    ),
    "tag_specs": (
        "hash stacks",
        "select package, count(*) as n from specs where stacks = ['root'] group by package order by n desc, package limit 5",
    ),
    "tags": ("hash", "select tag, count(distinct hash), count(distinct package) from specs group by tag order by tag"),
    "target_contents": (
        "hash versions os target",
        f"""select target, package, max(versions[1]), count(distinct versions), list_sort(list(distinct os)) from specs where {_ARM}
        group by target, package order by target, package limit 10""",
    ),
    "targets": ("hash target", "select distinct target from specs order by target"),
    "variant_usage": (
        "hash variants",
        """select package, count(*) filter (list_contains(variants, '+cuda')) as n, count(*) from specs
        group by package order by n desc, package limit 10""",
    ),
    "version_duplicates": (
        _ALL,
        f"""select package, versions, count(*) as n, count(distinct ({_CONFIGURATION})) as configurations from specs
        group by package, versions order by n - configurations desc, package limit 10""",
    ),
    "versions": (
        "hash versions",
        "select package, count(distinct versions) as n from specs group by package order by n desc, package limit 5",
    ),
}
# Where the example is about other pages than all, or all of develop.
_ABOUT = {
    "membership_history": ("*/${package}",),
    "tag_spec_history": ("*/${package}",),
    "compiler_migration": ("develop-*/*",),
    "dated_tags": ("develop-*/*",),
    "os_migration": ("develop-*/*",),
    "package_contents": ("develop/${package}",),
    "release_gaps": ("develop/*", "v*/*"),
    "nearest_builds": ("develop/${package}",),
    "usable_builds": ("develop/${package}",),
    "spec_diff": ("*/${package}",),
    "compare_tags": ("develop/*", "v0.18.0/*"),
}
# Of these, and of what is made of them, a night's pages tell nothing.
_OF_NIGHTS = {"changes", "gaps", "history_steps", "membership_history", "rejects", "snapshots", "specs_at_risk", "tag_spec_history"}
# They tell of the job, of the views themselves, or of what pages of this form never say.
_OFF_PAGES = {"all_dependents", "dependents", "runs", "spec_dependencies", "spec_flags", "spec_patches"}
_OFF_PAGES |= {"compatible_targets", "examples", "help", "help_columns", "source_matches", "source_overlap"}


@dataclass(frozen=True)
class Raw:
    """What a view's answer is set beside; `statement` has ${files} in place of the pages that `globs` name."""

    kind: str  # same (the question itself), least (only to read), history (to read what does not tell it)
    globs: tuple[str, ...]
    statement: str


def raw_question(one: Definition, package: str) -> Raw | None:
    """The question to the pages that belongs to a view's example; None: they have nothing to say of it.

    `package` is the one that examples about a single package ask for.
    """
    if one.name in _OFF_PAGES:
        return None
    fields, question = _QUESTIONS.get(one.name, _LEAST)
    kind = "history" if _is_of_nights(one.name) else "same" if one.name in _QUESTIONS else "least"
    globs = _ABOUT.get(one.name) or (("develop/*",) if "tag = 'develop'" in one.example else ("*/*",))
    return Raw(kind, tuple(glob.replace("${package}", package) for glob in globs), _statement(fields, question))


def _statement(fields: str, question: str) -> str:
    listed = ", ".join(f'"{field}": {_TYPES[field]}' for field in fields.split())
    return _PAGES.replace("${fields}", listed) + question


# To read all pages once, and to count their builds: what a question costs at least to whom their paths tell nothing.
ALL_PAGES = Raw("least", ("*/*",), _statement(*_LEAST))


def _is_of_nights(name: str) -> bool:
    return any(read in _OF_NIGHTS for read in _reads(name))


def _reads(name: str) -> Iterator[str]:
    """A view, and what it is made of."""
    yield name
    for one in (*definitions(), *macros()):
        if one.name == name:
            for read in one.reads:
                yield from _reads(read)
