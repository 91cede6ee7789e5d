"""Where documents come from. Each source lists what it holds cheaply, then reads what is asked for."""

import re
from pathlib import Path

from etl.errors import SourceError, UsageError
from etl.extract.limits import USUAL, Limits
from etl.extract.sources.folder import DocumentSource, FolderSource
from etl.extract.sources.listing import Listed, Listing, Source, Totals

__all__ = ["SAMPLE", "UNNAMED", "Listed", "Listing", "Source", "Totals", "named", "open_source", "resolved", "without_password"]

SAMPLE = "sample"  # name of the embedded, made-up cache; no real source may bear it
UNNAMED = "cache"  # name of a source that was given without one

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_ADAPTER = re.compile(r"(git|buildcache|site)\+(.+)", re.DOTALL)
_BUCKET = re.compile(r"(s3|gs|az|memory)://")


def named(text: str) -> tuple[str | None, str]:
    """Split `NAME=SOURCE`; the name is None where none is given."""
    name, equals, location = text.partition("=")
    return (name, location) if equals and _NAME.fullmatch(name) else (None, text)


def resolved(location: str, base: Path) -> str:
    """A location as it is to be opened: a relative path is below `base`, an address stays."""
    adapter = _ADAPTER.fullmatch(location)
    prefix, place = (f"{adapter[1]}+", adapter[2]) if adapter else ("", location)
    is_address = "://" in place or (prefix == "git+" and ":" in place.partition("/")[0])
    return location if is_address else f"{prefix}{base / Path(place).expanduser()}"


def without_password(location: str) -> str:
    """The location, without what an address may hold of secrets: a user's name and password, a query (it may be signed)."""
    return re.sub(r"(?<=://)[^/@]*@", "", location).partition("?")[0] if "://" in location else location


def open_source(name: str, location: str, limits: Limits = USUAL, state: Path | None = None) -> Source:
    """The source that a location means.

    A folder that is or holds `_cache/`; one document; an archive of such a folder; `s3://`, `gs://` or `az://` with such a
    folder; `git+REPOSITORY[@REF]`; `buildcache+MIRROR_OR_MANIFEST`; `site+FOLDER_OR_URL`. `state` is a folder that is kept
    from run to run, for what need not be fetched again.

    Raises SourceError where there is none, UsageError where the name cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"source name {name!r}: use letters, digits, dot, dash and underscore, e.g. public=/srv/cache.spack.io")
    if adapter := _ADAPTER.fullmatch(location):
        return _adapted(adapter[1], name, adapter[2], limits, state)
    if _BUCKET.match(location):
        from etl.extract.sources.bucket import BucketSource  # noqa: PLC0415  (most runs need none of these, and they take a while)

        return BucketSource(name, location, limits)
    if location.startswith(("http://", "https://")):
        raise SourceError(f"source {name}: say what {location} is: git+, buildcache+ or site+ before the address")
    try:
        path = Path(location).expanduser()
        if path.is_dir():
            return FolderSource.at(name, path, limits)
        if path.is_file():
            return _file(name, path.resolve(), limits)
    except (OSError, RuntimeError) as error:  # the second: `~name/...`, and there is no such user
        raise SourceError(f"source {name}: {location} cannot be reached: {error}") from error
    raise SourceError(f"source {name}: {location} does not exist; name a folder that holds _cache/, an archive of one, or one document")


def _file(name: str, path: Path, limits: Limits) -> Source:
    from etl.extract.sources.archive import ArchiveSource, is_archive  # noqa: PLC0415

    return ArchiveSource(name, path, limits) if is_archive(path) else DocumentSource(name, path, limits)


def _adapted(kind: str, name: str, location: str, limits: Limits, state: Path | None) -> Source:
    if kind == "git":
        from etl.extract.sources.git import GitSource  # noqa: PLC0415

        repository, ref = _without_ref(location)
        return GitSource(name, repository, ref, limits, state)
    if kind == "buildcache":
        from etl.extract.sources.buildcache import BuildcacheSource  # noqa: PLC0415

        return BuildcacheSource(name, location, limits, state)
    from etl.extract.sources.site import SiteSource  # noqa: PLC0415

    return SiteSource(name, location, limits, state)


def _without_ref(location: str) -> tuple[str, str | None]:
    """Split `REPOSITORY[@REF]`: an `@` before the path of a URL is of its user, and a folder's name may hold one."""
    repository, at, ref = location.rpartition("@")
    is_of_user = "://" in location and "/" not in repository.partition("://")[2]
    is_of_host = "://" not in location and ":" in ref and "/" not in repository
    if not at or not ref or is_of_user or is_of_host or Path(location).exists():
        return location, None
    return repository, ref
