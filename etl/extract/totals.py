"""What a cache says of its tags as a whole, in `_data/meta.yaml` and `_data/tags.yaml`, as `Totals`.

Both are read as a stream of YAML events: `meta.yaml` has a megabyte of tallies of which one number a tag is used, and
loading it as objects costs five times as much.
"""

import re
from collections.abc import Iterator

from etl.errors import SourceError
from etl.extract.sources.listing import Totals

__all__ = ["LARGEST", "totals"]

LARGEST = 64 * 1024**2  # bytes of either file; the public cache's `meta.yaml` has 1,112,482
_LARGEST_COUNT = 2**53  # what every reader of the tables holds exactly

_ALL = "all"  # beside the tags in `meta.yaml`: the sum of them
_COUNT = re.compile(r"[0-9]{1,16}|[0-9]{1,3}(,[0-9]{3}){1,5}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_Path = tuple[str | int, ...]


def totals(meta: bytes | None, tags: bytes | None, where: str = "") -> Totals:
    """Specs of each tag by `_data/meta.yaml`, stacks of each tag by `_data/tags.yaml`; None: there is no such file.

    What has another shape is passed over: it says nothing of a tag. A tag without stacks, as all were in 2022, is listed
    with none. Raises SourceError where a file is no YAML, too large, or uses YAML's references or tags; it begins with
    `where`, the source that the files are of.
    """
    try:
        return Totals(_spec_counts(meta) if meta else {}, _stacks(tags) if tags else {})
    except SourceError as error:
        raise SourceError(f"{where}: {error}" if where else str(error)) from None


def _spec_counts(raw: bytes) -> dict[str, int]:
    counts = {}
    for path, text in _leaves(raw, "_data/meta.yaml"):
        if len(path) == 2 and path[1] == "count" and path[0] != _ALL and _is_name(path[0]) and _COUNT.fullmatch(text):
            count = int(text.replace(",", ""))
            if count <= _LARGEST_COUNT:
                counts[str(path[0])] = count
    return counts


def _stacks(raw: bytes) -> dict[str, list[str]]:
    """From a list of `{name, stacks}`, or from the older mapping with such a list (`{name, url}`) under `tags`."""
    names: dict[int, str] = {}
    stacks: dict[int, list[str]] = {}
    for path, text in _leaves(raw, "_data/tags.yaml"):
        match path[1:] if path[0] == "tags" else path:
            case (int(place), "name") if _is_name(text):
                names[place] = text
            case (int(place), "stacks", int()) if _is_name(text):
                stacks.setdefault(place, []).append(text)
    found: dict[str, list[str]] = {}
    for place, name in names.items():
        found.setdefault(name, []).extend(stacks.get(place, ()))
    return {name: list(dict.fromkeys(labels)) for name, labels in found.items()}


def _is_name(value: str | int) -> bool:
    return isinstance(value, str) and value != "" and not _CONTROL.search(value)


def _leaves(raw: bytes, where: str) -> Iterator[tuple[_Path, str]]:
    """Each scalar of a YAML document as it stands there, with its path of keys and places; null is the text `null`, `~` or none.

    Raises SourceError.
    """
    if len(raw) > LARGEST:
        raise SourceError(f"{where} has {len(raw):,} bytes; at most {LARGEST:,} are read. Mend or remove it")
    from etl.extract.yaml_scalars import YAML_ERRORS, scalars  # noqa: PLC0415  (many caches have no such file)

    try:
        yield from scalars(raw)
    except YAML_ERRORS as error:
        words = " ".join(str(error).split())[:300]
        raise SourceError(f"{where} cannot be read as YAML: {words}; mend or remove it") from None
