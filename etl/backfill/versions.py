"""All versions of documents that a history shows, each read once: what it holds, in columns."""

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa

from etl.extract import Batch, Limits, Listed, Listing, Source, read_batch
from etl.extract.git_history import Commit, GitHistory
from etl.load.progress import Progress
from etl.schema import RULES_VERSION, SCHEMA_VERSION
from etl.shards import SHARD_BYTES
from etl.transform.accepted import accepted, documents_in_order
from etl.transform.courses import Change
from etl.transform.list_keys import as_list

__all__ = ["Numbered", "Place", "Stretch", "Versions", "batch_of", "empty_batch", "joined", "read_versions"]

Place = tuple[str | None, str | None]  # tag and package

_DETAIL = ["spec_hash", "compiler", "version_text", "os", "platform", "target", "size", "variants_key"]
_ROWS = {"version": pl.Int64, "detail": pl.UInt32, "stacks_key": pl.String}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A source that shows one version of one document, under the version's number: a batch of versions tells them apart by it."""

    number: int
    source: GitHistory

    @property
    def name(self) -> str:
        """The number, in a form that sorts as numbers do."""
        return f"{self.number:09}"

    def list(self) -> Listing:
        """Nothing: its document is at hand."""
        return Listing([])

    def read(self, document: Listed) -> bytes:
        """The bytes of the document, or of a file beside it."""
        return self.source.read(document)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Snapshots in a row that are to be added, from `begin` to before `end`; `continues`: on what the warehouse held last, else on nothing.

    `changes` has those of each package under each tag.
    """

    begin: int
    end: int
    continues: bool
    changes: Mapping[Place, Sequence[Change]]


class Versions:
    """The distinct versions of documents, numbered as they appear."""

    def __init__(self) -> None:
        self.documents: list[Listed] = []
        self._numbers: dict[tuple[str, str | None, bool], int] = {}

    def number(self, document: Listed) -> int:
        """The number of a version: the same content under the same path is the same version."""
        number = self._numbers.setdefault((document.path, document.fingerprint, document.is_file), len(self.documents))
        if number == len(self.documents):
            self.documents.append(document)
        return number

    def stretch(self, begin: int, commits: Sequence[Commit], continues: bool) -> Stretch:
        """Commits as snapshots from a number on; the first of them shows all of its documents."""
        changes: dict[Place, list[Change]] = {}
        places: dict[str, Place] = {}
        for at, commit in enumerate(commits, begin):
            for path, document in commit.changes.items():
                if document is not None:
                    places[path] = document.tag, document.package
                version = None if document is None else self.number(document)
                changes.setdefault(places[path], []).append(Change(at, path, version))
        return Stretch(begin, begin + len(commits), continues, changes)

    def listed(self, source: GitHistory) -> Iterator[tuple[Source, Listed]]:
        """Every version, as a document of a source of its own."""
        return ((Numbered(number, source), one) for number, one in enumerate(self.documents))

    def digest(self, limits: Limits) -> str:
        """What identifies the work of reading them all: their content, and the rules they are read by."""
        text = hashlib.sha256(f"{SCHEMA_VERSION}.{RULES_VERSION} {limits} {SHARD_BYTES} {pl.__version__}\n".encode())
        for one in self.documents:
            text.update(f"{one.path}\0{one.fingerprint}\n".encode(errors="surrogateescape"))
        return text.hexdigest()[:16]


def read_versions(documents: Sequence[tuple[Source, Listed]], limits: Limits, progress: Progress, name: str) -> None:
    """Read versions of documents, and keep what they hold.

    `documents`: of each version that can be read what it says of itself, `version` its number; `rows`: version, detail, stacks_key;
    `details`: what is said of a spec, each way once; `extras`: what spec files say beyond.
    """
    if progress.has(name):
        return
    found: list[tuple[pl.DataFrame, pl.DataFrame]] = []
    details = pl.DataFrame(schema=dict.fromkeys(_DETAIL, pl.String))
    extras = pl.DataFrame(empty_batch().extras).clear()
    for piece in _pieces(documents):
        gc.disable()
        try:
            batch = read_batch(piece, limits)
        finally:
            gc.enable()
        ordered = documents_in_order(batch)
        rows = accepted(batch, ordered).rows.rename({"version": "version_text"})
        rows = rows.with_columns(version=ordered["source"].cast(pl.Int64)[rows["place"]])
        details = pl.concat([details, rows.select(_DETAIL)]).unique(maintain_order=True)
        numbered = details.with_row_index("detail").with_columns(pl.col("detail").cast(pl.UInt32))
        rows = rows.join(numbered, on=_DETAIL, how="left", nulls_equal=True)
        found.append((pl.DataFrame(batch.documents).with_columns(version=pl.col("source").cast(pl.Int64)), rows.select(list(_ROWS))))
        extras = pl.concat([extras, pl.DataFrame(batch.extras)]).unique("hash", keep="last", maintain_order=True)
    frames = {
        "documents": pl.concat([one for one, _ in found]),
        "rows": pl.concat([rows for _, rows in found]),
        "details": details.with_row_index("detail").with_columns(pl.col("detail").cast(pl.UInt32)),
        "extras": extras,
    }
    progress.keep(name, frames)


def _pieces(documents: Sequence[tuple[Source, Listed]]) -> Iterator[list[tuple[Source, Listed]]]:
    """The documents in pieces of a shard's usual size: one package with its whole history may be far larger."""
    piece: list[tuple[Source, Listed]] = []
    size = 0
    for source, one in documents:
        if piece and size + one.whole_size_bytes > SHARD_BYTES:
            yield piece
            piece, size = [], 0
        piece.append((source, one))
        size += one.whole_size_bytes
    yield piece


def empty_batch() -> Batch:
    """A batch of nothing, for its columns."""
    return read_batch([])


def batch_of(source: str, documents: pl.DataFrame, specs: pl.DataFrame, extras: pl.DataFrame) -> Batch:
    """Chosen specs of versions as a batch, as if each version were a document of its own.

    `specs` has version, stacks_key and the details.
    """
    like = empty_batch()
    numbers = specs.select("version").unique().sort("version").with_row_index("number")
    documents = documents.join(numbers, on="version").with_columns(document="number", source=pl.lit(source))
    specs = specs.join(numbers, on="version").sort("number", "spec_hash")
    specs = specs.rename({"number": "document", "spec_hash": "hash"}).with_columns(
        versions=pl.concat_list("version_text"),
        variants=as_list("variants_key"),
        stacks=as_list("stacks_key"),
        entry=pl.int_range(1, pl.len() + 1).over("document"),
    )
    extras = specs.select("document", "hash").join(extras.drop("document"), on="hash")
    return Batch(_table(documents, like.documents), like.counts, _table(specs, like.specs), _table(extras, like.extras), like.rejects, {})


def joined(batch: Batch, stale: Batch) -> Batch:
    """Both, the documents of the second numbered on and marked stale."""
    base = batch.documents.num_rows

    def numbered(table: pa.Table) -> pa.Table:
        numbers = pl.Series(table["document"].to_pylist(), dtype=pl.UInt32) + base
        return table.set_column(table.column_names.index("document"), "document", numbers.cast(pl.UInt32).to_arrow())

    documents = numbered(stale.documents)
    marks = pa.array([True] * documents.num_rows, pa.bool_())
    documents = documents.set_column(documents.column_names.index("is_stale"), "is_stale", marks)
    return replace(
        batch,
        documents=pa.concat_tables([batch.documents, documents]),
        counts=pa.concat_tables([batch.counts, numbered(stale.counts)]),
        specs=pa.concat_tables([batch.specs, numbered(stale.specs)]),
        extras=pa.concat_tables([batch.extras, numbered(stale.extras)]),
    )


def _table(frame: pl.DataFrame, like: pa.Table) -> pa.Table:
    return frame.select(like.column_names).to_arrow().cast(like.schema)
