"""The files of a cache among those of a tree that is no folder on disk: an archive, a commit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from etl.errors import SourceError
from etl.extract.sources.listing import PAGES, Listed, is_spec_file, pages, shown
from etl.extract.totals import LARGEST

__all__ = ["CacheFiles", "Trees", "cache_files", "wanted"]

_CACHE, _DATA = "_cache", "_data"
_TOTALS = ("meta.yaml", "tags.yaml")
_NAMED = 5  # of several caches, how many a message names

Trees = Mapping[str, Mapping[str, Listed]]  # by the folder that holds `_cache/` or `_data/`, and by the path from there


@dataclass(frozen=True, slots=True)
class CacheFiles:
    """A cache's pages, in path order, and the two files beside `_cache/` that speak of its tags as a whole, where there are any."""

    documents: list[Listed]
    meta: Listed | None
    tags: Listed | None


def wanted(path: str) -> tuple[str, str] | None:
    """The folder that holds the `_cache/` or `_data/` a file lies below, and its path from there.

    None: the file is no page, lies beside none, and does not speak of the tags as a whole.
    """
    *folders, name = path.split("/")
    if _CACHE in folders and (name in PAGES or is_spec_file(name)):
        top = folders.index(_CACHE)  # the first: a package may be called so too
    elif folders[-1:] == [_DATA] and name in _TOTALS:
        top = len(folders) - 1
    else:
        return None
    return "/".join(folders[:top]), "/".join((*folders[top:], name))


def cache_files(trees: Trees, where: str, remedy: str) -> CacheFiles:
    """The files of the one tree whose `_cache/` holds pages.

    `where` says in an error what was searched, `remedy` what to do about several.

    Raises SourceError where none or several hold pages, or a file of totals is too large.
    """
    with_pages = {folder: found for folder, tree in trees.items() if (found := pages(_below_cache(tree)))}
    if not with_pages:
        raise SourceError(f"{where}: it holds no page (specs.md) below a folder _cache/: an empty or half-made copy?")
    if len(with_pages) > 1:
        names = [_cache_of(folder) for folder in sorted(with_pages)]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise SourceError(f"{where}: it holds several caches, {', '.join(names[:_NAMED])}{more}; {remedy}")
    ((folder, documents),) = with_pages.items()
    meta, tags = (_total(trees[folder].get(f"{_DATA}/{name}"), where) for name in _TOTALS)
    return CacheFiles(documents, meta, tags)


def _total(file: Listed | None, where: str) -> Listed | None:
    if file is not None and file.is_file and file.size_bytes > LARGEST:
        raise SourceError(f"{where}: {file.path} has {file.size_bytes:,} bytes; at most {LARGEST:,} are read. Mend or remove it")
    return file if file is not None and file.is_file else None


def _below_cache(tree: Mapping[str, Listed]) -> Iterable[Listed]:
    return (file for path, file in tree.items() if path.startswith(f"{_CACHE}/"))


def _cache_of(folder: str) -> str:
    return shown(f"{folder}/{_CACHE}/" if folder else f"{_CACHE}/")
