"""A page's fields to a document: whose it is, what it claims, and its specs as slices of JSON.

Layouts are recognised by content, never by date or tag: they follow the day of writing, not the tag's age. E, F and G
differ in the order of keys and in `tarball` alone. Pages that list spec files (A to D) are those of `old_layouts`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec

from etl.extract.json_value import as_json, json_list
from etl.extract.page import Field, Page, Refusal

__all__ = ["Claims", "Document", "categories", "claims", "document", "plain_text", "title"]

_LARGEST_COUNT = 2**53  # what every reader of the tables holds exactly
_FLOW_LIST = re.compile(rb"\[([\w.+-]+), ([\w.+-]+)\]")
_CONTROL = re.compile(r"[\x00-\x1f]")

_T = TypeVar("_T")
_Count = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_COUNT)]


class Claims(msgspec.Struct, frozen=True):
    """`meta`: what the page claims about itself; what it does not say is None."""

    num_specs: _Count | None = None
    num_specs_by_stack: dict[str, _Count] | None = None
    compilers: list[str] | None = None
    oss: list[str] | None = None
    platforms: list[str] | None = None
    stacks: list[str] | None = None
    targets: list[str] | None = None
    versions: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A page, split: nothing in it was judged yet but its form."""

    tag: str
    package: str
    layout: str
    claims: Claims
    specs: list[msgspec.Raw]
    specs_text: bytes  # the JSON that they were cut from
    specs_line: int
    is_record: bool = False  # the specs have the form of `records.SpecRecord`, not of a page
    refused: Sequence[Refusal] = ()  # parts of it that were refused already


_title = msgspec.json.Decoder(str)
_strings = msgspec.json.Decoder(list[str])
_meta = msgspec.json.Decoder(Claims)
_meta_of_text = msgspec.json.Decoder(Claims, strict=False)  # YAML gives numbers as text
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])


def document(page: Page) -> Document:
    """What a page of layout E, F or G says.

    Rejects: `no_cache_page`, `missing_key`, `broken_json`, `wrong_type`, `no_tag`, `control_character`.
    """
    package = title(page)
    place = page.field(b"categories")
    kind, tag = categories(place)
    if kind != "package":
        raise Refusal("no_tag", "`categories` should be [package, <tag>]", place.line, place.value)
    meta = page.field(b"meta")
    said = claims(meta)
    details = page.field(b"spec_details")
    specs, specs_text = json_list("spec_details", details)
    for names, field in (((package,), page.field(b"title")), ((tag,), place), (said.num_specs_by_stack or (), meta)):
        if "" in names or (_may_hold_control(field) and any(map(_CONTROL.search, names))):
            raise Refusal("control_character", "a name is empty or holds a control character", field.line, field.value)
    return Document(tag, package, _layout(specs, meta), said, specs, specs_text, details.line)


def _may_hold_control(field: Field) -> bool:
    """On one line, JSON and YAML both hold a control character as an escape only, but for YAML's tab."""
    return bool(field.more) or b"\\" in field.value or b"\t" in field.value


def title(page: Page) -> str:
    """The package that a page is of. Rejects: `no_cache_page`, `missing_key`, `broken_json`, `wrong_type`."""
    layout = page.field(b"layout")
    if layout.text not in (b"cache", b'"cache"', b"'cache'"):
        raise Refusal("no_cache_page", f"a page of another kind: layout {layout.value.decode()}", layout.line, layout.value)
    return plain_text("title", page.field(b"title"))


def _layout(specs: list[msgspec.Raw], meta: Field) -> str:
    """By the first spec's keys: E as inserted, G sorted with a tarball, F sorted without; by those of `meta` where there is none."""
    try:
        keys = list(_keys.decode(specs[0] if specs else meta.text))
    except msgspec.MsgspecError:
        keys = []
    if keys != sorted(keys):
        return "E"
    return "G" if "tarball" in keys else "F"


def claims(field: Field) -> Claims:
    """What the field `meta` claims. Rejects: `broken_json`, `wrong_type`."""
    try:
        return _meta.decode(field.text)
    except msgspec.ValidationError as error:
        raise Refusal("wrong_type", f"`meta`: {error}", field.line, field.value) from None
    except (msgspec.DecodeError, RecursionError) as error:
        return _decoded("meta", field, _meta_of_text, str(error))


def plain_text(key: str, field: Field) -> str:
    """A field that is a text, quoted or not. Rejects: `broken_json`, `wrong_type`."""
    try:
        return _title.decode(field.text)
    except msgspec.MsgspecError as error:  # unquoted, as YAML has it
        return _decoded(key, field, _title, str(error))


def categories(field: Field) -> tuple[str, str]:
    """The two words of the field `categories`. Rejects: `broken_json`, `wrong_type`, `no_tag`."""
    simple = _FLOW_LIST.fullmatch(field.text)
    if simple:
        return simple[1].decode(), simple[2].decode()
    words = _decoded("categories", field, _strings, "no plain list")
    if len(words) != 2:
        raise Refusal("no_tag", "`categories` should be [package, <tag>]", field.line, field.value)
    return words[0], words[1]


def _decoded(key: str, field: Field, decoder: msgspec.json.Decoder[_T], why: str) -> _T:
    try:
        return decoder.decode(as_json(key, field, why))
    except msgspec.ValidationError as error:
        raise Refusal("wrong_type", f"`{key}`: {error}", field.line, field.value) from None
