"""An opened document, of whatever form, to what it says: a page of any layout, or a record that an adapter made."""

import re

import msgspec

from etl.extract import layouts
from etl.extract.layouts import Claims, Document
from etl.extract.limits import Limits
from etl.extract.opened import Opened
from etl.extract.page import Page, Refusal, front_matter
from etl.extract.records import is_name

__all__ = ["document"]

_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class _Record(msgspec.Struct):
    """A `records.DocumentRecord`, its specs still JSON."""

    tag: str
    package: str
    layout: str
    specs: msgspec.Raw


_record = msgspec.json.Decoder(_Record)
_slices = msgspec.json.Decoder(list[msgspec.Raw])


def document(opened: Opened, limits: Limits) -> Document:
    """What a document says.

    Rejects: those of `front_matter`, `layouts.document` and `old_document`; `too_deep`; `control_character` also of a record.
    """
    if opened.is_record:
        return _of_record(opened.raw)
    page = front_matter(opened.raw)
    _check_depth(page, limits)
    if b"spec_files" not in page.fields:
        return layouts.document(page)
    return _of_old_layout(page, opened)


def _of_old_layout(page: Page, opened: Opened) -> Document:
    from etl.extract.old_layouts import old_document  # noqa: PLC0415  (few caches have such pages, and each worker would wait)

    found = old_document(page, opened.spec_files)
    specs = [msgspec.Raw(msgspec.json.encode(spec)) for spec in found.records]
    text = b"[" + b",".join(specs) + b"]"
    line = page.fields[b"spec_files"].line
    return Document(found.tag, found.package, found.layout, found.claims, specs, text, line, is_record=True, refused=found.refused)


def _of_record(raw: bytes) -> Document:
    record = _record.decode(raw)  # of this program's own making; the names are those that others gave
    for name in (record.tag, record.package):
        if not is_name(name):
            raise Refusal("control_character", "a name is empty or holds a control character", None, name.encode())
    text = bytes(record.specs)
    return Document(record.tag, record.package, record.layout, Claims(), _slices.decode(text), text, 1, is_record=True)


def _check_depth(page: Page, limits: Limits) -> None:
    for key, field in page.fields.items():
        if len(field.text) > limits.nesting and _is_deeper(field.text, limits.nesting):
            said = f"`{key.decode()}`: lists and mappings stand more than {limits.nesting} deep within each other"
            raise Refusal("too_deep", said, field.line, field.value)


def _is_deeper(text: bytes, most: int) -> bool:
    """Whether brackets stand more than so deep within each other. Nearly all pages are told by their brackets alone."""
    brackets = text.translate(_SQUARE, _ALL_BUT_BRACKETS)
    for _ in range(most):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")  # the innermost, one level each time
    if not brackets:
        return False
    depth = 0  # some are left: too deep, or in a text, or without their other half
    for token in _TOKEN.finditer(text):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth > most:
            return True
    return False
