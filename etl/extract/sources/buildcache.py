"""The index of a build cache, or those of all tags and stacks of one, as documents: a package under a tag each.

It says what no page does: dependencies, flags, whole patches, and sizes where the mirror's own files can be listed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places import Place, checked, fetched, place, unpacked
from etl.extract.places.contract import shown
from etl.extract.sources.installs import Installs
from etl.extract.sources.listing import UNTAGGED, Listed, Listing, Totals, content
from etl.schema import ROOT

__all__ = ["BuildcacheSource"]

_BUCKET = "s3://spack-binaries/"  # in a manifest this stands for the folder that the manifest lies in
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_KINDS = {"http": "http", "https": "http", "file": "local", "": "local"}  # any other scheme is a kind of its own
_BLOB = re.compile(r"(?P<mirror>(?:.*/)?)blobs/sha256/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")

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


MANIFEST = "cache_spack_io_index.json"  # as the public cache has it, beside its mirrors

_manifest = msgspec.json.Decoder(dict[str, Sequence[_Labelled]])
_blobs = msgspec.json.Decoder(_Blobs)


@dataclass(frozen=True, slots=True)
class BuildcacheSource:
    """A mirror, or the manifest that names the indices of many, or the folder that it lies in: on disk, or a URL."""

    name: str
    location: str
    limits: Limits
    state: Path | None

    def list(self) -> Listing:
        """Every package of every tag, read whole. A stack whose index is not there is not observed: `totals` alone names it.

        Raises SourceError where an index is there but cannot be read, is none, or none of all is there.
        """
        folder, slash, file = self.location.rpartition("/")
        if self.location.endswith(".json"):
            documents, totals = self._of_manifest(self._place(folder or slash or "."), file)
        elif (home := self._place(self.location)) and fetched(home, MANIFEST) is not None:
            documents, totals = self._of_manifest(home, MANIFEST)
        else:
            documents, totals = self._of_mirror()
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

    def _of_manifest(self, home: Place, file: str) -> tuple[Sequence[Listed], Totals]:
        """The documents of all tags, and the stacks that the manifest names, there or not."""
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

    def _of_tag(self, home: Place, tag: str, labels: Sequence[_Labelled]) -> Installs:
        """What the indices of one tag that are there say together."""
        installs = Installs(self.name, tag)
        mirrors: dict[tuple[str, str], Place] = {}
        for one in sorted(set(labels), key=lambda one: (one.label != ROOT, one.label, one.url)):
            where, path = self._resolved(home, one.url)
            blob = _BLOB.fullmatch(path)
            raw = fetched(where, path)
            if raw is None:
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
        installs = Installs(self.name, UNTAGGED, has_stacks=bool(views))
        for label, folder in ((ROOT, ""), *((view, f"{view}/") for view in sorted(views))):
            index = self._index(home, folder)
            if index is not None:
                installs.add(label, *index)
        if not installs.indices and not self._add_old_index(home, installs):
            raise SourceError(
                f"source {self.name}: {home.location} holds neither {_INDICES}{_INDEX_MANIFEST} with its blob nor {_OLD_INDEX}; "
                f"name a mirror's folder or URL, or a manifest (.json)"
            )
        self._measure(installs, home, "")
        return list(installs.documents()), Totals(stacks={UNTAGGED: sorted({ROOT, *views})} if views else {})

    def _index(self, home: Place, view: str) -> tuple[bytes, str] | None:
        """An index of the third layout, through its manifest, and where it is; None: either is not there."""
        path = f"{_INDICES}{view}{_INDEX_MANIFEST}"
        where = f"{home.location}: {path}"
        manifest = fetched(home, path)
        if manifest is None:
            return None
        try:
            blobs = _blobs.decode(_unsigned(manifest)).data
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SourceError(f"source {self.name}: {where} is no manifest of an index: {error}; let Spack update the index") from None
        blob = next((one for one in blobs if one.media_type.startswith(_INDEX_MEDIA)), None)
        if blob is None or not (_WORD.fullmatch(blob.checksum_algorithm) and _WORD.fullmatch(blob.checksum)):
            raise SourceError(f"source {self.name}: {where} names no index with a checksum; let Spack update the index")
        path = f"blobs/{blob.checksum_algorithm}/{blob.checksum[:2]}/{blob.checksum}"
        raw = fetched(home, path)
        if raw is None:
            return None
        where = f"{home.location}: {path}"
        if len(raw) != blob.content_length:
            raise SourceError(f"source {self.name}: {where} holds {len(raw):,} bytes, not {blob.content_length:,} as was said; try again")
        return unpacked(checked(raw, blob.checksum_algorithm, blob.checksum, where), self.limits), where

    def _add_old_index(self, home: Place, installs: Installs) -> bool:
        raw = fetched(home, _OLD_INDEX)
        if raw is None:
            return False
        where = f"{home.location}: {_OLD_INDEX}"
        checksum = fetched(home, f"{_OLD_INDEX}.hash")
        if checksum is not None:
            checked(raw, "sha256", checksum.decode(errors="replace").strip(), where)
        installs.add(ROOT, unpacked(raw, self.limits), where)
        return True

    def _measure(self, installs: Installs, where: Place, folder: str) -> None:
        """The sizes that the manifests of a mirror's specs say."""
        for path in where.files(f"{folder}{_SPECS}".rstrip("/")) or ():
            spec = _SPEC_MANIFEST.fullmatch(path)
            if spec is None or spec[1] not in installs.published:
                continue
            for blob in _blobs_of_spec(where, path):
                if blob.media_type == _TARBALL_MEDIA and 0 < blob.content_length <= _LARGEST:
                    installs.sizes.setdefault(spec[1], blob.content_length)

    @property
    def _shown(self) -> str:
        return shown(self.location) if _scheme(self.location) else self.location

    def _place(self, location: str) -> Place:
        return place(location, self.limits, self.state)


def _blobs_of_spec(where: Place, path: str) -> Sequence[_Blob]:
    """The blobs that the manifest of a spec names; none where it cannot be read: a size that nobody knows is no reason to stop."""
    try:
        return _blobs.decode(_unsigned(where.fetch(path))).data
    except (msgspec.MsgspecError, RecursionError, SourceError):
        return ()


def _scheme(location: str) -> str:
    found = _SCHEME.match(location)
    return found[1].lower() if found else ""


def _unsigned(raw: bytes) -> bytes:
    """The text of a clear-signed message, its dashes as they were; any other bytes as they are."""
    signed = _SIGNED.match(raw)
    return re.sub(rb"^- ", b"", signed[1], flags=re.MULTILINE) if signed else raw
