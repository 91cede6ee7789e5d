"""Answers about the embedded sample, beside those of a plain reading of its pages: a dictionary here, no view, no table.

What the views tell of nights is worked out row by row in tests/sql; these are the questions that one night can answer.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest

from etl.config import RunOptions
from etl.pipeline import SAMPLE_FOLDER, run
from etl.query import ask
from etl.run_report import RunReport

FAMILY = {"aarch64": "aarch64", "neoverse_v2": "aarch64", "ppc64le": "ppc64le", "x86_64": "x86_64", "x86_64_v3": "x86_64"}


class Build(NamedTuple):
    """A spec of develop, as its page has it."""

    package: str
    hash: str
    version: str
    compiler: tuple[str, str] | tuple[None, None]
    platform: str
    os: str
    target: str
    stacks: frozenset[str]  # without root
    in_root: bool
    options: frozenset[tuple[str, str]]

    @property
    def configuration(self) -> tuple[object, ...]:
        """All that a page tells of a build, but for its hash and its stacks."""
        return (self.package, self.version, self.compiler, self.platform, self.os, self.target, self.options)


def options(written: Iterable[str]) -> Iterable[tuple[str, str]]:
    """`+cuda` is cuda = true; several values of an option are an option each."""
    for one in written:
        if one[0] in "+~":
            yield one[1:], {"+": "true", "~": "false"}[one[0]]
        else:
            name, _, values = one.replace(":=", "=").partition("=")
            yield from ((name, value) for value in values.strip("'").split(","))


def specs(tag: str) -> Iterable[tuple[str, dict]]:
    """Packages, and the specs on their pages under one tag, or several by a pattern."""
    for path in sorted(SAMPLE_FOLDER.glob(f"_cache/{tag}/*/specs.md")):
        for line in path.read_text().splitlines():
            if line.startswith("spec_details: "):
                yield from ((path.parent.name, spec) for spec in json.loads(line.removeprefix("spec_details: ")))


# A page may leave out the compiler of a build that another page names: the same hash is the same build.
COMPILERS = {spec["hash"]: spec["compiler"] for _, spec in specs("*") if spec["compiler"] != "none"}


def builds(tag: str) -> Iterable[Build]:
    """Every spec on the pages of a tag, or of several by a pattern."""
    for package, spec in specs(tag):
        name, _, version = COMPILERS.get(spec["hash"], "none").replace("@=", "@").partition("@")
        name = {"oneapi": "intel-oneapi-compilers"}.get(name, name)
        yield Build(
            package=package,
            hash=spec["hash"],
            version=spec["versions"][0],
            compiler=(name, version) if name != "none" else (None, None),
            platform=spec["platform"],
            os=spec["os"],
            target=spec["target"],
            stacks=frozenset(spec["stacks"]) - {"root"},
            in_root="root" in spec["stacks"],
            options=frozenset(options(spec["variants"])),
        )


DEVELOP = list(builds("develop"))
STACKS = sorted({stack for build in DEVELOP for stack in build.stacks})
IN_STACK = {stack: [build for build in DEVELOP if stack in build.stacks] for stack in STACKS}
PLACES: dict[str | None, list[Build]] = {None: DEVELOP, **IN_STACK}  # None: the whole tag


def groups(key: Callable[[Build], tuple[object, ...]], some: Iterable[Build] = DEVELOP) -> dict[tuple[object, ...], list[Build]]:
    """Builds by a key."""
    found: dict[tuple[object, ...], list[Build]] = defaultdict(list)
    for build in some:
        found[key(build)].append(build)
    return found


def distinct(some: Iterable[Build], key: Callable[[Build], object]) -> int:
    """How many different ones there are."""
    return len({key(build) for build in some})


def packages(some: Iterable[Build]) -> int:
    """How many packages there are among them."""
    return distinct(some, lambda build: build.package)


def configurations(some: Iterable[Build]) -> int:
    """How many there are if those that look alike count once."""
    return distinct(some, lambda build: build.configuration)


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Callable[[str, str], set[tuple[object, ...]]]:
    """`told(view, columns)`: what a view says of develop; shares in thousandths, so that no digit too many is compared."""
    warehouse = tmp_path_factory.mktemp("answers") / "w"
    run(RunOptions(warehouse, ()), RunReport(), lambda *_: None)

    def rows(view: str, columns: str) -> set[tuple[object, ...]]:
        found = ask(warehouse, f"select {columns} from {view} where tag = 'develop'").rows
        assert len(found) == len(set(found)) > 0  # a row that is there twice is a fault that no set would show
        return {tuple(round(1000 * value) if isinstance(value, float) else value for value in row) for row in found}

    return rows


def share(part: int, whole: int) -> int:
    """In thousandths, as above."""
    return round(1000 * (part / whole))


def test_what_is_there_of_each_package(told):
    """Versions, compilers, platforms, systems, targets; builds, and configurations among them."""
    expected = {
        (*key[:2], *key[2], *key[3:], len(some), configurations(some))
        for key, some in groups(lambda b: (b.package, b.version, b.compiler, b.platform, b.os, b.target)).items()
    }

    assert expected == told(
        "package_contents",
        "package, version, compiler_name, compiler_version, platform, os, target, spec_count, configuration_count",
    )


def test_what_is_there_for_each_target(told):
    """Packages, and in how many versions, on which systems."""
    expected = {
        (*key, FAMILY[str(key[1])], distinct(some, lambda b: b.version), len(some), ",".join(sorted({b.os for b in some})))
        for key, some in groups(lambda b: (b.platform, b.target, b.package)).items()
    }

    assert expected == told("target_contents", "platform, target, package, target_family, version_count, spec_count, os_text")


def test_how_much_is_there_by_target_system_and_compiler(told):
    """Over all packages."""
    expected = {
        (*key[:3], *key[3], len(some), packages(some), configurations(some))
        for key, some in groups(lambda b: (b.platform, b.target, b.os, b.compiler)).items()
    }

    assert expected == told(
        "build_counts", "platform, target, os, compiler_name, compiler_version, spec_count, package_count, configuration_count"
    )


def test_what_is_there_for_one_family_and_not_for_another(told):
    """Of the families that anything in the tag is built for on the same platform."""
    families = {platform: {FAMILY[b.target] for b in some} for (platform,), some in groups(lambda b: (b.platform,)).items()}
    expected = {
        (platform, package, FAMILY[has], lacks, sum(FAMILY[b.target] == FAMILY[has] for b in some))
        for (platform, package), some in groups(lambda b: (b.platform, b.package)).items()
        for has in {b.target for b in some}
        for lacks in families[str(platform)] - {FAMILY[b.target] for b in some}
    }

    assert expected == told("coverage_gaps", "platform, package, has_family, lacks_family, spec_count")


def test_what_each_stack_holds(told):
    """What of it is in no other stack, and how many configurations it is."""
    expected = {
        (stack, packages(some), len(some), sum(b.stacks == {stack} for b in some), configurations(some)) for stack, some in IN_STACK.items()
    }

    assert expected == told("stack_contents", "stack, package_count, spec_count, own_spec_count, configuration_count")


def test_where_each_stack_has_each_package(told):
    """A cell for each system and target; and the shares of systems and families."""
    matrix = {
        (stack, *key, FAMILY[str(key[2])], len(cell))
        for stack, some in PLACES.items()
        for key, cell in groups(lambda b: (b.package, b.os, b.target), some).items()
    }
    shares = {
        (stack, *key, packages(cell), share(packages(cell), packages(some)), len(cell))
        for stack, some in PLACES.items()
        for key, cell in groups(lambda b: (b.os, FAMILY[b.target]), some).items()
    }

    assert matrix == told("coverage_matrix", "stack, package, os, target, target_family, spec_count")
    assert shares == told("stack_coverage", "stack, os, target_family, package_count, package_share, spec_count")


def test_which_compilers_and_platforms_each_stack_uses(told):
    """A compiler that a page does not name is one of them."""
    compilers = {
        (stack, *key[0], len(cell), share(len(cell), len(some)), packages(cell))
        for stack, some in PLACES.items()
        for key, cell in groups(lambda b: (b.compiler,), some).items()
    }
    platforms = {
        (stack, *key, len(cell), packages(cell), share(len(cell), len(some)))
        for stack, some in PLACES.items()
        for key, cell in groups(lambda b: (b.platform,), some).items()
    }

    assert compilers == told("stack_compilers", "stack, compiler_name, compiler_version, spec_count, spec_share, package_count")
    assert platforms == told("platform_split", "stack, platform, spec_count, package_count, spec_share")


def test_how_far_each_package_reaches(told):
    """In root alone, in one stack, in several; and in how many."""
    expected = set()
    for (package,), some in groups(lambda b: (b.package,)).items():
        stacks = set().union(*(b.stacks for b in some))
        number = Counter(min(len(b.stacks), 2) for b in some)
        only = next(iter(stacks)) if len(stacks) == 1 else None
        expected.add((package, len(stacks), len(STACKS), stacks == set(STACKS), only, len(some), number[0], number[1], number[2]))

    assert all(build.in_root for build in DEVELOP)  # so that what is in no stack is in root only
    assert expected == told(
        "package_reach",
        "package, stack_count, tag_stack_count, is_in_all_stacks, only_stack, "
        "spec_count, root_only_spec_count, one_stack_spec_count, several_stacks_spec_count",
    )


def test_how_many_builds_look_like_another(told):
    """By version; and each configuration that has several hashes, with the outermost of those that it has under any tag."""
    looks = groups(lambda b: b.configuration)
    hashes = sorted((b.hash, b.configuration) for b in builds("*"))
    last = {look: one for one, look in hashes}
    first = {look: one for one, look in reversed(hashes)}
    versions = set()
    for (package, version), some in groups(lambda b: (b.package, b.version)).items():
        count, largest = configurations(some), max(len(looks[b.configuration]) for b in some)
        versions.add((package, version, len(some), count, len(some) - count, share(len(some) - count, len(some)), largest))
    several = {
        (some[0].package, some[0].version, len(some), ",".join(sorted(set().union(*(b.stacks for b in some)))), first[look], last[look])
        for look, some in looks.items()
        if len(some) > 1
    }

    assert versions == told(
        "version_duplicates",
        "package, version, spec_count, configuration_count, duplicate_spec_count, duplicate_share, largest_group_spec_count",
    )
    assert several == told("duplicate_configurations", "package, version, spec_count, stacks_text, first_hash, last_hash")


def test_what_two_stacks_share(told):
    """By hash, and by looks alone."""
    pairs = [(IN_STACK[one], IN_STACK[other], one, other) for one in STACKS for other in STACKS if one != other]
    shared = set()
    alike = set()
    for some, others, one, other in pairs:
        both = set(some) & set(others)
        shared.add((one, other, len(some), len(others), len(both), share(len(both), len(some)), share(len(both), len({*some, *others}))))
        known = {b.configuration for b in others}
        looks = [b for b in some if b not in both and b.configuration in known]
        agreed = {b.configuration for b in some} & known
        apart = agreed - {b.configuration for b in both}
        alike.add((one, other, len(both), len(looks), len(some) - len(both) - len(looks), len(agreed), len(apart)))

    assert shared == told(
        "stack_overlaps", "stack, other_stack, spec_count, other_spec_count, shared_spec_count, shared_share, jaccard_share"
    )
    assert alike == told(
        "stack_duplicates",
        "stack, other_stack, same_spec_count, alike_spec_count, lacking_spec_count, "
        "shared_configuration_count, duplicate_configuration_count",
    )


def test_how_options_are_used(told):
    """Each value with its builds; whether an option ever varies; and how many combinations there are."""
    by_package = groups(lambda b: (b.package,))
    usage = {
        (package, *option, sum(option in b.options for b in some), len(some), share(sum(option in b.options for b in some), len(some)))
        for (package,), some in by_package.items()
        for option in set().union(*(b.options for b in some))
    }
    variants = set()
    for (package,), some in by_package.items():
        for name in {name for b in some for name, _ in b.options}:
            told_values = Counter(",".join(sorted(value for one, value in b.options if one == name)) for b in some)
            with_it = sum(count for values, count in told_values.items() if values)
            del told_values[""]
            common, most = min(told_values.items(), key=lambda pair: (-pair[1], pair[0]))
            constant = len(told_values) == 1 and with_it == len(some)
            variants.add((package, name, len(told_values), with_it, common, share(most, with_it), constant))

    assert usage == told("variant_usage", "package, variant, value, spec_count, package_spec_count, spec_share")
    assert variants == told(
        "package_variants", "package, variant, value_count, spec_count, most_common_value, most_common_share, is_constant"
    )
    assert {
        (package, len(some), configurations(some), distinct(some, lambda b: b.options), sum(one[0] == package for one in variants))
        for (package,), some in by_package.items()
    } == told("package_diversity", "package, spec_count, configuration_count, combination_count, variant_count")
