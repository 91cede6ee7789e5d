"""A listed document, opened: its bytes, with those of the spec files beside it, within the limits."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from etl.extract.limits import Limits
from etl.extract.page import Refusal
from etl.extract.sources import Listed, Source

__all__ = ["Opened", "opened"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A document's bytes. `digest` is their sha256; where spec files lie beside the page, that of all of them in path order."""

    raw: bytes
    digest: str
    is_record: bool
    spec_files: "dict[str, bytes | Refusal]"  # by name

    @property
    def size_bytes(self) -> int:
        """Length of the document itself."""
        return len(self.raw)


def opened(source: Source, document: Listed, limits: Limits) -> Opened:
    """Read a document.

    Rejects: `not_a_file`, `too_large`, `unreadable`. A spec file that cannot be read is kept as its refusal: the page goes on.
    """
    raw = _bytes(source.read, document, limits)
    digest = hashlib.sha256(raw)
    spec_files: dict[str, bytes | Refusal] = {}
    for beside in document.beside:
        name = beside.path.rpartition("/")[2]
        try:
            spec_files[name] = found = _bytes(source.read, beside, limits)
        except Refusal as refusal:
            spec_files[name], found = refusal, b""
        digest.update(f"\0{name}\0{len(found)}\0".encode() + found)
    return Opened(raw, digest.hexdigest(), document.is_record, spec_files)


def _bytes(read: Callable[[Listed], bytes], document: Listed, limits: Limits) -> bytes:
    if not document.is_file:
        raise Refusal("not_a_file", "a folder, a pipe, a dead link or one that leads out of the source stands where a page should be")
    most = limits.download_bytes if document.is_record else limits.document_bytes
    if document.size_bytes > most:
        raise Refusal("too_large", f"{document.size_bytes:,} bytes; at most {most:,} are read")
    try:
        raw = read(document)
    except OSError as error:
        raise Refusal("unreadable", f"{error.strerror or error}") from None
    if len(raw) > most:  # it grew since it was listed
        raise Refusal("too_large", f"more than {most:,} bytes; no more are read")
    return raw
