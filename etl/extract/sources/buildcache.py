"""The index of a build cache, or those of all tags and stacks of one, as documents: a package under a tag each.

It says what no page does: dependencies, flags, whole patches, and sizes where the mirror's own files can be listed. Spack
writes an index as `{"database": {"version": ..., "installs": {hash: {"spec": node, "in_buildcache": ...}}}}`. Of two equal
keys the last is taken, as Spack itself does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote

import msgspec

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.nodes import Node, OldNode, Parts, parts, record, unread
from etl.extract.places import Missing, Place, checked, place, unpacked
from etl.extract.places.contract import shown
from etl.extract.records import DocumentRecord, SpecRecord, encoded
from etl.extract.sources.listing import UNTAGGED, Listed, Listing, Totals, content, held

__all__ = ["UNKNOWN", "BuildcacheSource", "document", "is_name"]

UNKNOWN = "unknown"  # package of entries that do not even name theirs; the reader of records refuses each of them
VERSIONS = range(5, 10)  # of an index; the nodes of 9 differ from those of 8 by a key that is not read
ROOT = "root"  # label of a tag's, or a mirror's, own index

_BUCKET = "s3://spack-binaries/"  # in a manifest this stands for the folder that the manifest lies in
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_KINDS = {"http": "http", "https": "http", "file": "local", "": "local"}  # any other scheme is a kind of its own
_BLOB = re.compile(r"(?P<mirror>(?:.*/)?)blobs/sha256/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")

_CONTROL = re.compile(r"[\x00-\x1f]")

_INDICES = "v3/manifests/index/"
_INDEX_MANIFEST = "index.manifest.json"
_VIEW = re.compile(r"v3/manifests/index/(.+)/index\.manifest\.json")
_INDEX_MEDIA = "application/vnd.spack.db."
_OLD_INDEX = "build_cache/index.json"
_SPECS = "v3/manifests/spec/"
_SPEC_MANIFEST = re.compile(r".*-([a-z2-7]{32})\.spec\.manifest\.json")
_TARBALL_MEDIA = "application/vnd.spack.install.v2.tar+gzip"
_LARGEST = 2**53  # bytes; what every reader of the tables holds exactly
_WORD = re.compile(r"[a-z0-9]{2,128}")
_SIGNED = re.compile(
    rb"-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)\r?\n-----BEGIN PGP SIGNATURE-----", re.DOTALL
)


class _Labelled(msgspec.Struct, frozen=True):
    """A stack's index, as a manifest of many names it."""

    label: str
    url: str


class _Blob(msgspec.Struct, rename="camel"):
    content_length: int
    media_type: str
    checksum_algorithm: str = ""
    checksum: str = ""


class _Blobs(msgspec.Struct):
    """A manifest of Spack's third layout of mirrors: which blobs hold what it is about."""

    data: list[_Blob]


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


_manifest = msgspec.json.Decoder(dict[str, Sequence[_Labelled]])
_blobs = msgspec.json.Decoder(_Blobs)
_index = msgspec.json.Decoder(_Index)
_entry = msgspec.json.Decoder(_Entry)
_old_entry = msgspec.json.Decoder(_OldEntry)
_mark = msgspec.json.Decoder(_Mark)
_bare = msgspec.json.Decoder(_Bare)
_text = msgspec.json.Decoder(str)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BuildcacheSource:
    """A mirror, or the manifest that names the indices of many: a folder, or a URL; a manifest's name ends in `.json`."""

    name: str
    location: str
    limits: Limits
    state: Path | None

    def list(self) -> Listing:
        """Every package of every tag, read whole. A stack whose index is not there is not observed: `totals` alone names it.

        Raises SourceError where an index is there but cannot be read, is none, or none of all is there.
        """
        if not self.location.endswith(".json"):
            documents, totals = self._of_mirror()
        else:
            documents, totals = self._of_manifest()
        if not documents:
            raise SourceError(f"source {self.name}: the indices of {self._shown} hold no spec: an empty or half-made cache?")
        return Listing(sorted(documents, key=lambda document: document.path), totals=totals)

    def read(self, document: Listed) -> bytes:
        """The record of one package."""
        return content(document)

    def _tags(self, home: Place, file: str) -> dict[str, Sequence[_Labelled]]:
        raw = unpacked(home.fetch(file), self.limits)
        try:
            tags = _manifest.decode(raw)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SourceError(
                f"source {self.name}: {home.location}: {file} is no manifest of build caches ({{tag: [{{label, url}}]}}): {error}; "
                f"name one, or the folder of a mirror"
            ) from None
        for said in (*tags, *(one.label for labels in tags.values() for one in labels)):
            if not said or not said.isprintable():
                raise SourceError(f"source {self.name}: {home.location}: {file} names a tag or stack {said!r}; mend the manifest")
        return tags

    def _of_manifest(self) -> tuple[Sequence[Listed], Totals]:
        """The documents of all tags, and the stacks that the manifest names, there or not."""
        folder, slash, file = self.location.rpartition("/")
        home = self._place(folder or slash or ".")
        tags = self._tags(home, file)
        documents: list[Listed] = []
        indices = 0
        for tag, labels in sorted(tags.items()):
            installs = self._of_tag(home, tag, labels)
            indices += installs.indices
            documents.extend(installs.documents())
        if not indices:
            count = sum(map(len, tags.values()))
            raise SourceError(f"source {self.name}: of {count} indices that {self._shown} names, none is there; is it a copy without them?")
        return documents, Totals(stacks={tag: sorted({one.label for one in labels}) for tag, labels in tags.items()})

    def _of_tag(self, home: Place, tag: str, labels: Sequence[_Labelled]) -> "_Installs":
        """What the indices of one tag that are there say together."""
        installs = _Installs(self.name, tag)
        mirrors: dict[tuple[str, str], Place] = {}
        for one in sorted(set(labels), key=lambda one: (one.label != ROOT, one.label, one.url)):
            where, path = self._resolved(home, one.url)
            blob = _BLOB.fullmatch(path)
            try:
                raw = where.fetch(path)
            except Missing:
                continue
            if blob:
                checked(raw, "sha256", blob["sha256"], f"{where.location}: {path}")
                if _scheme(where.location) in ("", "file"):  # elsewhere a request a spec, for hundreds of thousands of them
                    mirrors[where.location, blob["mirror"]] = where
            installs.add(one.label, unpacked(raw, self.limits), f"{where.location}: {path}")
        for (_, folder), where in sorted(mirrors.items(), key=lambda item: item[0]):
            self._measure(installs, where, folder)
        return installs

    def _resolved(self, home: Place, url: str) -> tuple[Place, str]:
        """Where a manifest's url leads. One from elsewhere must not make this machine's own files be read."""
        if url.startswith(_BUCKET):
            return home, url.removeprefix(_BUCKET)
        scheme = _scheme(url)
        if not scheme and not url.startswith("/"):
            return home, url
        if _KINDS.get(scheme, scheme) != _KINDS.get(_scheme(self.location), _scheme(self.location)):
            named = shown(url) if scheme else url
            raise SourceError(
                f"source {self.name}: {home.location} names an index elsewhere, {named}; it may name those of its own kind of place"
            )
        blob = _BLOB.fullmatch(url)
        folder = blob["mirror"] if blob else url.rpartition("/")[0] + "/"
        return self._place(folder), url.removeprefix(folder)

    def _of_mirror(self) -> tuple[Sequence[Listed], Totals]:
        """The documents of one mirror. Views of its index, where they can be listed, are its stacks."""
        home = self._place(self.location)
        views = [view[1] for path in home.files(_INDICES.rstrip("/")) or () if (view := _VIEW.fullmatch(path))]
        installs = _Installs(self.name, UNTAGGED, has_stacks=bool(views))
        for label, folder in ((ROOT, ""), *((view, f"{view}/") for view in sorted(views))):
            try:
                installs.add(label, *self._index(home, folder))
            except Missing:
                continue
        if not installs.indices and not self._add_old_index(home, installs):
            raise SourceError(
                f"source {self.name}: {home.location} holds neither {_INDICES}{_INDEX_MANIFEST} with its blob nor {_OLD_INDEX}; "
                f"name a mirror's folder or URL, or a manifest (.json)"
            )
        self._measure(installs, home, "")
        return list(installs.documents()), Totals(stacks={UNTAGGED: sorted({ROOT, *views})} if views else {})

    def _index(self, home: Place, view: str) -> tuple[bytes, str]:
        """An index of the third layout, through its manifest, and where it is. Raises Missing."""
        path = f"{_INDICES}{view}{_INDEX_MANIFEST}"
        where = f"{home.location}: {path}"
        try:
            blobs = _blobs.decode(_unsigned(home.fetch(path))).data
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SourceError(f"source {self.name}: {where} is no manifest of an index: {error}; let Spack update the index") from None
        blob = next((one for one in blobs if one.media_type.startswith(_INDEX_MEDIA)), None)
        if blob is None or not (_WORD.fullmatch(blob.checksum_algorithm) and _WORD.fullmatch(blob.checksum)):
            raise SourceError(f"source {self.name}: {where} names no index with a checksum; let Spack update the index")
        path = f"blobs/{blob.checksum_algorithm}/{blob.checksum[:2]}/{blob.checksum}"
        raw = home.fetch(path)
        where = f"{home.location}: {path}"
        if len(raw) != blob.content_length:
            raise SourceError(f"source {self.name}: {where} holds {len(raw):,} bytes, not {blob.content_length:,} as was said; try again")
        return unpacked(checked(raw, blob.checksum_algorithm, blob.checksum, where), self.limits), where

    def _add_old_index(self, home: Place, installs: "_Installs") -> bool:
        try:
            raw = home.fetch(_OLD_INDEX)
        except Missing:
            return False
        where = f"{home.location}: {_OLD_INDEX}"
        try:
            expected = home.fetch(f"{_OLD_INDEX}.hash").decode(errors="replace").strip()
        except Missing:
            pass
        else:
            checked(raw, "sha256", expected, where)
        installs.add(ROOT, unpacked(raw, self.limits), where)
        return True

    def _measure(self, installs: "_Installs", where: Place, folder: str) -> None:
        """The sizes that the manifests of a mirror's specs say. One that cannot be read says none."""
        for path in where.files(f"{folder}{_SPECS}".rstrip("/")) or ():
            spec = _SPEC_MANIFEST.fullmatch(path)
            if spec is None or spec[1] not in installs.published:
                continue
            try:
                blobs = _blobs.decode(_unsigned(where.fetch(path))).data
            except (msgspec.MsgspecError, RecursionError, SourceError):
                continue
            for blob in blobs:
                if blob.media_type == _TARBALL_MEDIA and 0 < blob.content_length <= _LARGEST:
                    installs.sizes.setdefault(spec[1], blob.content_length)

    @property
    def _shown(self) -> str:
        return shown(self.location) if _scheme(self.location) else self.location

    def _place(self, location: str) -> Place:
        return place(location, self.limits, self.state)


class _Installs:
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


def document(tag: str, package: str, layout: str, specs: Sequence[SpecRecord | msgspec.Raw]) -> Listed:
    """A package under a tag as a document of a source that holds its records; an entry that could not be read is among the specs."""
    path = "/".join(quote(name, safe="+@-._~") for name in (tag, package))
    written = encoded(DocumentRecord(tag, package, layout, cast("Sequence[SpecRecord]", specs)))
    return held(path, written, tag, package, is_record=True)


def is_name(text: str) -> bool:
    """Whether a table may hold it as a name."""
    return bool(text) and not _CONTROL.search(text)


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


def _scheme(location: str) -> str:
    found = _SCHEME.match(location)
    return found[1].lower() if found else ""


def _unsigned(raw: bytes) -> bytes:
    """The text of a clear-signed message, its dashes as they were; any other bytes as they are."""
    signed = _SIGNED.match(raw)
    return re.sub(rb"^- ", b"", signed[1], flags=re.MULTILINE) if signed else raw
