"""Documents in a folder: `_cache/<tag>/<package>/specs.md`; or a single document, wherever it lies."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from msgspec.structs import replace

from etl.errors import SourceError
from etl.extract.layouts import title
from etl.extract.limits import Limits
from etl.extract.page import Refusal, front_matter
from etl.extract.sources.listing import PAGES, Listed, Listing, Totals, is_spec_file, pages, placed
from etl.extract.totals import totals

# A file written twice within one tick of the file system's clock keeps its time: younger than this, time proves nothing.
SETTLED_NS = 2_000_000_000
PIECE = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A checkout or copy of the cache's pages."""

    name: str
    root: Path  # the folder that holds `_cache`
    limits: Limits = Limits()

    @classmethod
    def at(cls, name: str, path: Path, limits: Limits) -> "FolderSource":
        """The source at a folder that is or holds `_cache/`."""
        folder = path.absolute() if path.name == "_cache" else path.resolve()  # a link of that name leads to any other
        root = folder.parent if folder.name == "_cache" else folder
        if not (root / "_cache").is_dir():
            inside = sorted(str(found.parent) for found in path.glob("*/_cache"))
            hint = f"; {len(inside)} of its folders do: name each, e.g. first={inside[0]}" if inside else ""
            raise SourceError(f"source {name}: {path} neither is nor holds a folder _cache/{hint}")
        return cls(name, root, limits)

    def list(self) -> Listing:
        """Every page below `_cache/`, and what `_data/` beside it says."""
        tops = (self.root.resolve(), (self.root / "_cache").resolve())  # the second may be a link itself
        try:
            found = pages(_files(f"{self.root}{os.sep}_cache", "_cache", _Look(time.time_ns(), tops)))
        except OSError as error:
            raise SourceError(f"source {self.name}: {error.filename} cannot be listed: {error.strerror}") from error
        if not found:
            raise SourceError(f"source {self.name}: no page (specs.md) lies below {self.root / '_cache'}: an empty or half-made copy?")
        return Listing(found, totals=self._totals())

    def _totals(self) -> Totals:
        meta, tags = (self._data(f"_data/{name}.yaml") for name in ("meta", "tags"))
        return totals(meta, tags, f"source {self.name}: {self.root}")

    def _data(self, path: str) -> bytes | None:
        file = self.root / path
        if not file.is_file() or not file.resolve().is_relative_to(self.root.resolve()):
            return None
        try:
            return _read(str(file), self.limits.download_bytes)
        except OSError as error:
            raise SourceError(f"source {self.name}: {file} cannot be read: {error.strerror}") from error

    def read(self, document: Listed) -> bytes:
        """The bytes of one page."""
        return _read(f"{self.root}{os.sep}{document.path}", self.limits.document_bytes)


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """One document; it names its own tag and package."""

    name: str
    file: Path
    limits: Limits = Limits()

    def list(self) -> Listing:
        """The document, under its place in a cache if it lies in one, else under its file name.

        It is opened, unlike those of a folder: only its title tells of which package it is.
        """
        parts = self.file.parts
        path = "/".join(parts[parts.index("_cache") :] if "_cache" in parts else parts[-1:])
        listed = _listed(str(self.file), path, time.time_ns())
        try:
            page = front_matter(self.read(listed))
            beside = self._spec_files(path) if b"spec_files" in page.fields else []
            (listed,) = pages([replace(listed, package=listed.package or title(page)), *beside], is_page=lambda one: one.path == path)
        except Refusal as refusal:
            if refusal.rule in ("empty", "not_text", "no_front_matter", "no_cache_page"):
                raise SourceError(f"source {self.name}: {self.file} is no cache document: {refusal.detail}") from None
            # A cache document, but a broken one: a reject like any other.
        except OSError as error:
            raise SourceError(f"source {self.name}: {self.file} cannot be read: {error.strerror}") from error
        return Listing([listed])

    def _spec_files(self, path: str) -> Iterator[Listed]:
        folder = path.rpartition("/")[0]
        for name in sorted(os.listdir(self.file.parent)):  # noqa: PTH208  (names are all that is wanted)
            if is_spec_file(name):
                yield _listed(str(self.file.parent / name), f"{folder}/{name}" if folder else name, time.time_ns())

    def read(self, document: Listed) -> bytes:
        """The document's bytes, or those of a spec file beside it."""
        name = document.path.rpartition("/")[2]
        return _read(str(self.file.parent / name) if is_spec_file(name) else str(self.file), self.limits.document_bytes)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a folder: when, and the folders that a link must lead below one of."""

    now: int
    tops: tuple[Path, ...]


def _files(folder: str, path: str, look: _Look) -> list[Listed]:
    """Pages and spec files below a folder."""
    found = []
    waiting = [(folder, path)]
    while waiting:  # no generator in a generator: each of 100,000 pages would pass through all of them
        folder, path = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name in PAGES or is_spec_file(name):
                    listed = _listed(entry.path, f"{path}/{name}", look.now)
                    found.append(replace(listed, is_file=False) if entry.is_symlink() and _leaves(entry.path, look.tops) else listed)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{path}/{name}"))
    return found


def _leaves(link: str, tops: tuple[Path, ...]) -> bool:
    try:
        place = Path(link).resolve()
        return not any(place.is_relative_to(top) for top in tops)
    except (OSError, RuntimeError):  # links in a ring lead nowhere
        return True


def _listed(file: str, path: str, now: int) -> Listed:
    tag, package = placed(path)
    try:
        stat = os.stat(file)  # noqa: PTH116  (a Path for each of 100,000 documents costs half a second)
    except OSError:
        return Listed(path, 0, None, False, tag, package)  # a dead link, or links in a ring
    is_old = now - stat.st_mtime_ns > SETTLED_NS
    fingerprint = f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ino}" if is_old else None
    return Listed(path, stat.st_size, fingerprint, S_ISREG(stat.st_mode), tag, package)


def _read(path: str, most: int) -> bytes:
    """A file's bytes, and no more than one beyond the most that is wanted."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a third faster than `open`, for 100,000 pages; never waits for a pipe
    try:
        parts = []
        size = 0
        while size <= most and (part := os.read(descriptor, min(PIECE, most + 1 - size))):
            parts.append(part)
            size += len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
