"""Listed documents to columns: each is read once, hashed, split, and its specs put beside those of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from etl.extract.documents import document
from etl.extract.layouts import Document
from etl.extract.limits import USUAL, Limits
from etl.extract.opened import opened
from etl.extract.page import Refusal
from etl.extract.sources import Listed, Source
from etl.extract.sources.listing import shown
from etl.extract.specs import EXTRAS, PAGES, RECORDS, Slices, columns

__all__ = ["CLAIMED_LISTS", "Batch", "read_batch"]

EXCERPT = 200  # characters of a refused text that are kept

CLAIMED_LISTS = ("compilers", "oss", "platforms", "stacks", "targets", "versions")  # of `meta`

_DOCUMENTS = pa.schema(
    {
        "document": pa.uint32(),
        "source": pa.string(),
        "tag": pa.string(),
        "package": pa.string(),
        "path": pa.string(),
        "layout": pa.string(),
        "sha256": pa.string(),
        "size_bytes": pa.int64(),
        "published_spec_count": pa.int64(),
        "specs_line": pa.int64(),
        "is_stale": pa.bool_(),
        **{claim: pa.list_(pa.string()) for claim in CLAIMED_LISTS},
    }
)
_COUNTS = pa.schema({"document": pa.uint32(), "stack": pa.string(), "published_spec_count": pa.int64()})
_REJECTS = pa.schema(
    {
        "source": pa.string(),
        "path": pa.string(),
        "scope": pa.string(),
        "rule": pa.string(),
        "detail": pa.string(),
        "line": pa.int64(),
        "excerpt": pa.string(),
        "sha256": pa.string(),
    }
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What some documents say, in columns. `document` numbers the good ones and joins the tables.

    `extras` has what records say of specs beyond a page's keys, by `document` and `hash`: `dependencies`, `flags`, `patches`.
    `digests` holds the sha256 of every document that could be opened, refused ones included, by source and path.
    """

    documents: pa.Table
    counts: pa.Table
    specs: pa.Table
    extras: pa.Table
    rejects: pa.Table
    digests: dict[tuple[str, str], str]


def read_batch(listed: Iterable[tuple[Source, Listed]], limits: Limits = USUAL) -> Batch:
    """Read documents and split them. A document or entry that cannot be read is a reject; the others go on.

    Rejects: those of `opened`, `page`, `layouts` and `specs`; `contradicts_path`, `claimed_twice` (of two pages for one tag
             and package the first in path order wins).
    """
    documents: list[tuple[object, ...]] = []
    counts: list[tuple[int, str | None, int]] = []
    rejects: list[tuple[object, ...]] = []
    digests: dict[tuple[str, str], str] = {}
    claimed: dict[tuple[str, str, str], str] = {}
    slices = {False: Slices(PAGES), True: Slices(RECORDS)}
    for source, one in listed:
        try:
            raw = opened(source, one, limits)
            digests[source.name, one.path] = raw.digest
            found = document(raw, limits)
            _agrees_with_path(found, one)
            if len(found.specs) > limits.document_specs:
                raise Refusal("too_large", f"{len(found.specs):,} specs; at most {limits.document_specs:,} are read", found.specs_line)
            owner = claimed.setdefault((source.name, found.tag, found.package), one.path)
            if owner != one.path:
                raise Refusal("claimed_twice", f"{shown(owner)} already speaks for {found.package} under {found.tag}", None)
        except Refusal as refusal:
            rejects.append(_reject(source.name, one.path, "document", refusal, digests.get((source.name, one.path))))
            continue
        number, claims = len(documents), found.claims
        documents.append(
            (number, source.name, found.tag, found.package, shown(one.path), found.layout, raw.digest, raw.size_bytes)
            + (claims.num_specs, found.specs_line, False, claims.compilers, claims.oss, claims.platforms)
            + (claims.stacks, claims.targets, claims.versions)
        )
        if claims.num_specs is not None:
            counts.append((number, None, claims.num_specs))
        counts.extend((number, stack, count) for stack, count in (claims.num_specs_by_stack or {}).items())
        slices[found.is_record].add(number, found.specs, found.specs_text)
        rejects.extend(_reject(source.name, one.path, refusal.scope, refusal, raw.digest, found.specs_line) for refusal in found.refused)
    specs, extras, refused = _columns(slices[False], slices[True])
    for number, entry in refused:
        row = dict(zip(_DOCUMENTS.names, documents[number], strict=True))
        rejects.append(_reject(str(row["source"]), str(row["path"]), "spec", entry, str(row["sha256"]), row["specs_line"]))
    return Batch(_table(_DOCUMENTS, documents), _table(_COUNTS, counts), specs, extras, _table(_REJECTS, rejects), digests)


def _columns(pages: Slices, records: Slices) -> tuple[pa.Table, pa.Table, list[tuple[int, Refusal]]]:
    of_pages, refused = columns(pages)
    of_records, more = columns(records)
    extras = of_records.select(["document", "hash", *EXTRAS])
    return pa.concat_tables([of_pages, of_records.drop_columns(list(EXTRAS))]), extras, refused + more


def _agrees_with_path(found: Document, page: Listed) -> None:
    if page.package is None and page.path.startswith("_cache/"):
        raise Refusal("contradicts_path", "a page lies at _cache/<tag>/<package>/specs.md, neither higher nor deeper")
    for what, said, expected in (("title", found.package, page.package), ("tag", found.tag, page.tag)):
        if expected is not None and said != expected:
            raise Refusal("contradicts_path", f"its {what} is {said}, its path says {shown(expected)}", None, said.encode())


def _reject(source: str, path: str, scope: str, refusal: Refusal, digest: str | None, line: object = None) -> tuple[object, ...]:
    excerpt = refusal.excerpt[: 4 * EXCERPT].decode(errors="replace")[:EXCERPT]
    return source, shown(path), scope, refusal.rule, refusal.detail[:500], refusal.line or line, excerpt, digest


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    values = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.Table.from_arrays([pa.array(column, type) for column, type in zip(values, schema.types, strict=True)], schema=schema)
