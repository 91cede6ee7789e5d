"""What every source gives: a cheap listing, and the bytes of what was listed."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import pyarrow as pa

__all__ = ["PAGES", "UNTAGGED", "Listed", "Listing", "Source", "Totals", "content", "held", "is_spec_file", "pages", "placed", "shown"]

UNTAGGED = "untagged"  # the tag of documents that name none: layouts A and B, a mirror's own index
PAGES = frozenset({"specs.md", "index.md"})
_SPEC_FILE = re.compile(r"spec-[0-9]{1,6}\.json")

_zstd = pa.Codec("zstd", compression_level=1)


class Listed(msgspec.Struct, frozen=True):
    """A document as the listing shows it, not yet opened.

    `fingerprint` changes whenever the content does; that it changed need not mean that the content did. None: what the
    listing shows cannot tell (a file so young that the next write may leave its time as it is).

    A struct, for there are 100,000 of them: it is made, and sent to another process, in a quarter of a data class's time.
    """

    path: str  # below the source's root, with `/`
    size_bytes: int
    fingerprint: str | None
    is_file: bool = True  # false: a folder, a pipe or a dead link where a page should be
    tag: str | None = None  # as the path says; None: the document alone must say
    package: str | None = None
    key: str | None = None  # what the source itself finds it by, where that is not the path
    beside: "tuple[Listed, ...]" = ()  # the files `spec-N.json` that lie beside a page
    held: bytes | None = None  # the content, packed, of a source that had to be read to be listed
    is_record: bool = False  # the content is a `records.DocumentRecord`, no page

    @property
    def whole_size_bytes(self) -> int:
        """Of the document and of the files beside it."""
        return self.size_bytes + sum(one.size_bytes for one in self.beside) if self.beside else self.size_bytes


@dataclass(frozen=True, slots=True)
class Totals:
    """What a source says of its tags as a whole: how many specs each holds, and which stacks it has."""

    spec_counts: Mapping[str, int] = field(default_factory=dict)
    stacks: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source holds at one moment. `revision` and `observed_at` (UTC, no zone) are those of the source itself, if it has any."""

    documents: Sequence[Listed]  # in path order
    revision: str | None = None
    observed_at: dt.datetime | None = None
    totals: Totals = Totals()


class Source(Protocol):
    """A named place that documents come from. It is sent to other processes, so it holds nothing that cannot be."""

    @property
    def name(self) -> str:
        """Name under which its rows stand in the warehouse."""

    def list(self) -> Listing:
        """Every document, in path order, without opening one where that can be helped. Raises SourceError."""

    def read(self, document: Listed) -> bytes:
        """The bytes of one listed document, or of a file beside it. Raises OSError where they cannot be read."""


def placed(path: str) -> tuple[str | None, str | None]:
    """Tag and package as a page's path says them; None: it does not.

    Example: `_cache/develop/zlib/specs.md` is of tag develop, package zlib; `_cache/zlib/index.md` of `untagged`, zlib.
    """
    parts = path.split("/")
    if parts[0] != "_cache" or parts[-1] not in PAGES:
        return None, None
    if len(parts) == 4:
        return parts[1], parts[2]
    return (UNTAGGED, parts[1]) if len(parts) == 3 else (None, None)


def shown(name: str) -> str:
    """A path as text for people and tables, also where its bytes are no UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def is_spec_file(name: str) -> bool:
    """Whether a file beside a page may be one of those that pages of layout A to D name, by its name."""
    return name.startswith("spec-") and _SPEC_FILE.fullmatch(name) is not None


def pages(files: Iterable[Listed], is_page: Callable[[Listed], bool] | None = None) -> list[Listed]:
    """The pages among the files below `_cache/`, each with the spec files beside it, in path order.

    `is_page` tells a page where its name does not.
    """
    found: list[Listed] = []
    spec_files: dict[str, list[Listed]] = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if is_page(file) if is_page else name in PAGES:
            found.append(file)
        elif file.is_file and is_spec_file(name):
            spec_files.setdefault(folder, []).append(file)
    if spec_files:
        found = [_beside(page, spec_files.get(page.path.rpartition("/")[0], ())) for page in found]
    return sorted(found, key=lambda page: page.path)


def _beside(page: Listed, files: Sequence[Listed]) -> Listed:
    """The page with the files beside it, in path order; its fingerprint is then that of all of them."""
    if not files:
        return page
    files = sorted(files, key=lambda file: file.path)
    prints = [one.fingerprint for one in (page, *files)]
    whole = None if None in prints else hashlib.sha256("\n".join(map(str, prints)).encode()).hexdigest()
    return msgspec.structs.replace(page, beside=tuple(files), fingerprint=whole)


def held(path: str, raw: bytes, tag: str | None = None, package: str | None = None, is_record: bool = False) -> Listed:
    """A document whose content is at hand already. It is packed: a whole cache fits into memory so."""
    packed = len(raw).to_bytes(8, "little") + _zstd.compress(raw, asbytes=True)
    return Listed(path, len(raw), hashlib.sha256(raw).hexdigest(), tag=tag, package=package, held=packed, is_record=is_record)


def content(document: Listed) -> bytes:
    """The content of a document that `held` made."""
    assert document.held is not None  # the caller's source holds its documents
    size = int.from_bytes(document.held[:8], "little")
    data: bytes = _zstd.decompress(document.held[8:], decompressed_size=size, asbytes=True) if size else b""
    return data
