"""What a place is: a tree of files, near or far away, read one by one; and what can go wrong with each of them alike."""

import re
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit

from etl.errors import SourceError

__all__ = ["Missing", "Place", "TooLarge", "fetched", "inside", "shown", "too_large"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Missing(SourceError):  # noqa: N818  (what is found out, not always an error)
    """The place can be read, but the file is not there."""


class TooLarge(SourceError):  # noqa: N818  (the same)
    """The file is there, but holds more than `Limits` lets in."""


class Place(Protocol):
    """A tree of files. Paths are relative to it, with `/`."""

    @property
    def location(self) -> str:
        """The place in words for people: without user, password and query."""

    def fetch(self, path: str) -> bytes:
        """The bytes of one file, as stored. Raises Missing, TooLarge, SourceError."""

    def files(self, prefix: str) -> Iterator[str] | None:
        """The path of each file below the folder `prefix` (empty: all), in byte order; None: this place cannot be listed.

        Raises SourceError, also while the result is gone through. A folder that is not there holds no files.
        """


def fetched(place: Place, path: str) -> bytes | None:
    """The bytes of one file of a place, as stored; None: it is not there. Raises TooLarge, SourceError."""
    try:
        return place.fetch(path)
    except Missing:
        return None


def inside(path: str, location: str) -> str:
    """The path, if it is one below a place. Raises SourceError: it came from a file that others wrote, and leads elsewhere."""
    try:
        path.encode(errors="surrogateescape")  # names on a disk may be any bytes
    except UnicodeEncodeError:
        raise SourceError(f"{location}: {path!r} is no file name; mend what names it") from None
    if _CONTROL.search(path) or any(part in ("", ".", "..") for part in path.split("/")):
        raise SourceError(f"{location}: {path!r} is no path below it; mend what names it")
    return path


def shown(url: str) -> str:
    """A URL as messages may show it: user, password, query and fragment may be secrets. Raises SourceError where it is none."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError as error:
        raise SourceError(f"{url.rpartition('@')[2]!r} is no address: {error}; write it as scheme://host/path") from None
    return f"{parts.scheme}://{host}{parts.path}"


def too_large(where: str, most: int) -> TooLarge:
    """The refusal of a file over the limit, in words."""
    return TooLarge(f"{where} holds more than {most:,} bytes; if it should, raise `download_bytes` of the config file's `limits`")
