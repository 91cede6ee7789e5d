"""Write a made-up cache: `python -m bench.generate FOLDER --specs 100000 [--night N] [--rebuilt SHARE]`.

The same arguments give the same bytes. Pages that stand in the folder as they should are left alone, as a checkout of
the next night's commit would: other arguments for the same folder change what differs, the first ones bring it back.

`--night` moves `develop` as the public cache moves: some of its packages are rebuilt, all else stays. `--rebuilt`
changes a chosen share of all documents, whatever their tag. Documents follow the layouts that the public cache went through:
E (tarball, keys as inserted), G (tarball, keys sorted), F (no tarball, keys sorted).
"""

import argparse
import datetime as dt
import json
import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.universe import LAST_NIGHT, Build, Configuration, Machine, Package, Setting, packages, spec_hash

__all__ = ["Build", "Configuration", "Machine", "Package", "Tag", "cache", "document", "pages", "write"]

NIGHT_ZERO = dt.date(2023, 7, 16)
FIRST_G = dt.date(2025, 2, 16)
FIRST_F = dt.date(2025, 3, 2)
NEW_SPELLING = dt.date(2025, 3, 30)  # `gcc@=1` became `gcc@1`, `name=a,b` became `name:=a,b`
MOST_SPECS = 3_000  # of one document; the largest of the public cache are of this order


@dataclass(frozen=True)
class Tag:
    name: str
    night: int
    keeps_all: bool = False  # `develop`: every build of the window, not only the newest
    has_root: bool = True

    @property
    def written(self) -> dt.date:
        return NIGHT_ZERO + dt.timedelta(days=self.night)

    @property
    def layout(self) -> str:
        return "F" if self.written >= FIRST_F else "G" if self.written >= FIRST_G else "E"


def cache(specs: int, seed: str = "made-up", night: int = LAST_NIGHT) -> tuple[tuple[Package, ...], tuple[Tag, ...]]:
    """Packages and tags that hold about so many specs: a third in `develop`, the others in dated tags and releases."""
    scale = (specs / 1_100_000) ** 0.5
    dated = max(2, round(103 * scale))
    count = max(10, round(1_150 * scale))
    configurations = max(count, round(specs * 0.66 / dated * 1.12))  # 12 % of configurations are younger than a tag
    world = packages(seed, count, configurations, max(1.5, specs * 0.34 / configurations), MOST_SPECS)
    weekly = [night - (night % 7) - 7 * number for number in range(dated * 4 // 5)]
    tags = [Tag("develop", night, keeps_all=True)]
    tags += [Tag(f"develop-{NIGHT_ZERO + dt.timedelta(days=week):%Y-%m-%d}", week) for week in weekly]
    tags += [Tag(f"v0.{18 + number // 4}.{number % 4}", 20 + 30 * number) for number in range(dated - len(weekly))]
    return world, tuple(tags)


def pages(world: Iterable[Package], tags: Iterable[Tag], rebuilt: float = 0) -> Iterator[tuple[Tag, Package, list[Build]]]:
    """The builds of each package under each tag, where it has any; in a share of the pages one was made anew, for each share another."""
    for tag in tags:
        for package in world:
            builds = list(package.kept(tag.night) if tag.keeps_all else package.newest(tag.night))
            if builds:
                if _lot(f"{tag.name}/{package.name}") < rebuilt:
                    builds[-1] = replace(builds[-1], spec_hash=spec_hash(f"{builds[-1].spec_hash} again {rebuilt}"))
                yield tag, package, builds


def write(folder: Path, world: Iterable[Package], tags: Iterable[Tag], rebuilt: float = 0) -> int:
    """Write `_cache/<tag>/<package>/specs.md` for each page that is not there yet, or says something else; how many specs all hold."""
    total = 0
    for tag, package, builds in pages(world, tags, rebuilt):
        page = folder / "_cache" / tag.name / package.name / "specs.md"
        text = document(package.name, tag, builds).encode()
        if not (page.exists() and page.read_bytes() == text):
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_bytes(text)
        total += len(builds)
    return total


def _lot(name: str) -> float:
    """A number from 0 up to 1 that a name draws, always the same."""
    return zlib.crc32(name.encode()) / 2**32


def document(package: str, tag: Tag, builds: Iterable[Build]) -> str:
    """The page of one package under one tag, in the layout of the day on which it was written."""
    specs = [_spec(package, tag, build) for build in builds]
    if tag.layout == "E":
        random.Random(f"{tag.name}/{package}").shuffle(specs)
    else:
        specs.sort(key=lambda spec: str(spec["hash"]))
    stacks = [stack for spec in specs for stack in spec["stacks"]]
    meta = {
        "versions": _distinct(version for spec in specs for version in spec["versions"]),
        "compilers": _distinct(spec["compiler"] for spec in specs),
        "oss": _distinct(spec["os"] for spec in specs),
        "platforms": _distinct(spec["platform"] for spec in specs),
        "targets": _distinct(spec["target"] for spec in specs),
        "stacks": _distinct(stacks),
        "num_specs": len(specs),
        "num_specs_by_stack": {stack: stacks.count(stack) for stack in dict.fromkeys(stacks)},
    }
    in_order = tag.layout != "E"
    return "\n".join(
        (
            "---",
            f'title: "{package}"',
            "layout: cache",
            f"categories: [package, {tag.name}]",
            f"meta: {json.dumps(meta, sort_keys=in_order)}",
            f"spec_details: {json.dumps(specs, sort_keys=in_order)}",
            "---",
        )
    )


def _spec(package: str, tag: Tag, build: Build) -> dict[str, object]:
    configuration = build.configuration
    machine = configuration.machine
    compiler, version = _compiler(tag, *configuration.compiler)
    architecture = f"{machine.platform}-{machine.os}-{machine.target}"
    spec: dict[str, object] = {
        "hash": build.spec_hash,
        "compiler": _compiler_text(tag, compiler, version, build.spec_hash),
        "versions": [configuration.version],
        "os": machine.os,
        "platform": machine.platform,
        "target": machine.target,
        "variants": [_variant(setting, tag) for setting in configuration.settings],
        "stacks": _stacks(tag, build),
        "size": "-",
    }
    if tag.layout != "F":
        spec["tarball"] = (
            f"https://binaries.example.org/{tag.name}/build_cache/{architecture}/{compiler}-{version}/{package}-{configuration.version}/"
            f"{architecture}-{compiler}-{version}-{package}-{configuration.version}-{build.spec_hash}.spack"
        )
    return spec


def _stacks(tag: Tag, build: Build) -> list[str]:
    stacks = [*build.configuration.stacks, *(["root"] if tag.has_root else [])]
    if tag.layout == "E":  # written from a Python set: any order
        random.Random(build.spec_hash + tag.name).shuffle(stacks)
    return stacks


def _compiler(tag: Tag, name: str, version: str) -> tuple[str, str]:
    return ("intel-oneapi-compilers" if name == "oneapi" and tag.written >= NEW_SPELLING else name), version


def _compiler_text(tag: Tag, name: str, version: str, spec_hash: str) -> str:
    if tag.written < NEW_SPELLING:
        return f"{name}@={version}"
    return "none" if spec_hash[0] in "abcdefgh" else f"{name}@{version}"  # unknown for a share of builds since then


def _variant(setting: Setting, tag: Tag) -> str:
    name, value = setting
    if isinstance(value, bool):
        return f"{'+' if value else '~'}{name}"
    many = isinstance(value, tuple)
    text = ",".join(value) if many else value
    if "+" in text:
        text = f"'{text}'"
    return f"{name}{':=' if many and tag.written >= NEW_SPELLING else '='}{text}"


def _distinct(values: Iterable[object]) -> list[str]:
    return sorted({str(value) for value in values})


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a made-up cache of any size.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--specs", type=int, default=100_000, help="about how many specs over all tags")
    parser.add_argument("--seed", default="made-up")
    parser.add_argument("--night", type=int, default=LAST_NIGHT, help=f"nights since {NIGHT_ZERO}: what `develop` holds then")
    parser.add_argument("--rebuilt", type=float, default=0, metavar="SHARE", help="share of documents in which one build was made again")
    options = parser.parse_args()
    total = write(options.folder, *cache(options.specs, options.seed, options.night), options.rebuilt)
    print(f"{total:,} specs in {sum(1 for _ in options.folder.rglob('specs.md')):,} documents under {options.folder}")


if __name__ == "__main__":
    main()
