"""What a cache says of its tags as a whole, in `_data/meta.yaml` and `_data/tags.yaml`, as `Totals`.

Both are read as a stream of YAML events: `meta.yaml` has a megabyte of tallies of which one number a tag is used, and
loading it as objects costs five times as much.
"""

import re
from collections.abc import Iterator

import yaml

from etl.errors import SourceError
from etl.extract.sources.listing import Totals

__all__ = ["LARGEST", "totals"]

LARGEST = 64 * 1024**2  # bytes of either file; the public cache's `meta.yaml` has 1,112,482
_DEEPEST = 20  # lists and mappings within each other; these files need four
_LARGEST_COUNT = 2**53  # what every reader of the tables holds exactly

_ALL = "all"  # beside the tags in `meta.yaml`: the sum of them
_COUNT = re.compile(r"[0-9]{1,16}|[0-9]{1,3}(,[0-9]{3}){1,5}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

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
    try:
        yield from _scalars(raw)
    except (yaml.YAMLError, UnicodeError) as error:
        words = " ".join(str(error).split())[:300]
        raise SourceError(f"{where} cannot be read as YAML: {words}; mend or remove it") from None


def _scalars(raw: bytes) -> Iterator[tuple[_Path, str]]:
    path: list[str | int] = []  # of the collections that are open: the key or place of the value that comes next
    is_key: list[bool] = []  # of each: whether a key comes next; never so in a list
    has_begun = False
    for event in yaml.parse(raw, Loader=_LOADER):
        if isinstance(event, yaml.ScalarEvent):
            _refuse_references(event)
            if not path:
                continue  # a single scalar: neither file
            if is_key[-1]:
                path[-1], is_key[-1] = event.value, False
                continue
            yield tuple(path), event.value
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_references(event)
            if is_key and is_key[-1]:
                raise yaml.YAMLError("a key is a list or mapping")
            if len(path) == _DEEPEST:
                raise yaml.YAMLError(f"nested more than {_DEEPEST} deep")
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            path.append("" if is_mapping else 0)
            is_key.append(is_mapping)
            continue  # the value has begun, not ended
        elif isinstance(event, yaml.CollectionEndEvent):
            path.pop()
            is_key.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("references (`*name`) are not allowed")
        else:
            if isinstance(event, yaml.DocumentStartEvent):
                if has_begun:
                    raise yaml.YAMLError("more than one document")
                has_begun = True
            continue
        _advance(path, is_key)


def _advance(path: list[str | int], is_key: list[bool]) -> None:
    """Behind a value: the next place of a list, the next key of a mapping."""
    if not path:
        return
    place = path[-1]
    if isinstance(place, int):
        path[-1] = place + 1
    else:
        is_key[-1] = True


def _refuse_references(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.anchor is not None:
        raise yaml.YAMLError("references (`&name`) are not allowed")
    if event.tag is not None:
        raise yaml.YAMLError("tags (`!name`) are not allowed")
