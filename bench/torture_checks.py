"""What must hold of a warehouse, whatever was done to it: asked of its files and of its catalog, not of the job."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from etl.load.manifest import Manifest
from etl.load.released import read_table
from etl.schema import TABLES

__all__ = ["Answer", "Rows", "answer", "faults", "rows", "seen_release"]

Rows = dict[str, tuple[int, int]]  # by table: how many, and the sum of their digests
Answer = tuple[int, int, int, int]


def rows(root: Path) -> Rows:
    """All that the tables hold, as a reader sees it through the catalog. The order of rows has no say."""
    with duckdb.connect(str(root / "spack_cache.duckdb"), read_only=True) as connection:
        connection.execute("set threads = 1")
        asked = " union all ".join(f"select '{name}', count(*), coalesce(sum(hash(t)::hugeint), 0) from data.{name} t" for name in TABLES)
        return {name: (count, digest) for name, count, digest in connection.execute(asked).fetchall()}


def seen_release(root: Path) -> int | None:
    """The release that readers see; None where there is no catalog yet."""
    path = root / "spack_cache.duckdb"
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select release from files.release").fetchone()
        return None if found is None else int(found[0])


def answer(root: Path) -> Answer:
    """What the question `ANSWER` must come to in the published release, by its manifest and without DuckDB."""
    manifest = Manifest.read(root / "manifest.json")
    assert manifest is not None
    held, members = (read_table(root, manifest.files, name) for name in ("tag_specs", "memberships"))
    sums = held.select(
        pl.len().alias("count"),
        (pl.col("stack_count").cast(pl.Int64) + pl.col("stacks_text").str.len_chars() + pl.col("first_snapshot_id").cast(pl.Int64) * 1000)
        .sum()
        .alias("sum"),
    ).collect()
    return manifest.release, int(sums["count"][0]), int(sums["sum"][0]), int(members.select(pl.len()).collect().item())


def faults(root: Path) -> Iterator[str]:
    """What is wrong with a warehouse after a run that ended well; nothing where all is as promised."""
    current = Manifest.read(root / "manifest.json")
    if current is None:
        yield "there is no manifest.json"
        return
    kept = [manifest for path in sorted((root / "manifests").glob("*.json")) if (manifest := Manifest.read(path)) is not None]
    for manifest in (current, *kept):
        for file in manifest.files:
            yield from _of_file(root / file.path, file.rows, file.bytes, file.sha256)
    if current not in kept:
        yield "manifest.json is not among manifests/"
    if any(manifest.release > current.release for manifest in kept):
        yield "a manifest of a release that never was"
    if (release := seen_release(root)) != current.release:
        yield f"the catalog shows release {release}, the manifest {current.release}"
    if f"views of release {current.release}." not in (root / "views.sql").read_text().partition("\n")[0]:
        yield "views.sql is of another release"
    named = {file.path for manifest in (current, *kept) for file in manifest.files}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        is_left = ".part" in path.name or "aside" in path.name or (path.is_file() and name.startswith("data/") and name not in named)
        if is_left or name.startswith("staging"):
            yield f"left over: {name}"
    for path in (root / "runs").iterdir():
        if json.loads(path.read_bytes())["status"] == "running":
            yield f"a run that is over is said to be running: {path.name}"


_checked: set[tuple[str, int, int, str]] = set()  # a file is read once; whatever is done to it later shows in its time or its size


def _of_file(path: Path, count: int, size: int, sha256: str) -> Iterator[str]:
    if not path.is_file():
        yield f"missing: {path}"
        return
    state = path.stat()
    key = (f"{state.st_dev} {state.st_ino} {state.st_ctime_ns}", state.st_size, count, sha256)
    if key in _checked:
        return
    data = path.read_bytes()
    if len(data) != size or hashlib.sha256(data).hexdigest() != sha256:
        yield f"not as the manifest has it: {path}"
    elif pq.read_metadata(path).num_rows != count:
        yield f"other rows than the manifest has: {path}"
    else:
        _checked.add(key)
