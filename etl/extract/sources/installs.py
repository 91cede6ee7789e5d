"""The indices of one tag of a build cache to the documents of its packages.

Spack writes an index as `{"database": {"version": ..., "installs": {hash: {"spec": node, "in_buildcache": ...}}}}`. Of two
equal keys the last is taken, as Spack itself does.
"""

from collections.abc import Iterator
from typing import TypeVar, cast

import msgspec

from etl.errors import SourceError
from etl.extract.nodes import Node, OldNode, Parts, parts, record, unread
from etl.extract.records import SpecRecord, is_name
from etl.extract.sources.listing import Listed
from etl.extract.sources.recorded import UNKNOWN, document

__all__ = ["VERSIONS", "Installs"]

VERSIONS = range(5, 10)  # of an index; the nodes of 9 differ from those of 8 by a key that is not read


class _Database(msgspec.Struct):
    version: str | int | float
    installs: dict[str, msgspec.Raw]


class _Index(msgspec.Struct):
    database: _Database


class _Mark(msgspec.Struct, kw_only=True):
    in_buildcache: bool | None = None


class _Entry(_Mark, kw_only=True):
    spec: Node


class _OldEntry(_Mark, kw_only=True):
    spec: dict[str, OldNode]


class _Bare(msgspec.Struct):
    spec: dict[str, msgspec.Raw]


_index = msgspec.json.Decoder(_Index)
_entry = msgspec.json.Decoder(_Entry)
_old_entry = msgspec.json.Decoder(_OldEntry)
_mark = msgspec.json.Decoder(_Mark)
_bare = msgspec.json.Decoder(_Bare)
_text = msgspec.json.Decoder(str)

_T = TypeVar("_T")


class Installs:
    """What the indices of one tag say together: each spec is read once, however many of its stacks have it."""

    def __init__(self, source: str, tag: str, has_stacks: bool = True) -> None:
        self.source, self.tag, self.has_stacks = source, tag, has_stacks
        self.indices = 0
        self.published: set[str] = set()  # hashes of which any index says that there is a binary
        self.sizes: dict[str, int] = {}
        self._parts: dict[str, Parts] = {}
        self._labels: dict[str, tuple[str, ...]] = {}
        self._unread: dict[str, bytes] = {}
        self._shared: dict[object, object] = {}  # parts of many specs are equal: one of each is kept

    def add(self, label: str, raw: bytes, where: str) -> None:
        """Add one index. As on pages, a spec is in each stack that knows its hash, also where another has the binary.

        Raises SourceError where it is no index, or of another version.
        """
        try:
            database = _index.decode(raw).database
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SourceError(f"source {self.source}: {where} is no index of a build cache: {error}; let Spack update the index") from None
        if str(database.version) not in map(str, VERSIONS):
            known = f"{VERSIONS[0]} to {VERSIONS[-1]}"
            raise SourceError(f"source {self.source}: {where} has version {str(database.version)[:50]}; versions {known} can be read")
        self.indices += 1
        read = self._old_parts if str(database.version) == "5" else self._new_parts
        is_marked = b'"in_buildcache"' in raw  # an installed database has the key nowhere: all that it holds is there
        for spec_hash, entry in database.installs.items():
            labels = self._labels.get(spec_hash, ())
            if label not in labels:
                self._labels[spec_hash] = self._same((*labels, label))
            if spec_hash in self.published and spec_hash in self._parts:
                continue
            has_binary = _has_binary(entry)
            if has_binary or (has_binary is None and not is_marked):
                self.published.add(spec_hash)
            if spec_hash not in self._parts:
                try:
                    self._parts[spec_hash] = read(spec_hash, entry)
                except (msgspec.MsgspecError, RecursionError):
                    if has_binary is not False:
                        self._unread.setdefault(spec_hash, bytes(entry))

    def documents(self) -> Iterator[Listed]:
        """A document for each package that has a spec with a binary, in byte order; its specs by hash, unreadable ones as they are."""
        packages: dict[str, list[str]] = {}
        for spec_hash in sorted(self.published | (self._unread.keys() - self._parts.keys())):
            said = self._parts.get(spec_hash)
            packages.setdefault(said.package if said else _package(self._unread[spec_hash]), []).append(spec_hash)
        versions = {spec_hash: said.version for spec_hash, said in self._parts.items()}
        for package, hashes in sorted(packages.items()):
            yield document(self.tag, package, "buildcache", [self._spec(spec_hash, versions) for spec_hash in hashes])

    def _spec(self, spec_hash: str, versions: dict[str, str]) -> SpecRecord | msgspec.Raw:
        said = self._parts.get(spec_hash)
        if said is None:
            return unread(spec_hash, self._unread[spec_hash])
        spec = record(spec_hash, said, versions)
        spec.stacks = sorted(self._labels[spec_hash]) if self.has_stacks else None
        spec.size = str(self.sizes[spec_hash]) if spec_hash in self.sizes else None
        return spec

    def _new_parts(self, spec_hash: str, entry: msgspec.Raw) -> Parts:
        return self._checked(spec_hash, _entry.decode(entry).spec)

    def _old_parts(self, spec_hash: str, entry: msgspec.Raw) -> Parts:
        nodes = _old_entry.decode(entry).spec
        if len(nodes) != 1:
            raise msgspec.ValidationError(f"{len(nodes)} nodes in one entry")
        ((name, node),) = nodes.items()
        return self._checked(spec_hash, msgspec.structs.replace(node, name=name))

    def _checked(self, spec_hash: str, node: Node) -> Parts:
        if node.hash not in (None, spec_hash):
            raise msgspec.ValidationError("its hash is not the one that it stands under")
        if not is_name(node.name):
            raise msgspec.ValidationError("its name is empty, or holds a control character")
        said = parts(node)
        edges = tuple(map(self._same, said.edges))
        package, version, platform, os, target = map(self._same, said[:5])
        return Parts(package, version, platform, os, target, said.compiler, self._same(said.options), edges)

    def _same(self, value: _T) -> _T:
        return cast("_T", self._shared.setdefault(value, value))


def _has_binary(entry: msgspec.Raw) -> bool | None:
    """Whether an entry says that the cache has its binary; None: it does not say."""
    try:
        return _mark.decode(entry).in_buildcache
    except (msgspec.MsgspecError, RecursionError):
        return None


def _package(entry: bytes) -> str:
    """The package of an entry that cannot be read otherwise."""
    try:
        spec = _bare.decode(entry).spec
        name = _text.decode(spec["name"]) if "name" in spec else next(iter(spec), "")
    except (msgspec.MsgspecError, RecursionError):
        return UNKNOWN
    return name if is_name(name) else UNKNOWN
