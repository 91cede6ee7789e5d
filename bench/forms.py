"""A made-up page of each layout, A to G, with the spec files that lie beside an old one."""

import json
from collections.abc import Iterator, Sequence
from random import Random

from bench.generate import Tag, document
from bench.mutate import Case, Odd
from bench.universe import Build, Package

__all__ = ["page"]

_NIGHTS = {"D": 0, "E": 400, "F": 728, "G": 585}  # on which pages of a layout were written


def page(layout: str, tag: str, package: str, seed: str) -> Case:
    """A good page of a layout, of one to six specs; the seed makes its hashes."""
    dice = Random(f"{seed}/{layout}/{tag}/{package}")
    world = Package(package, seed, dice.randint(1, 3), dice.choice((0.0, 0.002)), 400)
    night = _NIGHTS.get(layout, 728)
    builds = list(world.kept(night)) or [next(world.newest(10_000))]
    if layout in "EFG":
        path = f"_cache/{tag}/{package}/specs.md"
        text = document(package, Tag(tag, night, has_root=dice.random() < 0.8), builds)
        return Case(layout, path, {path: text.encode()})
    folder = f"_cache/{package}" if layout in "AB" else f"_cache/{tag}/{package}"
    path = f"{folder}/{'index' if layout == 'A' else 'specs'}.md"
    return Case(
        layout, path, {path: "\n".join(_old_page(layout, tag, package, builds, dice)).encode()} | _spec_files(folder, package, builds)
    )


def _old_page(layout: str, tag: str, package: str, builds: Sequence[Build], dice: Random) -> Iterator[str]:
    texts = [_text(layout, package, build) for build in builds]
    meta = {
        "versions": sorted({build.configuration.version for build in builds}),
        "compilers": sorted({"@".join(build.configuration.compiler) for build in builds}),
    }
    kind = "category: package" if layout in "AB" else f"categories: [package, {tag}]"
    yield from ("---", f'title: "{package}"', "layout: cache", kind, f"meta: {json.dumps(meta)}", "spec_files: ")
    if layout == "A":
        yield from (f' - "{text}": spec-{number}.json' for number, text in enumerate(texts))
        yield from ("", "---")
        return
    yield from (f" - spec-{number}.json" for number in range(len(texts)))
    if layout == "D":
        yield f"spec_details: {json.dumps([_entry(build, dice) for build in builds])}"
    yield "spec_names:"
    yield from (f" - '{text}'" for text in texts)
    yield "---"


def _text(layout: str, package: str, build: Build) -> str:
    """As Spack writes a spec. The version tells builds apart, for texts without files are known by nothing else."""
    said = build.configuration
    machine, settings = said.machine, said.settings
    options = "".join(f"{'+' if value else '~'}{name}" for name, value in settings if isinstance(value, bool))
    values = "".join(
        f" {name}={value if isinstance(value, str) else ','.join(value)}" for name, value in settings if not isinstance(value, bool)
    )
    flags = ' cflags="-O2 -g"' if said.number == 1 else ""
    text = f"{package}@{said.version}%{'@'.join(said.compiler)}{flags}{' ' if flags else ''}{options}{values}"
    place = f" arch={machine.platform}-{machine.os}-{machine.target}"
    return f"{text}{place}{f' ^dep-{build.spec_hash[:6]}@1.2%gcc@9.1.0+pic{place}' if layout == 'C' else ''}"


def _entry(build: Build, dice: Random) -> dict[str, object]:
    said = build.configuration
    return {
        "hash": build.spec_hash,
        "compiler": "@=".join(said.compiler),
        "versions": [said.version],
        "arches": f"{said.machine.platform}-{said.machine.os}-{said.machine.target}",
        "variants": [name for name, _ in said.settings],
        "stacks": [*said.stacks, "root"],
        "size": dice.choice((1048576, 1048576, "-", 77)),
    }


def _spec_files(folder: str, package: str, builds: Sequence[Build]) -> dict[str, bytes | Odd]:
    """A file for each build but every fourth."""
    files: dict[str, bytes | Odd] = {}
    for number, build in enumerate(builds):
        said = build.configuration
        parameters: dict[str, object] = {name: list(value) if isinstance(value, tuple) else value for name, value in said.settings}
        parameters["cflags"] = ["-O2", "-g"] if said.number == 1 else []
        if "patches" in parameters:
            parameters["patches"] = [f"{patch}{'0' * 57}" for patch in dict(said.settings)["patches"]]
        arch = {"platform": said.machine.platform, "platform_os": said.machine.os, "target": said.machine.target}
        compiler = dict(zip(("name", "version"), said.compiler, strict=True))
        other = {"name": "dep", "version": "1.2", "arch": arch, "compiler": compiler, "parameters": {}, "hash": build.spec_hash[::-1]}
        node = {"name": package, "version": said.version, "arch": arch, "compiler": compiler, "parameters": parameters}
        node |= {"dependencies": [{"name": "dep", "hash": other["hash"], "type": ["build", "link"]}], "hash": build.spec_hash}
        if int(build.spec_hash[:1], 36) % 4:
            files[f"{folder}/spec-{number}.json"] = json.dumps(
                {"spec": {"_meta": {"version": 2}, "nodes": [node, other]}}, indent=4
            ).encode()
    return files
