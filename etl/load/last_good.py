"""What the release before holds of documents that cannot be read now."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from etl.load.manifest import DataFile
from etl.load.released import read_table

__all__ = ["last_good"]

_OF_DOCUMENT = ("tag_specs", "reconciliation", "published_counts")
_OF_SPEC = ("specs", "spec_dependencies", "spec_flags", "spec_patches")


def last_good(root: Path, files: Sequence[DataFile], documents: Iterable[tuple[str, str]]) -> Mapping[str, pl.DataFrame]:
    """The rows of documents, given by source and path, and of their specs, by table; `documents` has those that were held at all."""
    wanted = pl.LazyFrame(list(documents), schema={"source": pl.String, "path": pl.String}, orient="row")
    found = {"documents": read_table(root, files, "documents").join(wanted, on=["source", "path"], how="semi").collect()}
    if found["documents"].is_empty():
        return found
    page = ["source", "tag", "package"]
    owners = found["documents"].lazy().select(page)
    found |= {name: read_table(root, files, name).join(owners, on=page, how="semi").collect() for name in _OF_DOCUMENT}
    specs = found["tag_specs"].lazy().select("spec_hash").unique()
    return found | {name: read_table(root, files, name).join(specs, on="spec_hash", how="semi").collect() for name in _OF_SPEC}
