"""Where documents come from. Each source lists what it holds cheaply, then reads what is asked for."""

import re
from pathlib import Path

from etl.errors import SourceError, UsageError
from etl.extract.sources.folder import DocumentSource, FolderSource
from etl.extract.sources.listing import Listed, Source

__all__ = ["SAMPLE", "UNNAMED", "Listed", "Source", "named", "open_source"]

SAMPLE = "sample"  # name of the embedded, made-up cache; no real source may bear it
UNNAMED = "cache"  # name of a source that was given without one

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def named(text: str) -> tuple[str | None, str]:
    """Split `NAME=SOURCE`; the name is None where none is given."""
    name, equals, location = text.partition("=")
    return (name, location) if equals and _NAME.fullmatch(name) else (None, text)


def open_source(name: str, location: str) -> Source:
    """The source that a location means: a folder that is or holds `_cache/`, or one document.

    Raises SourceError where there is none, UsageError where the name cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"source name {name!r}: use letters, digits, dot, dash and underscore, e.g. public=/srv/cache.spack.io")
    try:
        path = Path(location).expanduser()
        if path.is_dir():
            return FolderSource.at(name, path)
        if path.is_file():
            return DocumentSource(name, path.resolve())
    except (OSError, RuntimeError) as error:  # the second: `~name/...`, and there is no such user
        raise SourceError(f"source {name}: {location} cannot be reached: {error}") from error
    raise SourceError(f"source {name}: {location} does not exist; name a folder that holds _cache/, or one document")
