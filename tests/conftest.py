"""Makers of cache pages: of our own making, in the form that the public cache has."""

import base64
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A shared machine may pause for longer than an example may take; and CI tries the same examples each time.
hypothesis.settings.register_profile("here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("here"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def _caches_of_no_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the caches of the processes that tests start out of the home of whoever runs them."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("caches"))


# Keys in the order that each layout writes them: E as its generator inserted them, F and G by name.
SPEC_KEYS = ("hash", "compiler", "versions", "os", "platform", "target", "variants", "stacks", "size", "tarball")
META_KEYS = ("versions", "compilers", "oss", "platforms", "targets", "stacks", "num_specs", "num_specs_by_stack")


def spec_hash(word: str) -> str:
    """A hash as Spack forms it: sha1 in lower-case base32, 32 characters."""
    return base64.b32encode(hashlib.sha1(word.encode()).digest()).decode().lower()


def make_spec(word: str = "one", **parts: Any) -> dict[str, Any]:
    """A spec as a page lists it, its hash made from a word; `parts` replace or add keys."""
    return {
        "hash": spec_hash(word),
        "compiler": "gcc@11.4.0",
        "versions": ["1.3.1"],
        "os": "ubuntu22.04",
        "platform": "linux",
        "target": "x86_64_v3",
        "variants": ["+shared", "build_system=makefile"],
        "stacks": ["e4s", "root"],
        "size": "-",
    } | parts


def make_page(
    package: str = "zlib",
    tag: str = "develop",
    layout: str = "F",
    specs: Iterable[Any] | None = None,
    kind: str | None = "cache",
    **fields: str | None,
) -> bytes:
    """A page of layout E, F or G; its `meta` counts the specs that it lists.

    `fields` replace what stands behind a key of the front matter, `kind` what stands behind `layout:`; None leaves it out.
    """
    listed = [make_spec(f"{package} {layout}")] if specs is None else list(specs)
    known = [spec for spec in listed if isinstance(spec, dict)]
    stacks = Counter(stack for spec in known for stack in spec["stacks"])
    meta = {
        "versions": _all(spec["versions"] for spec in known),
        "compilers": _all([spec["compiler"]] for spec in known),
        "oss": _all([spec["os"]] for spec in known),
        "platforms": _all([spec["platform"]] for spec in known),
        "targets": _all([spec["target"]] for spec in known),
        "stacks": sorted(stacks),
        "num_specs": len(listed),
        "num_specs_by_stack": stacks,
    }
    if layout in "EG":
        listed = [_with_tarball(spec, f"https://binaries.example.org/{tag}/build_cache") for spec in listed]
    lines = {
        "title": f'"{package}"',
        "layout": kind,
        "categories": f"[package, {tag}]",
        "meta": json.dumps(_ordered(meta, META_KEYS, layout)),
        "spec_details": json.dumps([_ordered(spec, SPEC_KEYS, layout) if isinstance(spec, dict) else spec for spec in listed]),
    } | fields
    text = "".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None)
    return f"---\n{text}---".encode()


def _with_tarball(spec: Any, folder: str) -> Any:
    return {"tarball": f"{folder}/{spec['hash']}.spack"} | spec if isinstance(spec, dict) else spec


def _all(values: Iterable[list[str]]) -> list[str]:
    return sorted({value for some in values for value in some})


def _ordered(mapping: dict[str, Any], keys: tuple[str, ...], layout: str) -> dict[str, Any]:
    if layout == "E":
        return {key: mapping[key] for key in (*keys, *mapping) if key in mapping}
    return {key: mapping[key] for key in sorted(mapping)}


@pytest.fixture(scope="session")
def spec() -> Callable[..., dict[str, Any]]:
    """`spec("word", os="sequoia")` is a spec with a hash made from the word."""
    return make_spec


@pytest.fixture(scope="session")
def page() -> Callable[..., bytes]:
    """`page("zlib", "develop", "E", specs=[spec("a")], title="zlib")` is the bytes of a page."""
    return make_page


@pytest.fixture
def cache(tmp_path: Path) -> Callable[..., Path]:
    """`cache(page(), page("cmake"))` is a folder that holds `_cache/`; `at={path: bytes}` puts pages where they say."""

    def make(*pages: bytes, at: dict[str, bytes] | None = None) -> Path:
        placed = {_place(one): one for one in pages} | (at or {})
        (tmp_path / "_cache").mkdir(exist_ok=True)
        for path, raw in placed.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
        return tmp_path

    return make


def _place(raw: bytes) -> str:
    """Where a page lies in a cache, by its own words."""
    package = re.search(r'^title: "(.+)"$', raw.decode(), re.MULTILINE)
    tag = re.search(r"^categories: \[package, (.+)\]$", raw.decode(), re.MULTILINE)
    assert package and tag, "the page does not say where it belongs: give its path"
    return f"_cache/{tag[1]}/{package[1]}/specs.md"
