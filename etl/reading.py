"""What a run has to read: the documents whose content is not known.

Everything else goes on as the release before has it. What is known of a spec may depend on documents that did not change: so
all that speak of the same packages are at hand, and read if need be (see `transform/affected.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from etl.extract import Listed, Listing, Source
from etl.extract.sources.listing import shown
from etl.load.fingerprints import Digests
from etl.load.manifest import Manifest
from etl.load.released import read_table

__all__ = ["Reading", "everything", "reading"]

MOST = 0.25  # of all bytes: where more has changed, all is read and written anew
_PATH = ["source", "path"]
_TAG = ["source", "tag"]
_PAGE = [*_TAG, "package"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read: all documents of the packages in question, but for those that are `known`, by source and path.

    Unless it is all, `void` has the pages of the release before that have changed or are gone (source, tag, package), and
    `digests` the content of the documents that need not be read, by source and path.
    """

    documents: Sequence[tuple[Source, Listed]]
    is_all: bool = True
    known: frozenset[tuple[str, str]] = frozenset()
    void: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict.fromkeys(_PAGE, pl.String)))
    digests: Mapping[str, Digests] = field(default_factory=dict)


def everything(sources: Sequence[Source], listings: Mapping[str, Listing]) -> Reading:
    """Every document."""
    return Reading([(source, one) for source in sources for one in listings[source.name].documents])


def reading(
    sources: Sequence[Source], listings: Mapping[str, Listing], known: Mapping[str, Digests], root: Path, before: Manifest
) -> Reading:
    """All documents of the packages of which any has changed, is new or is gone since the release before; the others as known.

    `known` has the digests of documents that look as they did when they were read. Read again all the same is what had a reject,
    what the last snapshot did not observe, and what shares its tag and package with another.
    """
    whole = everything(sources, listings)
    listed = _listed(whole, known)
    is_unplaced = pl.any_horizontal(pl.col("tag", "package").is_null()) & ~pl.col("path").str.starts_with("_cache/")
    if listed.select(is_unplaced.any()).item() or _is_contested(root, before):  # what speaks of which package is not known
        return whole
    listed = listed.with_columns(pl.col("tag", "package").fill_null(""))  # such pages are refused
    stored = read_table(root, before.files, "documents").select(*_PAGE, "path", "sha256", "is_stale").collect()
    changed = listed.join(_usable(stored, root, before), on=[*_PAGE, "path", "sha256"], how="anti")
    changed = pl.concat([changed, listed.filter(pl.struct(_PAGE).is_duplicated())]).unique("number")
    if float(changed["size_bytes"].sum()) > MOST * float(listed["size_bytes"].sum()):
        return whole
    rest = listed.join(changed, on="number", how="anti")
    gone = stored.join(listed, on=_PATH, how="anti")
    touched = pl.concat([changed["package"], gone["package"]]).unique().implode()
    digests: dict[str, dict[str, str]] = {name: {} for name in listings}
    for source, one in (whole.documents[number] for number in rest["number"]):
        digests[source.name][one.path] = known[source.name][one.path]
    beside = (whole.documents[number] for number in rest.filter(pl.col("package").is_in(touched))["number"])
    return Reading(
        documents=[whole.documents[number] for number in listed.filter(pl.col("package").is_in(touched))["number"]],
        is_all=False,
        known=frozenset((source.name, one.path) for source, one in beside),
        void=stored.join(rest, on=_PATH, how="anti").select(_PAGE),
        digests=digests,
    )


def _listed(whole: Reading, known: Mapping[str, Digests]) -> pl.DataFrame:
    documents = whole.documents
    columns = {
        "source": [source.name for source, _ in documents],
        "path": [shown(one.path) for _, one in documents],
        "tag": [one.tag for _, one in documents],
        "package": [one.package for _, one in documents],
        "sha256": [known[source.name].get(one.path) for source, one in documents],
        "size_bytes": [one.whole_size_bytes for _, one in documents],
    }
    schema = {name: pl.Int64 if name == "size_bytes" else pl.String for name in columns}
    return pl.DataFrame(columns, schema=schema).with_row_index("number")


def _usable(stored: pl.DataFrame, root: Path, before: Manifest) -> pl.DataFrame:
    """The stored documents that say in full what was seen of them last."""
    last = {source: snapshot.snapshot_id for source in before.inputs if (snapshot := before.latest(source)) is not None}
    is_last = pl.col("snapshot_id") == pl.col("source").replace_strict(last, default=None, return_dtype=pl.Int64)
    unseen = read_table(root, before.files, "gaps").filter(is_last).select(_TAG).unique().collect()
    refused = read_table(root, before.files, "rejects").select(_PATH).unique().collect()
    return stored.filter(~pl.col("is_stale")).join(refused, on=_PATH, how="anti").join(unseen, on=_TAG, how="anti")


def _is_contested(root: Path, before: Manifest) -> bool:
    """Whether pages of different packages claim a spec, which then depends on both. Only a forged page brings this about."""
    conflicts = read_table(root, before.files, "spec_conflicts").filter(pl.col("field") == "package")
    return bool(conflicts.select(pl.len()).collect().item())
