"""Specs of many pages, JSON still, to columns.

Arrow reads the lists of a batch column by column, without an object for each spec. Where it stumbles over a spec (a missing
key, a wrong type, a key said twice), the batch is read once more by a careful reader that names the bad ones and passes the others on.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from etl.extract.page import Refusal

__all__ = ["EXTRAS", "PAGES", "RECORDS", "Form", "Slices", "columns"]

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
_DEPENDENCIES = pa.list_(pa.struct({"hash": _TEXT, "package": _TEXT, "version": _TEXT, "kinds": _TEXTS}))
_EXTRAS = {"dependencies": _DEPENDENCIES, "flags": _TEXTS, "patches": _TEXTS}
EXTRAS = tuple(_EXTRAS)  # what a record says of a spec and a page does not

_Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f]*\Z")]


class _Spec(msgspec.Struct):
    """A spec of a page as the careful reader wants it."""

    hash: _Text
    compiler: _Text
    versions: list[_Text]
    os: _Text
    platform: _Text
    target: _Text
    variants: list[_Text]
    stacks: list[_Text]
    size: _Text | int | None = None


class _Dependency(msgspec.Struct):
    hash: _Text
    package: _Text
    version: _Text | None = None
    kinds: list[_Text] = []


class _RecordSpec(msgspec.Struct):
    """A spec of a record as the careful reader wants it."""

    hash: _Text
    versions: list[_Text]
    os: _Text
    platform: _Text
    target: _Text
    compiler: _Text | None = None
    variants: list[_Text] | None = None
    stacks: list[_Text] | None = None
    size: _Text | int | None = None
    dependencies: list[_Dependency] | None = None
    flags: list[_Text] | None = None
    patches: list[_Text] | None = None


@dataclass(frozen=True)
class Form:
    """How the specs of a kind of document look: their columns, which of them may be null, and the careful reader's idea of one."""

    spec: pa.StructType
    optional: frozenset[str]
    careful: msgspec.json.Decoder[Any]

    @property
    def schema(self) -> pa.Schema:
        """The columns of the specs."""
        return pa.schema(list(self.spec))


PAGES = Form(_SPEC, frozenset({"size"}), msgspec.json.Decoder(_Spec))
RECORDS = Form(
    pa.struct([*_SPEC, *(pa.field(name, type) for name, type in _EXTRAS.items())]),
    frozenset({"size", "compiler", "variants", "stacks", *_EXTRAS}),
    msgspec.json.Decoder(_RecordSpec),
)


class Slices:
    """Specs of many documents of a form: for each document its number, its list as JSON, and the slices of it, one a spec."""

    def __init__(self, form: Form) -> None:
        self.form = form
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
             spec, null only where their form has them optional.
    Rejects: `missing_key`, `wrong_type`, `repeated_key`, `control_character`; `broken_json` where an entry is nested too deeply.
    """
    form = slices.form
    read = _read(slices.texts, form) if slices.is_plain else None
    if read is not None:
        table, parents, entries = read
        return _numbered(table, pa.array(slices.documents, pa.uint32()).take(parents), entries), []
    refused: list[tuple[int, Refusal]] = []
    good: list[bytes] = []
    kept: list[tuple[int, int]] = []
    for document, specs in zip(slices.documents, slices.raw, strict=True):
        for entry, raw in enumerate(specs, 1):
            try:
                good.append(_checked(raw, entry, form))
                kept.append((document, entry))
            except Refusal as refusal:
                refused.append((document, refusal))
    read = _read([b"[" + b",".join(good) + b"]"], form)
    if read is None:
        raise RuntimeError("specs that were checked one by one could not be read together")
    documents, entries = (pa.array(column, pa.uint32()) for column in (zip(*kept, strict=True) if kept else ((), ())))
    return _numbered(read[0], documents, entries), refused


def _numbered(table: pa.Table, documents: pa.Array, entries: pa.Array) -> pa.Table:
    return table.append_column("document", documents).append_column("entry", entries)


def _read(lists: Sequence[bytes], form: Form) -> tuple[pa.Table, pa.Array, pa.Array] | None:
    """All specs of lists as a table, for each the place of its list and its own in that, 1 upward; None if any is not as it should be."""
    if not lists:
        nothing = pa.array([], pa.uint32())
        return form.schema.empty_table(), nothing, nothing
    # Each stands inside an object of its own: Arrow's reader crashes on a bare `null`.
    lines = b'{"specs":' + b'}\n{"specs":'.join(lists) + b"}\n"
    try:
        read = pa.json.read_json(
            pa.BufferReader(lines),
            read_options=pa.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pa.json.ParseOptions(
                explicit_schema=pa.schema({"specs": pa.list_(form.spec)}), unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        return None
    specs = read["specs"].combine_chunks()
    table = pa.Table.from_struct_array(specs.values)  # where a spec is null, its keys are
    for field in form.spec:
        column = table[field.name].combine_chunks()
        if (column.null_count and field.name not in form.optional) or (field.type == _TEXTS and column.values.null_count):
            return None
    if form is RECORDS and _lacks_names(table["dependencies"].combine_chunks().values):
        return None
    parents = pc.list_parent_indices(specs)
    entries = pc.subtract(pa.array(array("i", range(1, len(parents) + 1))), specs.offsets.take(parents))
    return table, parents, entries.cast(pa.uint32())


def _lacks_names(dependencies: pa.StructArray) -> bool:
    return bool(dependencies.null_count) or any(dependencies.field(name).null_count for name in ("hash", "package"))


def _checked(raw: msgspec.Raw, entry: int, form: Form) -> bytes:
    """The slice, written anew with just the keys of a spec; size as text."""
    text = bytes(raw)
    try:
        spec = form.careful.decode(text)
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
    keys = [name for name in names if form.spec.get_field_index(name) >= 0]  # of a key that is not read, Arrow allows two
    if len(set(keys)) < len(keys):  # msgspec takes the last without a word
        raise Refusal("repeated_key", f"entry {entry}: a key stands twice", None, text)
    if spec.size is not None:
        spec.size = str(spec.size)
    return msgspec.json.encode(spec)


def _names(pairs: list[tuple[str, object]]) -> list[str]:
    return [name for name, _ in pairs]
