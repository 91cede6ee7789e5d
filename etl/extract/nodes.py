"""Spec nodes as Spack writes them, in an index or a spec file, to the parts of a `SpecRecord`.

One reader takes the nodes of every version of Spack's spec files: in the first a node stands under its name and its
dependencies are a mapping, in the second and third a dependency has `type`, from the fourth on it has `parameters`, and from
the fifth on a node has no `compiler`: it depends on one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from etl.extract.records import Dependency, SpecRecord

__all__ = [
    "FLAGS",
    "Dependencies",
    "Edge",
    "Node",
    "OldNode",
    "Options",
    "Parts",
    "Value",
    "edges",
    "options",
    "parts",
    "quoted",
    "record",
    "unread",
]

FLAGS = frozenset(("cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs"))  # Spack keeps them among the variants

# The virtual packages that a compiler provides, in the order in which its languages speak for the spec.
_LANGUAGES = ("c", "cxx", "fortran")
_PLAIN = re.compile(r"[A-Za-z0-9,/_.-]+")  # a value that Spack writes without quotes
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPILER = re.compile(r"([A-Za-z0-9_.-]+)(@=?[A-Za-z0-9_.-]+)?")
_MOST_BRACKETS = 300  # of an entry that is shown as it is; Python reads some 1,000 within each other
_EXCERPT = 500  # bytes of one that is not

Value = bool | int | str | list[bool | int | str] | None
_One = bool | int | str


class _Target(msgspec.Struct, frozen=True):
    name: str


class _Arch(msgspec.Struct, frozen=True):
    platform: str
    platform_os: str
    target: str | _Target


class _Compiler(msgspec.Struct, frozen=True):
    name: str
    version: str


class _EdgeParameters(msgspec.Struct, frozen=True):
    deptypes: list[str] = []
    virtuals: list[str] = []


class _Dependency(msgspec.Struct, frozen=True):
    name: str
    hash: str
    type: list[str] = []
    parameters: _EdgeParameters = _EdgeParameters()


class _OldDependency(msgspec.Struct, frozen=True):
    """As the first version has it, under the package's name; which hash it bears depends on the Spack that wrote it."""

    hash: str | None = None
    full_hash: str | None = None
    build_hash: str | None = None
    type: list[str] = []


class _Annotations(msgspec.Struct, frozen=True):
    compiler: str | None = None  # what a node said before compilers were dependencies, kept when it was written anew


Dependencies = list[_Dependency] | dict[str, _OldDependency]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A concrete spec as Spack writes it, without what no table holds (features of the target, paths of externals)."""

    name: str
    version: str
    arch: _Arch
    compiler: _Compiler | None = None
    parameters: dict[str, Value] = {}
    propagate: list[str] = []
    patches: list[str] = []
    dependencies: Dependencies = []
    annotations: _Annotations = _Annotations()
    hash: str | None = None


class OldNode(Node, frozen=True, kw_only=True):
    """A node of the first version, which stands under its name."""

    name: str = ""


class Edge(NamedTuple):
    """A node's dependency on another, which is known by its hash alone: its version stands there."""

    hash: str
    package: str
    kinds: tuple[str, ...]  # build, link, run, test; sorted


class Options(NamedTuple):
    """The parameters of a node: variants in the grammar of pages, compiler flags, and whole sha256 of patches; each sorted."""

    variants: tuple[str, ...]
    flags: tuple[str, ...]
    patches: tuple[str, ...]


class Parts(NamedTuple):
    """What a node says by itself."""

    package: str
    version: str
    platform: str
    os: str
    target: str
    compiler: str | Edge | None  # an edge: a dependency is the compiler, and says its version
    options: Options
    edges: tuple[Edge, ...]  # one a hash, sorted


def parts(node: Node) -> Parts:
    """What a node says by itself. Raises `msgspec.ValidationError` where a dependency has no hash."""
    target = node.arch.target
    found, languages = _edges(node.dependencies)
    compiler: str | Edge | None = None
    if node.compiler is not None:
        compiler = f"{node.compiler.name}@{node.compiler.version}"
    elif languages:
        compiler = next(languages[language] for language in _LANGUAGES if language in languages)
    elif node.annotations.compiler:
        known = _COMPILER.match(node.annotations.compiler)
        compiler = known and known[0]
    return Parts(
        package=node.name,
        version=node.version,
        platform=node.arch.platform,
        os=node.arch.platform_os,
        target=target if isinstance(target, str) else target.name,
        compiler=compiler,
        options=options(node.parameters, node.propagate, node.patches),
        edges=found,
    )


def record(spec_hash: str, said: Parts, versions: Mapping[str, str]) -> SpecRecord:
    """A spec without stacks and size; `versions` gives the versions of what it depends on, by hash, as far as they are known."""
    compiler = said.compiler
    if isinstance(compiler, Edge):
        version = versions.get(compiler.hash)
        compiler = f"{compiler.package}@{version}" if version else compiler.package
    return SpecRecord(
        hash=spec_hash,
        versions=(said.version,),
        os=said.os,
        platform=said.platform,
        target=said.target,
        compiler=compiler,
        variants=said.options.variants,
        dependencies=[Dependency(edge.hash, edge.package, versions.get(edge.hash), edge.kinds) for edge in said.edges],
        flags=said.options.flags,
        patches=said.options.patches,
    )


def options(parameters: Mapping[str, Value], propagated: Iterable[str] = (), patches: Sequence[str] = ()) -> Options:
    """A node's parameters; `patches` are those that it names beside them, for nodes whose parameters do not.

    An option without a value (null, or a list of none) is not said. Patches are cut to seven digits among the variants, as on pages.

    Example: `{"shared": True, "libs": ["a", "b"], "cflags": ["-O2"]}` has variants `libs:=a,b`, `+shared` and flags `cflags=-O2`.
    """
    said, twice = dict(parameters), frozenset(propagated)
    if patches and not said.get("patches"):
        said["patches"] = list(patches)
    variants, flags, whole = [], [], []
    for name, value in sorted(said.items()):
        if value is None or value == []:
            continue
        if isinstance(value, bool):
            variants.append(("+" if value else "~") * (2 if name in twice else 1) + name)
        elif name in FLAGS:
            flags.append(f"{name}={' '.join(_texts(value))}")
        elif name == "patches":
            whole = sorted(set(_texts(value)))
            variants.append(_valued(name, "=", [patch[:7] if _SHA256.fullmatch(patch) else patch for patch in whole]))
        else:
            sign = (":=" if isinstance(value, list) else "=") + ("=" if name in twice else "")
            variants.append(_valued(name, sign, _texts(value)))
    return Options(tuple(variants), tuple(flags), tuple(whole))


def quoted(value: str) -> str:
    """A value as Spack writes it: in single quotes where it needs any, as a JSON string where it holds one itself."""
    if _PLAIN.fullmatch(value):
        return value
    return json.dumps(value) if "'" in value else f"'{value}'"


def edges(dependencies: Dependencies) -> tuple[Edge, ...]:
    """What a node depends on: one edge a hash, sorted. Raises `msgspec.ValidationError` where one has no hash."""
    return _edges(dependencies)[0]


def unread(key: str, raw: bytes) -> msgspec.Raw:
    """An entry that is no spec, beneath the key that it stands under: the reader of records refuses it, and shows it.

    Bare it would not do: it could hold the keys of a record by itself. Nor whole where it is nested so deep that it would take
    the good entries beside it along.
    """
    whole = raw.count(b"[") + raw.count(b"{") <= _MOST_BRACKETS
    shown = raw if whole else msgspec.json.encode(raw[:_EXCERPT].decode(errors="replace"))
    return msgspec.Raw(b"{" + msgspec.json.encode(key) + b":" + shown + b"}")


def _valued(name: str, sign: str, values: Iterable[str]) -> str:
    return f"{name}{sign}{quoted(','.join(sorted(set(values))))}"


def _texts(value: _One | list[_One]) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _edges(dependencies: Dependencies) -> tuple[tuple[Edge, ...], dict[str, Edge]]:
    """The dependencies, and those that compile a language for the node, by language."""
    found: dict[str, tuple[str, set[str]]] = {}
    compilers: dict[str, str] = {}
    for package, spec_hash, kinds, virtuals in _said(dependencies):
        name, known = found.setdefault(spec_hash, (package, set()))
        if package < name:
            found[spec_hash] = package, known
        known.update(kinds)
        for virtual in virtuals:
            if virtual in _LANGUAGES:
                compilers[virtual] = min(compilers.get(virtual, spec_hash), spec_hash)
    one = {spec_hash: Edge(spec_hash, package, tuple(sorted(kinds))) for spec_hash, (package, kinds) in sorted(found.items())}
    return tuple(one.values()), {language: one[spec_hash] for language, spec_hash in compilers.items()}


def _said(dependencies: Dependencies) -> Iterator[tuple[str, str, list[str], list[str]]]:
    if isinstance(dependencies, dict):
        for name, old in dependencies.items():
            spec_hash = old.hash or old.full_hash or old.build_hash
            if spec_hash is None:
                raise msgspec.ValidationError(f"dependency {name} has no hash")
            yield name, spec_hash, old.type, []
    else:
        for one in dependencies:
            yield one.name, one.hash, [*one.type, *one.parameters.deptypes], one.parameters.virtuals
