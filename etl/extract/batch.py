"""Listed documents to columns: each is read once, hashed, split, and its specs put beside those of the others."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from etl.extract import layouts
from etl.extract.page import Refusal, front_matter
from etl.extract.sources import Listed, Source
from etl.extract.specs import Slices, columns

__all__ = ["CLAIMED_LISTS", "Batch", "read_batch"]

EXCERPT = 200  # characters of a refused text that are kept
LARGEST_PAGE = 16 * 1024 * 1024  # bytes; the largest of the public cache has 660,076
MOST_SPECS = 100_000  # on a page; the most of the public cache are some 700. Each bad one is a row of `rejects`

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
    }
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What some documents say, in columns. `document` numbers the good ones and joins the tables.

    `digests` holds the sha256 of every page that could be opened, refused ones included, by source and path.
    """

    documents: pa.Table
    counts: pa.Table
    specs: pa.Table
    rejects: pa.Table
    digests: dict[tuple[str, str], str]


def read_batch(listed: Iterable[tuple[Source, Listed]]) -> Batch:
    """Read documents and split them. A page or entry that cannot be read is a reject; the others go on.

    Rejects: those of `page`, `layouts` and `specs`; `not_a_file`, `unreadable`, `too_large`, `contradicts_path`,
             `claimed_twice` (of two pages for one tag and package the first in path order wins).
    """
    documents: list[tuple[object, ...]] = []
    counts: list[tuple[int, str | None, int]] = []
    rejects: list[tuple[object, ...]] = []
    digests: dict[tuple[str, str], str] = {}
    claimed: dict[tuple[str, str, str], str] = {}
    slices = Slices()
    for source, page in listed:
        try:
            raw = _bytes(source, page)
            digests[source.name, page.path] = digest = hashlib.sha256(raw).hexdigest()
            found = layouts.document(front_matter(raw))
            _agrees_with_path(found, page)
            if len(found.specs) > MOST_SPECS:
                raise Refusal("too_large", f"{len(found.specs):,} specs; at most {MOST_SPECS:,} are read", found.specs_line)
            owner = claimed.setdefault((source.name, found.tag, found.package), page.path)
            if owner != page.path:
                raise Refusal("claimed_twice", f"{owner} already speaks for {found.package} under {found.tag}", None)
        except Refusal as refusal:
            rejects.append(_reject(source.name, page.path, "document", refusal))
            continue
        number, claims = len(documents), found.claims
        documents.append(
            (number, source.name, found.tag, found.package, _text(page.path), found.layout, digest, len(raw))
            + (claims.num_specs, found.specs_line, claims.compilers, claims.oss, claims.platforms)
            + (claims.stacks, claims.targets, claims.versions)
        )
        if claims.num_specs is not None:
            counts.append((number, None, claims.num_specs))
        counts.extend((number, stack, count) for stack, count in (claims.num_specs_by_stack or {}).items())
        slices.add(number, found.specs, found.specs_text)
    specs, refused = columns(slices)
    for number, entry in refused:
        row = dict(zip(_DOCUMENTS.names, documents[number], strict=True))
        rejects.append(_reject(str(row["source"]), str(row["path"]), "spec", entry, row["specs_line"]))
    return Batch(_table(_DOCUMENTS, documents), _table(_COUNTS, counts), specs, _table(_REJECTS, rejects), digests)


def _bytes(source: Source, page: Listed) -> bytes:
    if not page.is_file:
        raise Refusal("not_a_file", "a folder, pipe or dead link stands where a page should be")
    if page.size_bytes > LARGEST_PAGE:
        raise Refusal("too_large", f"{page.size_bytes:,} bytes; at most {LARGEST_PAGE:,} are read")
    try:
        return source.read(page)
    except OSError as error:
        raise Refusal("unreadable", f"{error.strerror or error}") from None


def _agrees_with_path(found: layouts.Document, page: Listed) -> None:
    if page.tag is None and page.path.startswith("_cache/"):
        raise Refusal("contradicts_path", "a page lies at _cache/<tag>/<package>/specs.md, neither higher nor deeper")
    for what, said, expected in (("title", found.package, page.package), ("tag", found.tag, page.tag)):
        if expected is not None and said != expected:
            raise Refusal("contradicts_path", f"its {what} is {said}, its path says {_text(expected)}", None, said.encode())


def _reject(source: str, path: str, scope: str, refusal: Refusal, line: object = None) -> tuple[object, ...]:
    excerpt = refusal.excerpt[: 4 * EXCERPT].decode(errors="replace")[:EXCERPT]
    return source, _text(path), scope, refusal.rule, refusal.detail[:500], refusal.line or line, excerpt


def _text(name: str) -> str:
    """A file name as text, also where its bytes are no UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    values = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.Table.from_arrays([pa.array(column, type) for column, type in zip(values, schema.types, strict=True)], schema=schema)
