"""A field of a page as JSON bytes: as it stands where it is JSON, read as YAML and written as JSON where it is not.

JSON comes first because it is some 200 times faster; after this module there is one path. YAML scalars stay the text
that stands on the page (`1.10` is a version, not a number), only an empty value or `null` is null.
"""

from typing import Any

import msgspec
import yaml

from etl.extract.page import Field, Refusal

__all__ = ["from_yaml", "json_list"]

# PyYAML reads 3 MB/s at best: a longer field that is no JSON is broken, not YAML.
YAML_LIMIT_BYTES = 4_000_000

_slices = msgspec.json.Decoder(list[msgspec.Raw])


def json_list(key: str, field: Field) -> list[msgspec.Raw]:
    """The elements of a field that is a list: valid JSON each, not yet objects.

    Rejects: `broken_json`, `wrong_type`.
    """
    if not field.more:
        try:
            return _slices.decode(field.value)
        except msgspec.ValidationError as error:
            raise Refusal("wrong_type", f"`{key}`: {error}", field.line, field.value) from None
        except (msgspec.DecodeError, RecursionError) as error:
            text = from_yaml(key, field, str(error))
    else:
        text = from_yaml(key, field, "spread over several lines")
    try:
        return _slices.decode(text)
    except msgspec.ValidationError as error:
        raise Refusal("wrong_type", f"`{key}`: {error}", field.line, field.value) from None


def from_yaml(key: str, field: Field, why: str) -> bytes:
    """The field read as YAML, as JSON. `why` says what was wrong with it as JSON.

    Rejects: `broken_json` where it is no YAML either, is too long for it, or uses YAML's references.
    """
    text = b"\n".join((field.value, *field.more))
    if len(text) > YAML_LIMIT_BYTES:
        raise Refusal("broken_json", f"`{key}`: {why}", field.line, field.value)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_TextLoader)):
            raise Refusal("broken_json", f"`{key}`: references (`*name`) are not allowed", field.line, field.value)
        value: Any = yaml.load(text, Loader=_TextLoader)  # noqa: S506  (constructs nothing but text, lists and mappings)
        return msgspec.json.encode(value)
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        words = " ".join(str(error).split())
        raise Refusal("broken_json", f"`{key}`: {why}; nor YAML: {words}", field.line, field.value) from None


class _TextLoader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """YAML whose plain scalars are text, but for null."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in _TextLoader.yaml_implicit_resolvers.items()
}
