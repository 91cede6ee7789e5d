"""Pages to batches without a disk between, and what a test asks of a batch."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from etl.extract import Batch, Listed, Listing, read_batch

BAD = "_cache/develop/zlib/specs.md"


class Memory:
    """A source that holds its pages in a mapping."""

    def __init__(self, pages: Mapping[str, bytes], name: str = "public") -> None:
        self.name, self.pages = name, pages

    def list(self) -> Listing:
        """Its pages, in path order; tag and package are in a path as deep as those of a cache."""
        return Listing([self._listed(path) for path in sorted(self.pages)])

    def _listed(self, path: str) -> Listed:
        parts = path.split("/")
        tag, package = parts[1:3] if len(parts) == 4 else (None, None)
        return Listed(path, len(self.pages[path]), None, True, tag, package)

    def read(self, document: Listed) -> bytes:
        """The bytes of one page."""
        return self.pages[document.path]


class Reject(NamedTuple):
    """What was refused, its place apart."""

    scope: str
    rule: str
    line: int | None
    excerpt: str


@pytest.fixture(scope="session")
def batch() -> Callable[[Mapping[str, bytes]], Batch]:
    """`batch({path: bytes})` is what the pages say."""

    def read(pages: Mapping[str, bytes]) -> Batch:
        source = Memory(pages)
        return read_batch((source, one) for one in source.list().documents)

    return read


def by_path(read: Batch) -> dict[str, dict[str, Any]]:
    """What a batch says of each page that was loaded: its row, its counts and its specs, without the page's number."""
    said = {}
    for row in read.documents.to_pylist():
        number = row.pop("document")
        said[row["path"]] = {
            "document": row,
            "counts": {one["stack"]: one["published_spec_count"] for one in read.counts.to_pylist() if one["document"] == number},
            "specs": [
                {key: value for key, value in one.items() if key != "document"}
                for one in read.specs.to_pylist()
                if one["document"] == number
            ],
        }
    return said


@pytest.fixture(scope="session")
def said() -> Callable[[Batch], dict[str, dict[str, Any]]]:
    """`said(batch)[path]` has the `document`, `counts` and `specs` of a page."""
    return by_path


@pytest.fixture(scope="session")
def one(batch) -> Callable[[bytes], dict[str, Any]]:
    """`one(page)` is what a good page says by itself."""

    def read(raw: bytes) -> dict[str, Any]:
        found = batch({"page.md": raw})
        assert [] == found.rejects.to_pylist()
        return by_path(found)["page.md"]

    return read


@pytest.fixture(scope="session")
def neighbours(page, spec) -> dict[str, bytes]:
    """Three good pages, one of each layout; two of them stand before the bad one, one behind."""
    return {
        "_cache/develop/cmake/specs.md": page("cmake", layout="E", specs=[spec("cmake"), spec("cmake 2", size=None)]),
        "_cache/develop/gmake/specs.md": page("gmake", layout="G"),
        "_cache/v1.0.0/zlib/specs.md": page("zlib", "v1.0.0", specs=[spec("zlib", variants=[]), spec("zlib 2", stacks=["root"])]),
    }


@pytest.fixture(scope="session")
def all_refused(batch, neighbours) -> Callable[[bytes], list[Reject]]:
    """`all_refused(page)` reads a page of zlib under develop among good neighbours, and is what was refused of it.

    The neighbours have to load the same as without it.
    """
    alone = by_path(batch(neighbours))

    def refuse(raw: bytes) -> list[Reject]:
        found = batch(neighbours | {BAD: raw})
        rejects = found.rejects.to_pylist()
        assert {("public", BAD)} >= {(row["source"], row["path"]) for row in rejects}
        assert alone == {path: said for path, said in by_path(found).items() if path != BAD}
        assert all(row["detail"] for row in rejects)
        return [Reject(row["scope"], row["rule"], row["line"], row["excerpt"]) for row in rejects]

    return refuse


@pytest.fixture(scope="session")
def refused(all_refused) -> Callable[[bytes], Reject]:
    """`refused(page)` is the one reject of a page of zlib under develop that was read among good neighbours."""

    def refuse(raw: bytes) -> Reject:
        (reject,) = all_refused(raw)
        return reject

    return refuse
