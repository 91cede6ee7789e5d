"""Specs of many pages, JSON still, to columns.

Arrow reads the lists of a batch column by column, without an object for each spec. Where it stumbles over a spec (a missing
key, a wrong type, a key said twice), the batch is read once more by a careful reader that names the bad ones and passes the others on.
"""

import json
from array import array
from collections.abc import Sequence
from typing import Annotated

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
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
_LINES = pa.schema({"specs": pa.list_(_SPEC)})

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
    """Specs of many documents in a row: for each document its number, its list as JSON, and the slices of it, one a spec."""

    def __init__(self) -> None:
        self.documents = array("I")
        self.texts: list[bytes] = []
        self.raw: list[list[msgspec.Raw]] = []
        self.is_plain = True  # no escapes, which may be control characters, and each list on one line

    def add(self, document: int, specs: list[msgspec.Raw], text: bytes) -> None:
        """Add the specs of one document; `text` is the list that they were cut from."""
        self.documents.append(document)
        self.texts.append(text)
        self.raw.append(specs)
        self.is_plain = self.is_plain and b"\\" not in text and b"\n" not in text


def columns(slices: Slices) -> tuple[pa.Table, list[tuple[int, Refusal]]]:
    """The specs as a table, and what was refused, each with its document's number.

    Shape:   S slices -> S rows less the refused ones: `document`, `entry` (its place on the page, 1 upward) and the keys of a
             spec, none but `size` ever null.
    Rejects: `missing_key`, `wrong_type`, `repeated_key`, `control_character`; `broken_json` where an entry is nested too deeply.
    """
    read = _read(slices.texts) if slices.is_plain else None
    if read is not None:
        table, parents, entries = read
        return _numbered(table, pa.array(slices.documents, pa.uint32()).take(parents), entries), []
    refused: list[tuple[int, Refusal]] = []
    good: list[bytes] = []
    kept: list[tuple[int, int]] = []
    for document, specs in zip(slices.documents, slices.raw, strict=True):
        for entry, raw in enumerate(specs, 1):
            try:
                good.append(_checked(raw, entry))
                kept.append((document, entry))
            except Refusal as refusal:
                refused.append((document, refusal))
    read = _read([b"[" + b",".join(good) + b"]"])
    if read is None:
        raise RuntimeError("specs that were checked one by one could not be read together")
    documents, entries = (pa.array(column, pa.uint32()) for column in (zip(*kept, strict=True) if kept else ((), ())))
    return _numbered(read[0], documents, entries), refused


def _numbered(table: pa.Table, documents: pa.Array, entries: pa.Array) -> pa.Table:
    return table.append_column("document", documents).append_column("entry", entries)


def _read(lists: Sequence[bytes]) -> tuple[pa.Table, pa.Array, pa.Array] | None:
    """All specs of lists as a table, for each the place of its list and its own in that, 1 upward; None if any is not as it should be."""
    if not lists:
        nothing = pa.array([], pa.uint32())
        return pa.Table.from_pylist([], schema=pa.schema(list(_SPEC))), nothing, nothing
    # Each stands inside an object of its own: Arrow's reader crashes on a bare `null`.
    lines = b'{"specs":' + b'}\n{"specs":'.join(lists) + b"}\n"
    try:
        read = pa.json.read_json(
            pa.BufferReader(lines),
            read_options=pa.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pa.json.ParseOptions(explicit_schema=_LINES, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    specs = read["specs"].combine_chunks()
    table = pa.Table.from_struct_array(specs.values)  # where a spec is null, its keys are
    for field in _SPEC:
        column = table[field.name].combine_chunks()
        nulls = column.null_count + (column.values.null_count if field.type == _TEXTS else 0)
        if nulls and field.name not in _OPTIONAL:
            return None
    parents = pc.list_parent_indices(specs)
    entries = pc.subtract(pa.array(array("i", range(1, len(parents) + 1))), specs.offsets.take(parents))
    return table, parents, entries.cast(pa.uint32())


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
