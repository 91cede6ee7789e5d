"""Slices of JSON, one a spec, to columns.

Arrow reads a batch of slices column by column, without an object for each spec. Where it stumbles over one (a missing
key, a wrong type, a key said twice), the batch is read once more by a careful reader that names the bad ones and passes the others on.
"""

import json
from array import array
from collections.abc import Sequence
from typing import Annotated

import msgspec
import pyarrow as pa
import pyarrow.json

from etl.extract.page import Refusal

__all__ = ["Slices", "columns"]

_TEXT = pa.string()
_TEXTS = pa.list_(_TEXT)
_SPEC = pa.struct(
    {
        "hash": _TEXT,
        "compiler": _TEXT,
        "versions": _TEXTS,
        "os": _TEXT,
        "platform": _TEXT,
        "target": _TEXT,
        "variants": _TEXTS,
        "stacks": _TEXTS,
        "size": _TEXT,
    }
)
_KEYS = frozenset(field.name for field in _SPEC)
_OPTIONAL = {"size"}
_LINES = pa.schema({"spec": _SPEC})

_Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f]*\Z")]


class _Spec(msgspec.Struct):
    """A spec as the careful reader wants it."""

    hash: _Text
    compiler: _Text
    versions: list[_Text]
    os: _Text
    platform: _Text
    target: _Text
    variants: list[_Text]
    stacks: list[_Text]
    size: _Text | int | None = None


_careful = msgspec.json.Decoder(_Spec)


class Slices:
    """Specs of many documents in a row: for each its slice, its document's number and its place on the page, 1 upward."""

    def __init__(self) -> None:
        self.raw: list[msgspec.Raw] = []
        self.documents = array("I")
        self.entries = array("I")
        self.has_escapes = False

    def add(self, document: int, specs: list[msgspec.Raw], text: bytes) -> None:
        """Add the specs of one document; `text` is the whole of them."""
        self.raw.extend(specs)
        self.documents.extend(array("I", (document,)) * len(specs))
        self.entries.extend(range(1, len(specs) + 1))
        self.has_escapes = self.has_escapes or b"\\" in text


def columns(slices: Slices) -> tuple[pa.Table, list[tuple[int, Refusal]]]:
    """The specs as a table, and what was refused, each with its document's number.

    Shape:   S slices -> S rows less the refused ones: `document`, `entry` and the keys of a spec, none but `size` ever null.
    Rejects: `missing_key`, `wrong_type`, `repeated_key`, `control_character`; `broken_json` where an entry is nested too deeply.
    """
    documents, entries = _numbers(slices.documents), _numbers(slices.entries)
    table = None if slices.has_escapes else _read(slices.raw)
    refused: list[tuple[int, Refusal]] = []
    if table is None:
        good: list[bytes] = []
        kept: list[int] = []
        for place, raw in enumerate(slices.raw):
            try:
                good.append(_checked(raw, slices.entries[place]))
                kept.append(place)
            except Refusal as refusal:
                refused.append((slices.documents[place], refusal))
        table = _read(good)
        if table is None:
            raise RuntimeError("specs that were checked one by one could not be read together")
        documents, entries = documents.take(pa.array(kept, pa.int64())), entries.take(pa.array(kept, pa.int64()))
    return table.append_column("document", documents).append_column("entry", entries), refused


def _numbers(values: "array[int]") -> pa.Array:
    return pa.Array.from_buffers(pa.uint32(), len(values), [None, pa.py_buffer(values)])


def _read(slices: Sequence[msgspec.Raw | bytes]) -> pa.Table | None:
    """All slices as a table; None if any of them is not as it should be."""
    if not slices:
        return pa.Table.from_pylist([], schema=pa.schema(list(_SPEC)))
    # Each stands inside an object of its own: Arrow's reader crashes on a bare `null`.
    lines = b'{"spec":' + b'}\n{"spec":'.join(slices) + b"}\n"
    try:
        table = pa.json.read_json(
            pa.BufferReader(lines),
            read_options=pa.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pa.json.ParseOptions(explicit_schema=_LINES, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    table = pa.Table.from_struct_array(table["spec"].combine_chunks())  # where a spec is null, its keys are
    for field in _SPEC:
        column = table[field.name].combine_chunks()
        nulls = column.null_count + (column.values.null_count if field.type == _TEXTS else 0)
        if nulls and field.name not in _OPTIONAL:
            return None
    return table


def _checked(raw: msgspec.Raw, entry: int) -> bytes:
    """The slice, written anew with just the keys of a spec; size as text."""
    text = bytes(raw)
    try:
        spec = _careful.decode(text)
    except msgspec.ValidationError as error:
        message = str(error)
        if "matching regex" in message:
            place = message.rpartition(" - ")[2]
            raise Refusal("control_character", f"entry {entry}: a control character {place}", None, text) from None
        rule = "missing_key" if "missing required field" in message else "wrong_type"
        raise Refusal(rule, f"entry {entry}: {message}", None, text) from None
    try:
        names = json.loads(text, object_pairs_hook=_names, parse_int=str)
    except RecursionError:
        raise Refusal("broken_json", f"entry {entry}: nested too deeply", None, text) from None
    keys = [name for name in names if name in _KEYS]  # of a key that is not read, Arrow allows two
    if len(set(keys)) < len(keys):  # msgspec takes the last without a word
        raise Refusal("repeated_key", f"entry {entry}: a key stands twice", None, text)
    if spec.size is not None:
        spec.size = str(spec.size)
    return msgspec.json.encode(spec)


def _names(pairs: list[tuple[str, object]]) -> list[str]:
    return [name for name, _ in pairs]
