"""Documents in a folder: `_cache/<tag>/<package>/specs.md`; or a single document, wherever it lies."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG

from etl.errors import SourceError
from etl.extract.layouts import title
from etl.extract.page import Refusal, front_matter
from etl.extract.sources.listing import Listed

# A file written twice within one tick of the file system's clock keeps its time: younger than this, time proves nothing.
SETTLED_NS = 2_000_000_000
PIECE = 1 << 20  # bytes read at once
PAGES = frozenset({"specs.md", "index.md"})  # all else beside them (`spec-N.json`) is no page


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A checkout or copy of the cache's pages."""

    name: str
    root: Path  # the folder that holds `_cache`

    @classmethod
    def at(cls, name: str, path: Path) -> "FolderSource":
        """The source at a folder that is or holds `_cache/`."""
        folder = path.absolute() if path.name == "_cache" else path.resolve()  # a link of that name leads to any other
        root = folder.parent if folder.name == "_cache" else folder
        if not (root / "_cache").is_dir():
            inside = sorted(str(found.parent) for found in path.glob("*/_cache"))
            hint = f"; {len(inside)} of its folders do: name each, e.g. first={inside[0]}" if inside else ""
            raise SourceError(f"source {name}: {path} neither is nor holds a folder _cache/{hint}")
        return cls(name, root)

    def list(self) -> list[Listed]:
        """Every page below `_cache/`, in path order."""
        try:
            pages = sorted(_pages(f"{self.root}{os.sep}_cache", "_cache", time.time_ns()), key=lambda page: page.path)
        except OSError as error:
            raise SourceError(f"source {self.name}: {error.filename} cannot be listed: {error.strerror}") from error
        if not pages:
            raise SourceError(f"source {self.name}: no page (specs.md) lies below {self.root / '_cache'}: an empty or half-made copy?")
        return pages

    def read(self, document: Listed) -> bytes:
        """The bytes of one page."""
        return _read(f"{self.root}{os.sep}{document.path}")


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """One document; it names its own tag and package."""

    name: str
    file: Path

    def list(self) -> list[Listed]:
        """The document, under its place in a cache if it lies in one, else under its file name.

        It is opened, unlike those of a folder: only its title tells of which package it is.
        """
        parts = self.file.parts
        inside = parts[parts.index("_cache") :] if "_cache" in parts else parts[-1:]
        listed = _listed(str(self.file), "/".join(inside), time.time_ns())
        try:
            return [replace(listed, package=listed.package or title(front_matter(self.read(listed))))]
        except Refusal as refusal:
            if refusal.rule in ("empty", "not_text", "no_front_matter", "no_cache_page"):
                raise SourceError(f"source {self.name}: {self.file} is no cache document: {refusal.detail}") from None
            return [listed]  # a cache document, but a broken one: a reject like any other
        except OSError as error:
            raise SourceError(f"source {self.name}: {self.file} cannot be read: {error.strerror}") from error

    def read(self, document: Listed) -> bytes:
        """The document's bytes."""
        return _read(str(self.file))


def _pages(folder: str, path: str, now: int) -> Iterator[Listed]:
    with os.scandir(folder) as entries:
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.name in PAGES:
                yield _listed(entry.path, below, now)
            elif entry.is_dir(follow_symlinks=False):
                yield from _pages(entry.path, below, now)


def _listed(file: str, path: str, now: int) -> Listed:
    parts = path.split("/")
    in_place = len(parts) == 4 and parts[0] == "_cache"
    tag, package = (parts[1], parts[2]) if in_place else (None, None)
    try:
        stat = os.stat(file)  # noqa: PTH116  (a Path for each of 100,000 documents costs half a second)
    except OSError:
        return Listed(path, 0, None, False, tag, package)  # a dead link, or links in a ring
    is_old = now - stat.st_mtime_ns > SETTLED_NS
    fingerprint = f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ino}" if is_old else None
    return Listed(path, stat.st_size, fingerprint, S_ISREG(stat.st_mode), tag, package)


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)  # a third faster than `open`, for 100,000 pages
    try:
        parts = []
        while part := os.read(descriptor, PIECE):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
