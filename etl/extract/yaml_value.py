"""A field of a page that is no JSON, read as YAML and written as JSON.

Scalars stay the text that stands on the page (`1.10` is a version, not a number), only an empty value or `null` is null.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import msgspec
import yaml

from etl.extract.page import Field, Refusal

__all__ = ["DEEPEST", "from_yaml"]

# PyYAML reads 3 MB/s at best: a longer field that is no JSON is broken, not YAML.
YAML_LIMIT_BYTES = 2_000_000
DEEPEST = 50  # lists and mappings within each other; a page needs three, and libyaml takes time by the square of the depth

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def from_yaml(key: str, field: Field, why: str) -> bytes:
    """The field read as YAML, as JSON. `why` says what was wrong with it as JSON.

    Rejects: `broken_json` where it is no YAML either, is too long or too deep for it, names a key twice, or uses YAML's
             references or tags.
    """
    text = field.text
    if len(text) > YAML_LIMIT_BYTES:
        raise Refusal("broken_json", f"`{key}`: {why}", field.line, field.value)
    try:
        return msgspec.json.encode(_read(text))
    except (yaml.YAMLError, UnicodeError) as error:  # the second: half a surrogate pair, which libyaml refuses by itself
        words = " ".join(str(error).split())
        raise Refusal("broken_json", f"`{key}`: {why}; nor YAML: {words}", field.line, field.value) from None


def _read(text: bytes) -> Any:
    # From events, not `yaml.load`: that one crashes the process on deep nesting, takes the last of two equal keys, and
    # raises whatever `int` and the like raise on a tagged value.
    events = (event for event in yaml.parse(text, Loader=_LOADER) if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent))
    first = next(events, None)
    value = None if first is None else _value(first, events, 1)
    if next(events, None) is not None:
        raise yaml.YAMLError("more than one document")
    return value


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    """The value that begins with an event; takes its other events from those that follow."""
    if isinstance(event, yaml.AliasEvent):
        raise yaml.YAMLError("references (`*name`) are not allowed")
    if event.tag is not None:
        raise yaml.YAMLError("tags (`!name`) are not allowed")
    if isinstance(event, yaml.ScalarEvent):
        return None if not event.style and event.value in _NULLS else event.value
    if depth > DEEPEST:
        raise yaml.YAMLError(f"nested more than {DEEPEST} deep")
    inner = takewhile(lambda one: not isinstance(one, yaml.CollectionEndEvent), events)
    values = [_value(one, events, depth + 1) for one in inner]
    if isinstance(event, yaml.SequenceStartEvent):
        return values
    keys = values[::2]
    if not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
        raise yaml.YAMLError("a key is no text, or stands twice")
    return dict(zip(keys, values[1::2], strict=True))
