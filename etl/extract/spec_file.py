"""A file `spec-N.json` beside a page to what it adds to the page's spec, if it is of the same one.

The number of a file is its place on a page and changes from commit to commit: a file left over from another night may say
another spec than the page does at its number, and would lend it a foreign hash.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from etl.extract import nodes
from etl.extract.nodes import Node
from etl.extract.page import Refusal
from etl.extract.records import SpecRecord

__all__ = ["SpecFile", "bad_spec_file", "completed", "spec_file"]

_HASH = re.compile(r"[a-z2-7]{32}")
_OPTION = re.compile(r"(\+|~)?\1?([A-Za-z0-9_][A-Za-z0-9_.-]*)(?::?==?(.*))?", re.DOTALL)
_EXCERPT = 1_000  # more than a reject keeps


class _Named(msgspec.Struct):
    """A node of the file that another depends on."""

    version: str
    hash: str


class _Nodes(msgspec.Struct):
    nodes: list[msgspec.Raw]


class _File(msgspec.Struct):
    spec: _Nodes


_file = msgspec.json.Decoder(_File)
_node = msgspec.json.Decoder(Node)
_named = msgspec.json.Decoder(_Named)


@dataclass(frozen=True, slots=True)
class SpecFile:
    """The spec that a file is of."""

    package: str
    record: SpecRecord


def bad_spec_file(detail: str, excerpt: bytes = b"", line: int | None = None) -> Refusal:
    """The refusal of a spec file; the spec itself stays."""
    return Refusal("bad_spec_file", detail, line, excerpt, "variant")


def spec_file(raw: bytes) -> SpecFile:
    """The first node of a spec file, which is the spec; the others give the versions of what it depends on.

    Rejects: `bad_spec_file`: it is no JSON, is of another form, or gives the spec no hash of 32 characters.
    """
    try:
        found = _file.decode(raw).spec.nodes
        if not found:
            raise bad_spec_file("it holds no node", raw[:_EXCERPT])
        node = _node.decode(found[0])
        others = [_named.decode(one) for one in found[1:]]
        said = nodes.parts(node)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise bad_spec_file(str(error), raw[:_EXCERPT]) from None
    if node.hash is None or not _HASH.fullmatch(node.hash):
        raise bad_spec_file("its first node has no hash of 32 characters a-z and 2-7", raw[:_EXCERPT])
    return SpecFile(said.package, nodes.record(node.hash, said, {one.hash: one.version for one in others}))


def completed(record: SpecRecord, package: str, file: SpecFile) -> SpecRecord:
    """The page's spec with what the file adds to it: hash, dependencies, flags, whole patches, and options that the page does not say.

    Rejects: `bad_spec_file`, where file and page contradict each other.
    """
    said = file.record
    compiler = record.compiler and record.compiler.replace("@=", "@")
    for what, of_page, of_file in (
        ("package", package, file.package),
        ("version", ", ".join(record.versions), ", ".join(said.versions)),
        ("platform", record.platform, said.platform),
        ("os", record.os, said.os),
        ("target", record.target, said.target),
        ("compiler", compiler or said.compiler, said.compiler or compiler),
    ):
        if of_page != of_file:
            raise bad_spec_file(f"its {what} is {of_file}, that of the page {of_page}", str(of_file).encode(errors="replace"))
    in_page, in_file = _values((record.variants, record.flags)), _values((said.variants, said.flags))
    for name in sorted(in_page.keys() & in_file.keys()):
        if in_page[name] != in_file[name]:
            raise bad_spec_file(f"its {name} is not that of the page", name.encode())
    return msgspec.structs.replace(
        record,
        hash=said.hash,
        variants=said.variants if record.variants is None else record.variants,
        dependencies=said.dependencies,
        flags=said.flags,
        patches=said.patches,
    )


def _values(lists: Sequence[Sequence[str] | None]) -> dict[str, frozenset[str]]:
    """What options say, by name, however they are written: `libs=a,b` and `libs:=b,a` are the same."""
    values = {}
    for option in (one for options in lists for one in options or ()):
        found = _OPTION.fullmatch(option)
        if found:
            sign, name, value = found.groups()
            values[name] = frozenset((sign or value or "").strip("'\"").split(","))
    return values
