"""Bytes as they were fetched to bytes as they are used: unpacked, and compared with the checksum that they should have."""

import hashlib
import io
import zlib

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places.contract import too_large

__all__ = ["checked", "unpacked"]

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 16  # bytes given to zlib at once: what it leaves of them is copied each time

_ALGORITHMS = frozenset(name for name in hashlib.algorithms_guaranteed if not name.startswith("shake"))  # shake has no length of its own


def unpacked(raw: bytes, limits: Limits, where: str = "a file") -> bytes:
    """The bytes unpacked where they are gzip, whatever their name says; else as they are.

    Raises TooLarge where they unpack to more than `limits.download_bytes`, SourceError where they are damaged.
    """
    if not raw.startswith(_GZIP):
        return raw
    most, into, at = limits.download_bytes, io.BytesIO(), 0  # BytesIO hands its bytes out without a second copy
    while at < len(raw):
        try:
            at = _member(raw, at, into, most, where)
        except zlib.error as error:
            raise SourceError(f"{where}: its gzip data are damaged: {error}; fetch or make it anew") from None
        if not raw[at : at + _PIECE].strip(b"\0"):  # tapes and block devices pad with zeros
            at = len(raw) - len(raw[at:].lstrip(b"\0"))
    return into.getvalue()


def _member(raw: bytes, at: int, into: io.BytesIO, most: int, where: str) -> int:
    """Unpack the gzip member that begins at a position; where it ends."""
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    while not stream.eof:
        piece = stream.unconsumed_tail or raw[at : at + _PIECE]
        if not piece:
            raise SourceError(f"{where}: its gzip data are cut off after {len(raw):,} bytes; fetch or make it anew")
        at += 0 if stream.unconsumed_tail else len(piece)
        into.write(stream.decompress(piece, most - into.tell() + 1))
        if into.tell() > most:
            raise too_large(where, most)
    return at - len(stream.unused_data)


def checked(raw: bytes, algorithm: str, expected: str, where: str) -> bytes:
    """The same bytes, if their checksum is the expected one (hexadecimal). Raises SourceError."""
    if algorithm not in _ALGORITHMS:
        raise SourceError(f"{where}: checksum algorithm {algorithm[:50]!r} is not known; mend what names it, e.g. sha256")
    found = hashlib.new(algorithm, raw, usedforsecurity=False).hexdigest()
    if found != expected.lower():
        raise SourceError(
            f"{where}: its {algorithm} is {found}, not {expected[:200]} as was said: it is damaged, or was replaced just now; try again"
        )
    return raw
