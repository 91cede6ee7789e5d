"""A folder as a place."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from urllib.parse import urlsplit
from urllib.request import url2pathname

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places.contract import Missing, inside, too_large

__all__ = ["LocalPlace"]

_PIECE = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """Files below a folder; links are followed as long as they stay in it."""

    folder: Path
    limits: Limits

    @classmethod
    def at(cls, location: str, limits: Limits) -> "LocalPlace":
        """The place at a path or a `file://` URL. Raises SourceError where there is no folder."""
        if location.lower().startswith("file://"):
            parts = urlsplit(location)
            if parts.netloc not in ("", "localhost"):
                raise SourceError(f"{location} names the machine {parts.netloc}; a file of this one is file:///path")
            location = url2pathname(parts.path)
        try:
            folder = Path(location).expanduser().resolve(strict=True)
        except FileNotFoundError:
            raise SourceError(f"{location} does not exist; name a folder") from None
        except (OSError, RuntimeError, ValueError) as error:  # no such user, links in a ring, a zero byte
            raise SourceError(f"{location!r} cannot be reached: {error}") from None
        if not folder.is_dir():
            raise SourceError(f"{location} is no folder; name the folder that holds it")
        return cls(folder, limits)

    @property
    def location(self) -> str:
        """The folder's path."""
        return str(self.folder)

    def fetch(self, path: str) -> bytes:
        """The bytes of one file. Raises Missing, TooLarge; SourceError where it is no file, or a link leads out of the folder."""
        file = self._within(path)
        try:
            # Without waiting: opening a pipe would last until somebody writes into it.
            descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if not S_ISREG(os.fstat(descriptor).st_mode):
                    raise SourceError(f"{self._said(path)} is no file but a folder, pipe or device; put the file itself there")
                return self._read(descriptor, path)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SourceError(f"{self._said(path)} cannot be read: {error.strerror}; check its permissions") from None

    def files(self, prefix: str) -> Iterator[str]:
        """The path of each file below a folder of the place, in byte order. Links to folders are not followed."""
        prefix = prefix.strip("/")
        try:
            waiting = [(str(self._within(prefix)), f"{prefix}/")] if prefix else [(str(self.folder), "")]
        except Missing:
            return
        while waiting:
            full, path = waiting.pop()
            if path and not path.endswith("/"):
                yield path
                continue
            try:
                with os.scandir(full) as found:
                    # `a/b` comes behind `a-`: a folder's place is that of its name with the `/`.
                    entries = [(entry.path, f"{path}{entry.name}{_slash(entry)}") for entry in found if _is_told(entry)]
            except NotADirectoryError:
                return
            except OSError as error:
                raise SourceError(f"{self._said(path)} cannot be listed: {error.strerror}; check its permissions") from None
            waiting += sorted(entries, key=lambda entry: os.fsencode(entry[1]), reverse=True)

    def _within(self, path: str) -> Path:
        """Where a path of the place leads, links followed."""
        try:
            file = (self.folder / inside(path, self.location)).resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(f"{self._said(path)} does not exist") from None
        except (OSError, RuntimeError) as error:  # the second: links in a ring
            raise SourceError(f"{self._said(path)} cannot be reached: {error}") from None
        if not file.is_relative_to(self.folder):
            raise SourceError(f"{self._said(path)} is a link that leads out of the folder; put the file itself there")
        return file

    def _read(self, descriptor: int, path: str) -> bytes:
        most, into = self.limits.download_bytes, io.BytesIO()
        while part := os.read(descriptor, min(_PIECE, most - into.tell() + 1)):
            into.write(part)
            if into.tell() > most:
                raise too_large(self._said(path), most)
        return into.getvalue()

    def _said(self, path: str) -> str:
        return f"{self.location}/{path}".encode(errors="surrogateescape").decode(errors="backslashreplace")


def _slash(entry: "os.DirEntry[str]") -> str:
    return "/" if entry.is_dir(follow_symlinks=False) else ""


def _is_told(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) or entry.is_file()
    except OSError:  # links in a ring, or into a folder that is closed to us
        return False
