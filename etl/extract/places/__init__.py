"""Where an adapter's files lie: a folder, a web server or an object store, read in one way.

Public: `place`, `bucket`, `Place`, `Missing`, `TooLarge`, `fetched`, `unpacked`, `checked`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places.content import checked, unpacked
from etl.extract.places.contract import Missing, Place, TooLarge, fetched, shown
from etl.extract.places.local import LocalPlace

if TYPE_CHECKING:
    from etl.extract.places.objects import ObjectPlace

__all__ = ["OBJECTS", "Missing", "Place", "TooLarge", "bucket", "checked", "fetched", "place", "unpacked"]

OBJECTS = frozenset({"s3", "gs", "az", "memory"})  # schemes of object stores; the last lives and ends with the process


def place(location: str, limits: Limits, state: Path | None) -> Place:
    """The place that a location means: a folder's path or `file://` URL, `http(s)://`, or an object store's URL.

    `state` is a folder, made where it is not there, in which what a web server sent is kept for the next time.
    Raises SourceError where there is no such place, or what reads it is not installed.
    """
    scheme, colon, _ = location.partition("://")
    scheme = scheme.lower()
    if not colon or scheme == "file":
        return LocalPlace.at(location, limits)
    if scheme in OBJECTS:
        return bucket(location, limits)
    if scheme not in ("http", "https"):
        raise SourceError(f"{shown(location)}: there is no reader for {scheme}://; give a folder, http(s)://, s3://, gs:// or az://")
    try:
        from etl.extract.places.http import HttpPlace  # noqa: PLC0415  (slow to import, and most runs need none)
    except ImportError as error:
        raise _not_installed(location, error) from None
    return HttpPlace(location, limits, state)


def bucket(location: str, limits: Limits) -> "ObjectPlace":
    """The place in an object store. Raises SourceError where the extra `remote` is not installed."""
    try:
        from etl.extract.places.objects import ObjectPlace  # noqa: PLC0415  (an extra that may be absent)
    except ImportError as error:
        raise _not_installed(location, error) from None
    return ObjectPlace(location, limits)


def _not_installed(location: str, error: ImportError) -> SourceError:
    return SourceError(f"{shown(location)}: {error}; pip install 'spack-cache-etl[remote]'")
