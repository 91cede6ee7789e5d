"""A release as Delta tables, one folder each: Spark, Trino, Polars and others read them by themselves.

    DIR/<view>/      the view's rows; each release is a version, whose commit names the release
    DIR/releases/    which version of each table belongs to which release; written last

A table is replaced as a whole, by one commit: its readers see one release or another, whenever the process dies. Tables follow one
another, so that two of them may be of neighbouring releases for a moment; who needs one release of all reads `releases` first.
"""

import datetime as dt
import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import duckdb
import msgspec
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from etl.errors import StoreError, UsageError
from etl.export.tables import View, views
from etl.load import catalog
from etl.load.damage import check
from etl.load.lock import exclusive
from etl.load.manifest import Manifest
from etl.query import release_manifest
from etl.schema import SCHEMA_VERSION

__all__ = ["DeltaExport", "DeltaOptions", "export_delta"]

RELEASES = "releases"
# A batch becomes a row group. Batches are written side by side, so that groups may change places, but each has rows that lie together.
BATCH_ROWS = 122_880
COMMITS_SEEN = 100  # so far back a table's commit is looked for: vacuum and others add theirs
_NOTE = ("spack_cache_release", "spack_cache_manifest", "spack_cache_view")  # in each commit: release, digest of its manifest, of the view
_RELEASES = pa.schema(
    [
        pa.field("release", pa.int64(), metadata={"comment": "Number of the release"}),
        pa.field("table_name", pa.string(), metadata={"comment": "Name of the table, and of its folder beside this one"}),
        pa.field("delta_version", pa.int64(), metadata={"comment": "Version of that table that holds the release"}),
        pa.field("row_count", pa.int64(), metadata={"comment": "Rows of that version"}),
        pa.field("exported_at", pa.timestamp("us", "UTC"), metadata={"comment": "When the export of the release ended"}),
    ]
)


@dataclass(frozen=True, slots=True)
class DeltaOptions:
    """What may be chosen of an export."""

    release: int | None = None  # else the current one
    views: Sequence[str] = ()  # beside those of the model
    keep_days: float | None = None  # files of versions replaced longer ago are removed; None removes nothing


class DeltaExport(msgspec.Struct):
    """The object of `export --json`."""

    status: Literal["exported", "unchanged"]
    release: int
    output: str
    tables: int
    written_tables: int
    written_rows: int
    removed_files: int
    seconds: float


class _Stand(NamedTuple):
    """What the last commit of ours to a table says."""

    version: int
    rows: int
    note: tuple[str, ...]


def export_delta(
    warehouse: Path, output: Path, options: DeltaOptions, show: Callable[[str, int, int], None] = lambda what, done, total: None
) -> DeltaExport:
    """Bring the Delta tables of a folder to a release; a table that holds it already is not written again.

    Raises:
        UsageError: no such release or view; the folder is the warehouse's, holds something else, or a newer or another release.
        StoreError: the release or the folder cannot be read or written. Each table holds one release or another all the same.
        BusyError: another export is under way there.
    """
    began = time.perf_counter()
    root, folder = warehouse.expanduser().resolve(), output.expanduser().resolve()
    wanted = views(options.views)
    if RELEASES in options.views:
        raise UsageError(f"--view {RELEASES}: a table of that name tells which versions belong together; leave it out")
    manifest = _release(root, options.release)
    if folder.is_relative_to(root) or root.is_relative_to(folder):
        raise UsageError(f"--output {folder}: name a folder that neither lies in the warehouse {root} nor holds it")
    now = dt.datetime.now(dt.UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder / ".lock", f"{now:%Y-%m-%d %H:%M:%S} UTC"):
            found = _export(root, folder, manifest, wanted, options.keep_days, show)
    except (OSError, DeltaError, duckdb.Error, pa.ArrowException) as error:
        said = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise StoreError(f"{folder}: {said}. Each table holds one release as a whole; export again to bring all to the same") from error
    found.seconds = round(time.perf_counter() - began, 3)
    return found


def _release(root: Path, number: int | None) -> Manifest:
    current = Manifest.read(root / "manifest.json")
    manifest = release_manifest(root, number or (current.release if current else 1))
    if manifest.schema_version != SCHEMA_VERSION:
        written = (
            f"release {manifest.release} has schema version {manifest.schema_version}, the views of this program read {SCHEMA_VERSION}"
        )
        raise StoreError(f"{root}: {written}; export a release that this program made: `spack-cache-etl run --full` makes one")
    check(root, manifest)
    return manifest


def _export(
    root: Path, folder: Path, manifest: Manifest, wanted: Sequence[View], keep_days: float | None, show: Callable[[str, int, int], None]
) -> DeltaExport:
    stands = {one.name: _stand(folder / one.name) for one in wanted}
    listed = _stand(folder / RELEASES)
    digest = hashlib.sha256(manifest.encoded()).hexdigest()
    for stand in (*stands.values(), listed):
        if stand is not None:
            _refuse_older(folder, stand, manifest.release, digest)
    notes = {one.name: (str(manifest.release), digest, one.digest) for one in wanted}
    missing = [one for one in wanted if (stand := stands[one.name]) is None or stand.note != notes[one.name]]
    if missing:
        total, done = sum(one.weight(manifest) for one in missing), 0
        with _opened(root, manifest) as connection:
            for one in missing:
                _write(folder / one.name, connection, one, notes[one.name])
                stands[one.name] = _stand(folder / one.name)
                show("export", done := done + one.weight(manifest), total)
    held = {name: stand for name, stand in stands.items() if stand is not None}
    _list(folder / RELEASES, manifest.release, digest, held, keep_days)
    return DeltaExport(
        status="exported" if missing else "unchanged",
        release=manifest.release,
        output=str(folder),
        tables=len(wanted),
        written_tables=len(missing),
        written_rows=sum(held[one.name].rows for one in missing),
        removed_files=_vacuum([folder / name for name in (*held, RELEASES)], keep_days) if keep_days is not None else 0,
        seconds=0.0,
    )


def _stand(path: Path) -> _Stand | None:
    """What we last wrote to a table; None: there is none yet. Raises UsageError where the folder is someone else's."""
    if not DeltaTable.is_deltatable(str(path)):
        # A process that died before the first commit of a table has left data files.
        if path.exists() and (not path.is_dir() or any(one.name != "_delta_log" and one.suffix != ".parquet" for one in path.iterdir())):
            raise UsageError(f"{path} is there already, and no Delta table: name another --output")
        return None
    for commit in DeltaTable(str(path)).history(COMMITS_SEEN):
        if _NOTE[0] in commit:
            rows = commit.get("operationMetrics", {}).get("num_added_rows", 0)
            return _Stand(commit["version"], int(rows), tuple(str(commit.get(key)) for key in _NOTE))
    raise UsageError(f"{path} is a Delta table that this program did not write, or not lately: name another --output")


def _refuse_older(folder: Path, stand: _Stand, release: int, digest: str) -> None:
    found = int(stand.note[0])
    if found > release:
        raise UsageError(
            f"{folder} holds release {found}, which is newer than {release}; name another --output, or read an earlier version"
        )
    if found == release and stand.note[1] != digest:
        raise UsageError(
            f"{folder} holds another release of the number {release}, as of a warehouse that was begun anew; name another --output"
        )


@contextmanager
def _opened(root: Path, manifest: Manifest) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views of a release, as this program has them: the published catalog may be of the release after it by now."""
    with TemporaryDirectory(prefix="spack-cache-etl-") as aside:
        path = Path(aside) / "spack_cache.duckdb"
        catalog.build(path, manifest, root)
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"ATTACH {catalog.as_text(str(path))} AS spack_cache (READ_ONLY)")
            for statement in ("USE spack_cache", "SET enable_progress_bar = false", "SET TimeZone = 'UTC'"):
                connection.execute(statement)
            connection.execute(f"SET temp_directory = {catalog.as_text(str(Path(aside) / 'spilled'))}")
            yield connection


def _write(path: Path, connection: duckdb.DuckDBPyConnection, view: View, note: tuple[str, ...]) -> None:
    reader = connection.sql(view.query).to_arrow_reader(BATCH_ROWS)
    told = {column.name: column.description for column in view.definition.columns}
    schema = pa.schema([pa.field(one.name, _type(one.type), metadata={"comment": told[one.name]}) for one in reader.schema])
    rows = pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in reader))
    _commit(path, rows, view.definition.summary, note)


def _type(type_: pa.DataType) -> pa.DataType:
    """Times are moments in UTC; those without a zone would ask readers for a feature that Spark before 3.4 and others lack."""
    return pa.timestamp("us", "UTC") if pa.types.is_timestamp(type_) else type_


def _commit(path: Path, rows: pa.RecordBatchReader, description: str, note: tuple[str, ...]) -> None:
    """Replace a table's rows, and its columns where they are others now."""
    write_deltalake(
        str(path),
        rows,
        mode="overwrite",
        schema_mode="overwrite",
        name=path.name,
        description=description,
        writer_properties=WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=BATCH_ROWS),
        commit_properties=CommitProperties(custom_metadata=dict(zip(_NOTE, note, strict=True))),
    )


def _list(path: Path, release: int, digest: str, held: dict[str, _Stand], keep_days: float | None) -> None:
    """Write which versions belong to the release, and no longer those whose files may be removed; unless it says so already."""
    now = dt.datetime.now(dt.UTC)
    rows = DeltaTable(str(path)).to_pyarrow_table().to_pylist() if DeltaTable.is_deltatable(str(path)) else []
    mine = {name: (stand.version, stand.rows) for name, stand in held.items()}
    there = [row for row in rows if row["release"] == release]
    if mine != {row["table_name"]: (row["delta_version"], row["row_count"]) for row in there}:
        there = [
            {"release": release, "table_name": name, "delta_version": version, "row_count": count, "exported_at": now}
            for name, (version, count) in sorted(mine.items())
        ]
    listed = [row for row in rows if row["release"] != release] + there
    if keep_days is not None:
        ended = {
            one: min((row["exported_at"] for row in listed if row["release"] > one), default=now)
            for one in {row["release"] for row in listed}
        }
        listed = [row for row in listed if row["release"] == release or ended[row["release"]] > now - dt.timedelta(days=keep_days)]
    if listed != rows:
        table = pa.Table.from_pylist(listed, schema=_RELEASES)
        _commit(path, table.to_reader(), "which version of each table belongs to which release", (str(release), digest, ""))


def _vacuum(paths: Sequence[Path], keep_days: float) -> int:
    """Remove files that no version of the last days needs; how many went. Where there are none, no commit says so."""
    hours, count = math.ceil(24 * keep_days), 0  # no less than what `releases` goes by
    for path in paths:
        table = DeltaTable(str(path))
        if table.vacuum(hours, dry_run=True, enforce_retention_duration=False):
            count += len(table.vacuum(hours, dry_run=False, enforce_retention_duration=False))
    return count
