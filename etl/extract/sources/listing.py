"""What every source gives: a cheap listing, and the bytes of what was listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Listed", "Source"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as the listing shows it, not yet opened.

    `fingerprint` changes whenever the content does; that it changed need not mean that the content did. None: what the
    listing shows cannot tell (a file so young that the next write may leave its time as it is).
    """

    path: str  # below the source's root, with `/`
    size_bytes: int
    fingerprint: str | None
    is_file: bool = True  # false: a folder, a pipe or a dead link where a page should be
    tag: str | None = None  # as the path says; None: the document alone must say
    package: str | None = None


class Source(Protocol):
    """A named place that documents come from."""

    @property
    def name(self) -> str:
        """Name under which its rows stand in the warehouse."""

    def list(self) -> Sequence[Listed]:
        """Every document, in path order, without opening one. Raises SourceError."""

    def read(self, document: Listed) -> bytes:
        """The bytes of one listed document. Raises OSError where they cannot be read."""
