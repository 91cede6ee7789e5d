"""Makers for tests of the transforms: pages of a few specs, read as any page is read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from etl.extract import Batch, Listed, Listing, read_batch
from etl.extract.sources.listing import placed
from etl.transform import Built, build

SNAPSHOTS = {"public": 1, "own": 2}


@dataclass(frozen=True)
class Page:
    """A page's text, and where it lies: one package under one tag of a source."""

    source: str
    tag: str
    package: str
    text: str

    @property
    def path(self) -> str:
        """Its place below the source's root."""
        return f"_cache/{self.tag}/{self.package}/specs.md"


@dataclass(frozen=True)
class Pages:
    """A source that holds its pages in memory."""

    name: str
    texts: dict[str, str]

    def list(self) -> Listing:
        """Its pages, in path order."""
        return Listing([Listed(path, len(text), None, True, *placed(path)) for path, text in sorted(self.texts.items())])

    def read(self, document: Listed) -> bytes:
        """The bytes of a page."""
        return self.texts[document.path].encode()


@pytest.fixture(scope="session")
def spec() -> Callable[..., dict[str, Any]]:
    """An entry of a page, plain but for what is named: `spec("a", stacks=["e4s"])`; its hash is the letter 32 times."""

    def make(letter: str = "a", **said: Any) -> dict[str, Any]:
        plain = {
            "compiler": "gcc@11.4.0",
            "hash": letter * 32,
            "os": "ubuntu22.04",
            "platform": "linux",
            "size": "-",
            "stacks": ["e4s", "root"],
            "target": "x86_64_v3",
            "variants": ["+shared"],
            "versions": ["1.3"],
        }
        return plain | said

    return make


@pytest.fixture(scope="session")
def page() -> Callable[..., Page]:
    """A page of specs: `page(spec("a"), tag="v0.22.0", meta={"num_specs": 1})`."""

    def make(*specs: Any, package: str = "zlib", tag: str = "develop", source: str = "public", meta: dict[str, Any] | None = None) -> Page:
        lines = (
            "---",
            f'title: "{package}"',
            "layout: cache",
            f"categories: [package, {tag}]",
            f"meta: {json.dumps(meta or {})}",
            f"spec_details: {json.dumps(specs)}",
            "---",
        )
        return Page(source, tag, package, "\n".join(lines))

    return make


@pytest.fixture(scope="session")
def read() -> Callable[..., Batch]:
    """Read pages in the order given: `read(page(...), page(...))`."""

    def make(*pages: Page) -> Batch:
        sources = {name: Pages(name, {one.path: one.text for one in pages if one.source == name}) for name in SNAPSHOTS}
        return read_batch((sources[one.source], Listed(one.path, len(one.text), None, True, one.tag, one.package)) for one in pages)

    return make


@pytest.fixture(scope="session")
def built(read: Callable[..., Batch]) -> Callable[..., Built]:
    """The tables that follow from pages: `built(page(...)).tables["specs"]`. Source `public` is at snapshot 1, `own` at 2."""
    return lambda *pages: build(read(*pages), SNAPSHOTS)
