"""An object store as a place to publish to: S3, Google, Azure, a folder, or the memory of this process.

Needs the extra `remote`. Credentials are those of the environment.
"""

import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from etl.errors import SourceError, StoreError, UsageError
from etl.extract.places import OBJECTS
from etl.extract.places.contract import shown
from etl.extract.places.objects import opened

if TYPE_CHECKING:
    from obstore import PutMode, UpdateVersion
    from obstore.store import ObjectStore

__all__ = ["Found", "Objects"]

PAUSES = (1.0, 5.0)  # seconds before a request is tried again; the client itself has tried what a server may mend by then
_HOPELESS = (PermissionDeniedError, UnauthenticatedError, NotSupportedError)
_PIECE = 8 << 20
_QUERY = re.compile(r"(?<!<)\?\S*")  # may hold a signature
_PATTERN = re.compile(r"[\[*?#\s]")  # DuckDB takes these for a pattern, or ends the address there

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it was read: its bytes, and the version that tells whether it is still the same."""

    data: bytes
    version: "UpdateVersion"


class Objects:
    """Objects below `s3://bucket/prefix`, `gs://`, `az://`, `file:///folder` or `memory:///`. Nothing is asked before a method is called.

    Raises UsageError for another address, and in each method StoreError where the store refuses, or still fails when asked again.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in (OBJECTS | {"file"}) or (scheme in ("s3", "gs", "az") and not parts.netloc):
            raise UsageError(f"--to {url.rpartition('@')[2]}: give s3://bucket/prefix, gs://, az:// or file:///folder")
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise UsageError(f"--to {shown(url)}: leave out user, password and what follows ? or #; credentials come from the environment")
        self.folder = Path(url2pathname(parts.path)).resolve() if scheme == "file" else None
        self.location = shown(url).rstrip("/")
        if self.folder is None and _PATTERN.search(self.location):
            raise UsageError(f"--to {self.location}: DuckDB cannot read below an address with blanks or any of [*?#; name another prefix")
        self._url = self.folder.as_uri() if self.folder else url

    @property
    def root(self) -> Path | str:
        """What the paths of views begin with, for a reader that goes to the store itself."""
        return self.folder or self.location

    def sizes(self, prefix: str) -> dict[str, int]:
        """The size of each object below a prefix, by path."""

        def listed() -> dict[str, int]:
            return {one["path"]: one["size"] for some in obstore.list(self._store, prefix) for one in some}

        return self._asked(prefix, listed)

    def get(self, path: str) -> Found | None:
        """One object; None: it is not there."""

        def got() -> Found:
            found = obstore.get(self._store, path)
            version: UpdateVersion = {}
            if found.meta["e_tag"]:
                version["e_tag"] = found.meta["e_tag"]
            if found.meta["version"]:
                version["version"] = found.meta["version"]
            return Found(found.bytes().to_bytes(), version)

        try:
            return self._asked(path, got)
        except FileNotFoundError:
            return None

    def put(self, path: str, data: bytes | Path, mode: "PutMode" = "overwrite") -> bool:
        """Put bytes, or a file piece by piece, under a path, whole or not at all.

        `mode` is `create`, or the version that is to be replaced; False: that is not how things are there now. Stores that
        cannot compare versions (a folder cannot) replace whatever is there.
        """

        def sent(how: "PutMode") -> None:
            if isinstance(data, Path):
                obstore.put(self._store, path, data, use_multipart=True, chunk_size=_PIECE, max_concurrency=2)
            else:
                obstore.put(self._store, path, data, use_multipart=False, mode=how)

        try:
            try:
                self._asked(path, partial(sent, mode or "overwrite"))
            except NotImplementedError:
                self._asked(path, partial(sent, "overwrite"))
        except (AlreadyExistsError, PreconditionError):
            return False
        except FileNotFoundError as error:
            raise self._failed(path, error) from None
        return True

    def delete(self, paths: Iterable[str]) -> None:
        """Remove objects; those that are gone already are no error."""
        for path in paths:
            with suppress(FileNotFoundError):
                self._asked(path, partial(obstore.delete, self._store, path))

    @cached_property
    def _store(self) -> "ObjectStore":
        try:
            if self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
            return opened(self._url)
        except SourceError as error:
            raise StoreError(str(error)) from None
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}; name another folder, or mend its permissions") from None

    def _asked(self, path: str, call: Callable[[], Answer]) -> Answer:
        """What a request answers; one that fails is made again after a pause."""
        for pause in (*PAUSES, None):
            try:
                return call()
            except (AlreadyExistsError, PreconditionError, FileNotFoundError):  # an answer, which the caller understands
                raise
            except (BaseError, OSError) as error:
                if pause is None or isinstance(error, _HOPELESS):
                    raise self._failed(path, error) from None
                time.sleep(pause)
        raise AssertionError("the last request neither answered nor failed")

    def _failed(self, path: str, error: Exception) -> StoreError:
        words = " ".join(_QUERY.sub("", str(error).partition("\n\n")[0]).split())[:500]
        return StoreError(
            f"{self.location}/{path}: {words}. Readers still see one whole release, if any was there; check the address, and the "
            "credentials of the environment, then publish again: it goes on where it stopped"
        )
