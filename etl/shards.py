"""A listing to tables, in shards: each holds all documents of some packages, so each can be built alone.

A spec belongs to one package, and tables are stored by package: shards need nothing from each other, memory stays that
of one shard, and the files of all shards in a row are in order.
"""

import gc
import os
import resource
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TypeVar

import polars as pl

from etl.errors import StoreError
from etl.extract import Batch, Limits, Listed, Source, read_batch
from etl.extract.sources.listing import shown
from etl.load.last_good import last_good
from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import contested, read_table
from etl.schema import TABLES
from etl.transform import Built, build, settled_tables, with_last_good
from etl.transform.affected import doubtful, with_settled
from etl.workers import Workers

__all__ = ["SHARD_BYTES", "BuiltShard", "Order", "Shard", "build_all", "peak_rss_bytes", "plan", "settle", "shared"]

T = TypeVar("T")

# At most, of documents as listed: some 50,000 specs. Smaller shards spread better over processes, larger ones make fewer files.
SHARD_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shard:
    """All documents of some packages, in order of package and path.

    Those that are `known`, by source and path, need not be read, as long as the others give no reason to.
    """

    documents: Sequence[tuple[Source, Listed]]
    size_bytes: int
    known: frozenset[tuple[str, str]] = frozenset()

    def unread(self) -> Sequence[tuple[Source, Listed]]:
        """The documents to read: those that are not known."""
        return (
            [(source, one) for source, one in self.documents if (source.name, one.path) not in self.known] if self.known else self.documents
        )

    def among(self, paths: Iterable[tuple[str, str]]) -> Sequence[tuple[Source, Listed]]:
        """Those of the documents that are named, by source and path as it is stored."""
        wanted = frozenset(paths)
        return [(source, one) for source, one in self.documents if (source.name, shown(one.path)) in wanted]


@dataclass(frozen=True, slots=True)
class BuiltShard:
    """What a shard became: its staged files, what of it was refused, and what the steps after it need."""

    files: list[DataFile]
    digests: dict[tuple[str, str], str]
    names: dict[str, list[str]]
    rejects: list[dict[str, object]]
    spec_counts: dict[str, int]
    stale_count: int
    size_bytes: int
    process: tuple[int, int]  # its id and the most memory it held, in bytes


def plan(
    listed: Iterable[tuple[Source, Listed]], known: frozenset[tuple[str, str]] = frozenset(), shard_bytes: int = SHARD_BYTES
) -> Iterator[Shard]:
    """Cut a listing into shards of about equal size, an even number of them for an even number of cores.

    The same listing gives the same shards, whatever builds them.
    """
    ordered = sorted(listed, key=lambda pair: (pair[1].package or "", pair[0].name, pair[1].path))
    sizes = [0 if (source.name, one.path) in known else one.whole_size_bytes for source, one in ordered]
    total = sum(sizes)
    few = shard_bytes if known else shard_bytes / 4  # where all is read, workers are at hand already
    count = 2 * ceil(total / (2 * shard_bytes)) if total > few else 1
    documents: list[tuple[Source, Listed]] = []
    size = passed = made = 0
    package = None
    for (source, one), bytes_more in zip(ordered, sizes, strict=True):
        if documents and one.package != package and passed * count >= total * (made + 1):
            yield Shard(documents, size, known)
            documents, size, made = [], 0, made + 1
        documents.append((source, one))
        size += bytes_more
        passed += bytes_more
        package = one.package
    if documents:
        yield Shard(documents, size, known)


@dataclass(frozen=True, slots=True)
class Order:
    """What all shards of a run are built with. `before` has the files of the release before, for what cannot be read now."""

    staging: Path
    snapshots: Mapping[str, int]  # of each source
    limits: Limits
    root: Path
    before: Sequence[DataFile] = ()
    void: pl.DataFrame = field(default_factory=pl.DataFrame)  # pages of it that have changed or are gone, unless all is read


def build_all(shards: Sequence[Shard], order: Order, workers: Workers) -> Iterator[BuiltShard]:
    """Build every shard, here and in the workers; yields them as they are done.

    Raises StoreError where a worker was killed.
    """
    yield from shared(_build, [(shard, order) for shard in shards], workers)


def shared(function: Callable[..., T], calls: Sequence[tuple[object, ...]], workers: Workers) -> Iterator[T]:
    """Call a function with each of the arguments, here and in the workers; yields what it gives, as it comes.

    Raises StoreError where a worker was killed.
    """
    waiting = deque(calls)
    under_way: set[Future[T]] = set()
    try:
        while waiting:
            # One at work and one in hand for each worker; the last is for this process, which works too.
            while len(under_way) < 2 * workers.count and len(waiting) > 1:
                under_way.add(workers.submit(function, *waiting.popleft()))
            yield function(*waiting.pop())
            done, under_way = wait(under_way, timeout=0)
            yield from (one.result() for one in done)
        yield from (one.result() for one in as_completed(under_way))
    except BrokenProcessPool as error:
        raise StoreError("a worker process was killed, most likely for want of memory; give fewer --workers and run again") from error


def _build(shard: Shard, order: Order) -> BuiltShard:
    batch, built = _read(shard.unread(), order)
    if shard.known:
        built = _settled(built, shard, order)
    held = built.tables["tag_specs"].group_by("source").agg(pl.col("spec_hash").n_unique())
    return BuiltShard(
        files=write_tables(built.tables, order.staging),
        digests=batch.digests,
        names=built.names,
        rejects=built.tables["rejects"].drop("snapshot_id").to_dicts(),
        spec_counts=dict(held.iter_rows()),
        stale_count=int(built.tables["documents"]["is_stale"].sum()),
        size_bytes=shard.size_bytes,
        process=(os.getpid(), peak_rss_bytes()),
    )


def _read(documents: Sequence[tuple[Source, Listed]], order: Order) -> tuple[Batch, Built]:
    # Reading makes hundreds of thousands of objects and no cycles: looking for some would take a quarter of the time.
    gc.disable()
    try:
        batch = read_batch(documents, order.limits)
    finally:
        gc.enable()
    batch = _completed(batch, order)
    return batch, build(batch, order.snapshots)


def _settled(built: Built, shard: Shard, order: Order) -> Built:
    """What was built, with nothing that is known of specs already; read are also the unchanged documents on which specs depend."""
    page = ["source", "tag", "package"]
    documents, held, specs, unsettled = (
        read_table(order.root, order.before, name) for name in ("documents", "tag_specs", "specs", "unsettled_specs")
    )
    packages = pl.Series([one.package or "" for _, one in shard.documents]).unique()
    void = order.void.filter(pl.col("package").is_in(packages.implode()))
    lost, new = held.join(void.lazy(), on=page, how="semi"), built.tables["specs"].lazy()
    frames = pl.collect_all([specs.join(new, on="spec_hash", how="semi"), unsettled, lost])
    stored = dict(zip(("specs", "unsettled_specs", "tag_specs"), frames, strict=True))
    doubts, more = doubtful(built.tables, stored, void), built
    if doubts.height:
        standing = pl.concat([held, built.tables["tag_specs"].lazy()]).join(doubts.lazy(), on="spec_hash", how="semi").select(page)
        shown_by = pl.concat([documents, built.tables["documents"].lazy()]).join(standing, on=page, how="semi")
        _, more = _read(shard.among(shown_by.select("source", "path").collect().iter_rows()), order)
    return built._replace(tables=with_settled(built.tables, more.tables, doubts, stored["specs"]))


def _completed(batch: Batch, order: Order) -> Batch:
    """The batch, with the last good rows of documents that were refused."""
    refused = [(row["source"], row["path"]) for row in batch.rejects.to_pylist() if row["scope"] == "document"]
    if not refused or not order.before:
        return batch
    return with_last_good(batch, last_good(order.root, order.before, refused))


def settle(staging: Path, shards: Sequence[list[DataFile]]) -> list[DataFile]:
    """The files of all shards, once a spec that pages of different packages claim is one row.

    The package of most documents wins, then the smallest name. Only a forged page can bring this about.
    """
    claims = contested(staging, [file for files in shards for file in files])
    if claims.is_empty():
        return [file for files in shards for file in files]
    ranked = claims.sort("spec_hash", "document_count", "package", descending=[False, True, False])
    owners = ranked.filter(pl.col("spec_hash").is_first_distinct()).select("spec_hash", "package")
    losers = ranked.filter(~pl.col("spec_hash").is_first_distinct())
    settled = []
    for files in shards:
        frames = {name: read_table(staging, files, name).collect() for name in TABLES}
        changed = settled_tables(frames, owners, losers)
        settled += [file for file in files if file.table not in changed] + write_tables(changed, staging)
    return settled


def peak_rss_bytes() -> int:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
