"""The data files of the site that follows the pages, as documents: a package under a release each.

`package_data` is `{package: {"releases": [...], "specs": [hash, ...]}}`, `specs_data` is `{hash: {...}}`; both plain or gzip.
A spec says there in which releases and in which stacks it is, but not in which stacks of which release; options have a text
for each value, and compiler and size are not said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.nodes import Dependencies, Options, Value, edges, options, unread
from etl.extract.places import Place, fetched, place, unpacked
from etl.extract.records import Dependency, SpecRecord, is_name
from etl.extract.sources.listing import UNTAGGED, Listed, Listing, content
from etl.extract.sources.recorded import UNKNOWN, document
from etl.schema import ROOT

__all__ = ["SiteSource"]

_PACKAGES, _SPECS = "package_data", "specs_data"
_FOLDERS = ("", "api/", "_data/")  # on a server, as it is built, and in a checkout
_ENDINGS = (".json.gz", ".json")
_BOOLEAN = re.compile(r"([+~])([A-Za-z0-9_][A-Za-z0-9_.-]*)")


class _Package(msgspec.Struct):
    specs: list[str] = []
    releases: list[str] = []


class _Releases(msgspec.Struct):
    releases: list[str]


class _Spec(msgspec.Struct, kw_only=True):
    hash: str | None = None
    version: str
    platform: str
    os: str
    target: str
    variants: list[str]
    releases: list[str]
    stacks: list[str] | None = None
    dependencies: msgspec.Raw = msgspec.Raw(b"[]")


class _Version(msgspec.Struct):
    version: str


_mapping = msgspec.json.Decoder(dict[str, msgspec.Raw])
_package = msgspec.json.Decoder(_Package)
_spec = msgspec.json.Decoder(_Spec)
_releases = msgspec.json.Decoder(_Releases)
_version = msgspec.json.Decoder(_Version)
_dependencies = msgspec.json.Decoder(Dependencies)


@dataclass(frozen=True, slots=True)
class SiteSource:
    """The folder or URL that holds both files, itself or in `api/` or `_data/`; or either of the two files."""

    name: str
    location: str
    limits: Limits
    state: Path | None

    def list(self) -> Listing:
        """Every package under every release that has one of its specs, read whole.

        Raises SourceError where a file is not there or is something else.
        """
        data, location = self._data()
        documents = [one for package in sorted({*data.packages, *data.unread}) for one in _documents(package, data)]
        if not documents:
            raise SourceError(f"source {self.name}: the data files of {location} hold no spec: half-made? build them anew")
        return Listing(sorted(documents, key=lambda document: document.path))

    def read(self, document: Listed) -> bytes:
        """The record of one package."""
        return content(document)

    def _data(self) -> "tuple[_Data, str]":
        folder, slash, file = self.location.rpartition("/")
        is_file = file in {f"{name}{ending}" for name in (_PACKAGES, _SPECS) for ending in _ENDINGS}
        home = place((folder or slash or ".") if is_file else self.location, self.limits, self.state)
        for inside in _FOLDERS:
            packages = self._file(home, f"{inside}{_PACKAGES}")
            if packages is not None:
                break
        else:
            raise SourceError(f"source {self.name}: {home.location} holds no {_PACKAGES}.json.gz; name the folder or URL that holds it")
        specs = self._file(home, f"{inside}{_SPECS}")
        if specs is None:
            raise SourceError(f"source {self.name}: {home.location} holds {inside}{_PACKAGES}, but no {inside}{_SPECS}.json.gz beside it")
        return _Data(packages, specs), home.location

    def _file(self, home: Place, path: str) -> dict[str, msgspec.Raw] | None:
        """One of the two files; None: it is not there, under neither of its names."""
        for ending in _ENDINGS:
            raw = fetched(home, path + ending)
            if raw is None:
                continue
            where = f"{home.location}: {path}{ending}"
            try:
                return _mapping.decode(unpacked(raw, self.limits, where))
            except (msgspec.MsgspecError, RecursionError) as error:
                raise SourceError(f"source {self.name}: {where} is no data file of the site: {error}; build it anew") from None
        return None


class _Data:
    """Both files, each entry still JSON but for what all of them need."""

    def __init__(self, packages: Mapping[str, msgspec.Raw], specs: Mapping[str, msgspec.Raw]) -> None:
        self.specs = specs
        self.packages: dict[str, _Package] = {}
        # What is refused by name: package entries that say nothing, and specs that no package names.
        self.unread: dict[str, dict[str, bytes]] = {}
        for name, raw in packages.items():
            try:
                if not is_name(name):
                    raise msgspec.ValidationError("no name")
                self.packages[name] = _package.decode(raw)
            except (msgspec.MsgspecError, RecursionError):
                self.unread.setdefault(name if is_name(name) else UNKNOWN, {})[name] = bytes(raw)
        named = {spec_hash for package in self.packages.values() for spec_hash in package.specs}
        homeless = {spec_hash: bytes(raw) for spec_hash, raw in specs.items() if spec_hash not in named}
        if homeless:
            self.unread.setdefault(UNKNOWN, {}).update(homeless)
        self.versions = {spec_hash: said for spec_hash, raw in specs.items() if (said := _version_of(raw)) is not None}


def _documents(package: str, data: _Data) -> Iterator[Listed]:
    """A document for each release of a package; entries that cannot be read stand in those releases that they or the package name."""
    releases: dict[str, dict[str, SpecRecord | msgspec.Raw]] = {}
    named = data.packages.get(package) or _Package()
    refused = dict(data.unread.get(package, {}))
    for spec_hash in named.specs:
        raw = data.specs.get(spec_hash, b"null")
        try:
            spec = _spec.decode(raw)
            read = _record(spec_hash, spec, data.versions)
        except (msgspec.MsgspecError, RecursionError):
            refused[spec_hash] = bytes(raw)
            continue
        for release in spec.releases:
            releases.setdefault(release, {})[spec_hash] = read
    for key, text in refused.items():
        own, those_of_package = (list(filter(is_name, tags)) for tags in (_releases_of(text), named.releases))
        for tag in own or those_of_package or (UNTAGGED,):
            releases.setdefault(tag, {})[key] = unread(key, text)
    for tag, specs in sorted(releases.items()):
        yield document(tag, package, "site", [spec for _, spec in sorted(specs.items(), key=lambda item: item[0])])


def _record(spec_hash: str, spec: _Spec, versions: Mapping[str, str]) -> SpecRecord:
    if spec.hash not in (None, spec_hash):
        raise msgspec.ValidationError("its hash is not the one that it stands under")
    if not spec.releases or not all(map(is_name, spec.releases)):
        raise msgspec.ValidationError("it is of no release, or of one whose name is empty or holds a control character")
    # Of several releases and several stacks, nobody can say which stack is of which release.
    stacks = sorted({*(spec.stacks or ())} - {ROOT})
    is_exact = len(stacks) == 1 or (len(set(spec.releases)) == 1 and stacks)
    said, unfit = _options(spec.variants)
    return SpecRecord(
        hash=spec_hash,
        versions=(spec.version,),
        os=spec.os,
        platform=spec.platform,
        target=spec.target,
        variants=(*said.variants, *unfit),
        stacks=stacks if is_exact else None,
        dependencies=_depends(spec.dependencies, versions),
        flags=said.flags,
        patches=said.patches,
    )


def _options(texts: Sequence[str]) -> tuple[Options, list[str]]:
    """A text for each value put together to one for each option; and the texts that are none, as they are."""
    said: dict[str, Value] = {}
    values: dict[str, list[str]] = {}
    unfit = []
    for text in texts:
        name, equals, value = text.partition("=")
        boolean = _BOOLEAN.fullmatch(text)
        if boolean and boolean[2] not in said and boolean[2] not in values:
            said[boolean[2]] = boolean[1] == "+"
        elif equals and name and name not in said:
            values.setdefault(name, []).append(value)
        else:
            unfit.append(text)
    for name, found in values.items():
        said[name] = found[0] if len(found) == 1 else list(found)
    return options(said), sorted(unfit)


def _depends(raw: msgspec.Raw, versions: Mapping[str, str]) -> Sequence[Dependency] | None:
    """Dependencies, where they are given by hash; labels and links for people, as the site has them now, are none."""
    try:
        found = edges(_dependencies.decode(raw))
    except (msgspec.MsgspecError, RecursionError):
        return None
    # An empty list may stand for dependencies of kinds that the site does not show.
    return [Dependency(edge.hash, edge.package, versions.get(edge.hash), edge.kinds) for edge in found] or None


def _version_of(raw: msgspec.Raw) -> str | None:
    try:
        return _version.decode(raw).version
    except (msgspec.MsgspecError, RecursionError):
        return None


def _releases_of(raw: bytes) -> Sequence[str]:
    try:
        return _releases.decode(raw).releases
    except (msgspec.MsgspecError, RecursionError):
        return ()
