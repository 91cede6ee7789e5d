"""Documents that an adapter makes: what an index, a site's data or a list of spec names says, in one form.

A record says more than a page of layout E, F or G: dependencies, flags and whole patches; and it may leave out what its
source does not say. It is JSON like a page's list of specs, so that one reader takes both column by column.
"""

import re
from collections.abc import Sequence

import msgspec

__all__ = ["Dependency", "DocumentRecord", "SpecRecord", "encoded", "is_name"]

_CONTROL = re.compile(r"[\x00-\x1f]")


class Dependency(msgspec.Struct, frozen=True, omit_defaults=True):
    """A spec that another depends on."""

    hash: str
    package: str
    version: str | None = None
    kinds: Sequence[str] = ()  # build, link, run, test


class SpecRecord(msgspec.Struct, omit_defaults=True):
    """A spec, by the keys of a page's `spec_details[]` and some more; None: the source does not say.

    `variants` are texts in the grammar of pages (`+shared`, `name=value`, `name:=a,b`), patches cut to seven digits there
    as pages do; `flags` are texts `cflags=-O2 -g`; `patches` are whole sha256.
    """

    hash: str
    versions: Sequence[str]
    os: str
    platform: str
    target: str
    compiler: str | None = None
    variants: Sequence[str] | None = None
    stacks: Sequence[str] | None = None
    size: str | None = None  # bytes, in digits
    dependencies: Sequence[Dependency] | None = None
    flags: Sequence[str] | None = None
    patches: Sequence[str] | None = None


class DocumentRecord(msgspec.Struct):
    """One package under one tag, as an adapter found it. `layout` is the adapter's name; an entry that it could not read stays JSON."""

    tag: str
    package: str
    layout: str
    specs: Sequence[SpecRecord | msgspec.Raw]


def encoded(document: DocumentRecord) -> bytes:
    """The record as bytes; the same record is the same bytes."""
    return msgspec.json.encode(document)


def is_name(text: str) -> bool:
    """Whether a table may hold it as the name of a tag or package: it is not empty, and holds no control character."""
    return bool(text) and not _CONTROL.search(text)
