"""The scalars of a YAML document, as a stream: a file of a megabyte of which little is wanted makes no objects."""

from collections.abc import Iterator

import yaml

__all__ = ["YAML_ERRORS", "Path", "scalars"]

YAML_ERRORS = (yaml.YAMLError, UnicodeError)
_DEEPEST = 20  # lists and mappings within each other; the files that are read so need four

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

Path = tuple[str | int, ...]  # keys and places, from the outermost


def scalars(raw: bytes) -> Iterator[tuple[Path, str]]:
    """Each scalar as it stands there, with its path; null is the text `null`, `~` or none.

    Raises YAML_ERRORS, also where references or tags are used.
    """
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
