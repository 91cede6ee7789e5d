"""Documents in an archive, `.zip`, `.tar`, `.tar.gz` or `.tar.zst`: read once and held in memory, never unpacked to disk."""

import errno
import gzip
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.listing import Listed, Listing, content, held, placed, shown
from etl.extract.sources.tree import Trees, cache_files, wanted
from etl.extract.totals import LARGEST, totals

__all__ = ["ArchiveSource", "is_archive"]

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC_END = 257 + 5  # where `ustar` ends in a tar's first header
_UNPACKED_BY = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # of others, zipfile unpacks more at once than it is asked for
_ENCRYPTED = 0x1  # bit of a zip entry's flags
_PIECE = 1 << 20  # bytes read at once
_PADDING = 1 << 20  # zeros behind a tar's end mark that count for nothing; tar itself writes up to 10 KB, by default
_LONGEST_HEADER = 1 << 20  # bytes of a name, or of a list of attributes: tarfile takes them whole into memory
_HEADERS_ONLY = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK})
# All that the libraries raise on bytes that are not as they should be. RuntimeError is also a recursion without end.
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, pa.ArrowException) + (
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
)


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its first bytes, whatever its name. Raises OSError where it cannot be read."""
    return _kind(path) is not None


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """A packed copy of the cache's pages, with `_cache/` at its top or in a folder."""

    name: str
    file: Path
    limits: Limits

    def list(self) -> Listing:
        """Every page with its content, in path order.

        Links, devices and pipes are listed as no files, but for a hard link to a page or other wanted file before it, which has the
        content of that; a page over the limit is listed by its size, without content. Members whose path is absolute or leads out of
        the archive are passed over. Of two members of one path the last counts, as it does for tar.

        Raises SourceError where the archive is damaged, cut off, encrypted, over a limit, or holds no cache or several.
        """
        try:
            kind = _kind(self.file)
            trees = self._zip() if kind == "zip" else self._tar(kind)
        except _DAMAGE as error:
            raise SourceError(f"{self._where}: {_words(error)}") from error
        found = cache_files(trees, self._where, "pack the one that is meant alone, or unpack it and name its folder")
        meta, tags = (content(file) if file else None for file in (found.meta, found.tags))
        return Listing(found.documents, totals=totals(meta, tags, self._where))

    def read(self, document: Listed) -> bytes:
        """The content of one page, which the listing holds already."""
        if document.held is None:
            raise OSError(errno.EFBIG, "not unpacked: over the limit, or no file")
        return content(document)

    @property
    def _where(self) -> str:
        return f"source {self.name}: {self.file}"

    def _most(self, path: str) -> int:
        """How long a file may be to be unpacked."""
        return LARGEST if path.endswith(".yaml") else self.limits.document_bytes

    def _tar(self, kind: str | None) -> Trees:
        trees: dict[str, dict[str, Listed]] = {}
        budget = _Budget(self._where, self.limits)
        with _unpacked(self.file, kind) as stream:
            header = _header(budget)
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=header, encoding="utf-8", errors="surrogateescape") as archive:
                while (member := archive.next()) is not None:
                    archive.members.clear()  # type: ignore[attr-defined]  # it would keep each
                    budget.member()
                    place = _wanted(member.name)
                    if place is None:
                        continue
                    folder, path = place
                    if member.islnk():
                        file = self._linked(path, member.linkname, trees, budget)
                    else:
                        file = self._packed(path, archive, member, budget)
                    trees.setdefault(folder, {})[path] = file
            # Behind the end mark there is padding; behind that, gzip and zstd keep their checksums.
            stream.read(_PADDING)
            while piece := stream.read(_PIECE):
                budget.spend(len(piece))
        return trees

    def _packed(self, path: str, archive: tarfile.TarFile, member: tarfile.TarInfo, budget: "_Budget") -> Listed:
        if not member.isreg() or member.size > self._most(path):
            return Listed(path, member.size, None, member.isreg(), *placed(path))
        if member.issparse():  # its holes take no room in the archive
            budget.spend(member.size)
        return held(path, _whole(archive.extractfile(member), member.size), *placed(path))

    def _linked(self, path: str, target: str, trees: Trees, budget: "_Budget") -> Listed:
        """A hard link: tar packs a file that has several names under the first of them, and names that for the others."""
        place = _wanted(target)
        first = trees.get(place[0], {}).get(place[1]) if place else None
        if first is None or (first.held is None and first.size_bytes <= self._most(path)):
            return Listed(path, 0, None, False, *placed(path))
        budget.spend(first.size_bytes)  # links without number cost an archive nothing, but each is read
        tag, package = placed(path)
        return Listed(path, first.size_bytes, first.fingerprint, first.is_file, tag, package, held=first.held)

    def _zip(self) -> Trees:
        trees: dict[str, dict[str, Listed]] = {}
        budget = _Budget(self._where, self.limits)
        with zipfile.ZipFile(self.file) as archive:
            for entry in archive.infolist():
                budget.member()
                place = _wanted(_zip_name(entry))
                if place is None:
                    continue
                folder, path = place
                tree = trees.setdefault(folder, {})
                is_file = not entry.is_dir() and stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
                if not is_file or entry.file_size > self._most(path):
                    tree[path] = Listed(path, entry.file_size, None, is_file, *placed(path))
                    continue
                if entry.flag_bits & _ENCRYPTED:
                    raise SourceError(f"{self._where}: {shown(path)} is encrypted; pack the cache anew without a password")
                if entry.compress_type not in _UNPACKED_BY:
                    method = f"method {entry.compress_type}, which is not read"
                    raise SourceError(f"{self._where}: {shown(path)} is packed by {method}; pack the cache anew by deflate, as zip does")
                budget.spend(entry.file_size)  # zipfile gives no more than this, and refuses less
                tree[path] = held(path, _whole(archive.open(entry), entry.file_size), *placed(path))
        return trees


class _Budget:
    """What was unpacked so far; more than the limits is an error before it is unpacked."""

    def __init__(self, where: str, limits: Limits) -> None:
        self._where, self._limits = where, limits
        self._members = self._bytes = 0

    def member(self) -> None:
        self._members += 1
        if self._members > self._limits.archive_members:
            raise self._over(f"more than {self._limits.archive_members:,} members", "archive_members")

    def spend(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.archive_bytes:
            raise self._over(f"more than {self._limits.archive_bytes:,} bytes when unpacked", "archive_bytes")

    def _over(self, what: str, limit: str) -> SourceError:
        return SourceError(f"{self._where}: it holds {what}; if it is to be trusted, raise limits.{limit} in the config file")


def _header(budget: _Budget) -> type[tarfile.TarInfo]:
    """The class of a tar's headers: each is counted before what it announces is unpacked, and a damaged one is an error.

    tarfile takes a damaged header for the end of the archive, unless it is the first: all pages behind it would be gone without a word.
    """

    class Header(tarfile.TarInfo):
        is_begun = False

        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "Header":
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as error:
                if buf == bytes(tarfile.BLOCKSIZE):  # the end mark
                    raise
                if not cls.is_begun:
                    raise tarfile.ReadError("what is packed in it is no tar") from error
                raise tarfile.ReadError("it ends before its end mark" if len(buf) < tarfile.BLOCKSIZE else str(error)) from error
            cls.is_begun = True
            if header.type in _HEADERS_ONLY and header.size > _LONGEST_HEADER:
                raise tarfile.ReadError(f"a name or attribute of {header.size:,} bytes")
            if header.size < 0:
                raise tarfile.ReadError("a member of negative size")
            budget.spend(header.size)
            return header

    return Header


def _kind(path: Path) -> str | None:
    """`zip`, `gzip`, `zstd` or `tar`; None: no archive."""
    with path.open("rb") as file:
        head = file.read(_MAGIC_END)
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZSTD):
        return "zstd"
    return "tar" if head.endswith(b"ustar") and len(head) == _MAGIC_END and b"\0" in head else None  # a page holds no zero


def _unpacked(file: Path, kind: str | None) -> IO[bytes] | Any:
    if kind == "gzip":
        return gzip.open(file)
    return pa.CompressedInputStream(pa.OSFile(os.fspath(file)), "zstd") if kind == "zstd" else file.open("rb")


def _wanted(name: str) -> tuple[str, str] | None:
    """The folder that holds a member's `_cache/` or `_data/`, and its path from there; None: it is passed over."""
    path = _normal(name)
    return None if path is None else wanted(path)


def _normal(name: str) -> str | None:
    """A member's path without `.` and `..`; None: it leads out of the archive, or is none."""
    if name.startswith("/") or "\0" in name:
        return None
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The name as it was written; some that write on Windows part folders by a backslash."""
    name = entry.orig_filename
    return name.replace("\\", "/") if entry.create_system == 0 else name


def _whole(member: IO[bytes] | None, size: int) -> bytes:
    assert member is not None  # only regular members are asked for
    with member:
        raw = member.read(size)
        # One more, so that zipfile comes to the end and compares the checksum.
        if len(raw) < size or member.read(1):
            raise EOFError("a member is not as long as it says")
    return raw


def _words(error: BaseException) -> str:
    """What is wrong with the archive, and what to do."""
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # the latter: it points to a place that no file has
        return f"it cannot be read: {error.strerror or error}"
    if isinstance(error, RecursionError):
        return "it cannot be read: headers without end; pack the cache anew"
    reason = " ".join(str(error).split()) or "it ends too early"
    return f"it is no whole archive of a cache: {reason}; it may be damaged or cut off: get it again, or name a folder or a page instead"
