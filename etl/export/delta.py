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
from typing import Any, Literal

import duckdb
import msgspec
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from etl.errors import StoreError
from etl.export.folder import folder_for
from etl.export.stand import NOTE, Stand, holds, lacks_files, refuse_older, remove_leftovers, stand
from etl.export.tables import RELEASES, View, check_days, views
from etl.load import catalog
from etl.load.damage import check
from etl.load.kept import check_schema, release_manifest
from etl.load.lock import exclusive
from etl.load.manifest import Manifest

__all__ = ["DeltaExport", "DeltaOptions", "export_delta"]

# A batch becomes a row group. Batches are written side by side, so that groups may change places, but each has rows that lie together.
BATCH_ROWS = 122_880
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
    root = warehouse.expanduser().resolve()
    folder = folder_for(output, root)
    wanted = views(options.views)
    check_days(options.keep_days)
    try:
        manifest = release_manifest(root, options.release)
        check_schema(manifest, "Export a release that this program made: `spack-cache-etl run --full` makes one")
        check(root, manifest)
    except OSError as error:
        raise StoreError(f"{error.filename or root}: {error.strerror or error}; an export must be able to read the warehouse") from error
    now = dt.datetime.now(dt.UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder / ".lock", f"{now:%Y-%m-%d %H:%M:%S} UTC", "export"):
            found = _export(root, folder, manifest, wanted, options.keep_days, show)
    except (OSError, DeltaError, duckdb.Error, pa.ArrowException) as error:
        said = getattr(error, "strerror", None) or " ".join(str(error).split())  # the cause stands in the last of several lines
        where = getattr(error, "filename", None) or folder
        raise StoreError(f"{where}: {said}. Each table holds one release as a whole; export again to bring all to the same") from error
    found.seconds = round(time.perf_counter() - began, 3)
    return found


def _export(
    root: Path, folder: Path, manifest: Manifest, wanted: Sequence[View], keep_days: float | None, show: Callable[[str, int, int], None]
) -> DeltaExport:
    stands = {name: stand(folder / name) for name in (*(one.name for one in wanted), RELEASES)}
    digest = hashlib.sha256(manifest.encoded()).hexdigest()
    for there in stands.values():
        if there is not None:
            refuse_older(folder, there, manifest.release, digest)
    for name in stands:
        remove_leftovers(folder / name)
    del stands[RELEASES]
    notes = {one.name: (str(manifest.release), digest, one.digest) for one in wanted}
    missing = [one for one in wanted if not _is_held(folder / one.name, stands[one.name], notes[one.name])]
    if missing:
        total, done = sum(one.weight(manifest) for one in missing), 0
        with _opened(root, manifest) as connection:
            for one in missing:
                _write(folder / one.name, connection, one, notes[one.name])
                stands[one.name] = stand(folder / one.name)
                show("export", done := done + one.weight(manifest), total)
    held = {name: there for name, there in stands.items() if there is not None}
    _list(folder, manifest.release, digest, held, keep_days)
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


def _is_held(path: Path, there: Stand | None, note: tuple[str, ...]) -> bool:
    """Whether a table holds what it should, and all of its files."""
    return there is not None and there.note == note and not lacks_files(path)


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
        commit_properties=CommitProperties(custom_metadata=dict(zip(NOTE, note, strict=True))),
    )


def _list(folder: Path, release: int, digest: str, held: dict[str, Stand], keep_days: float | None) -> None:
    """Write which versions belong to the release, and no longer those whose files may be removed; unless it says so already."""
    now = dt.datetime.now(dt.UTC)
    path = folder / RELEASES
    rows = _listed(path)
    there = [row for row in rows if row["release"] == release]
    mine = {name: (one.version, one.rows) for name, one in held.items()}
    known = [row for row in there if row["table_name"] in mine]
    if mine != {row["table_name"]: (row["delta_version"], row["row_count"]) for row in known}:
        known = [
            {"release": release, "table_name": name, "delta_version": version, "row_count": count, "exported_at": now}
            for name, (version, count) in mine.items()
        ]
    # Views that an export of this release named and this one does not: their tables are as they were.
    named = [row for row in there if row["table_name"] not in mine and holds(folder / row["table_name"], row["delta_version"])]
    listed = [row for row in rows if row["release"] != release] + sorted(known + named, key=lambda row: str(row["table_name"]))
    if keep_days is not None:
        ended = {
            one: min((row["exported_at"] for row in listed if row["release"] > one), default=now)
            for one in {row["release"] for row in listed}
        }
        listed = [row for row in listed if row["release"] == release or ended[row["release"]] > now - dt.timedelta(days=keep_days)]
    if listed != rows:
        table = pa.Table.from_pylist(listed, schema=_RELEASES)
        _commit(path, table.to_reader(), "which version of each table belongs to which release", (str(release), digest, ""))


def _listed(path: Path) -> list[dict[str, Any]]:
    """What `releases` says; nothing where its rows are lost, so that it is written anew for the release that is exported."""
    if not DeltaTable.is_deltatable(str(path)):
        return []
    try:
        rows: list[dict[str, Any]] = DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    except (OSError, DeltaError, pa.ArrowException):
        return []
    return rows


def _vacuum(paths: Sequence[Path], keep_days: float) -> int:
    """Remove files that no version of the last days needs; how many went. Where there are none, no commit says so."""
    hours, count = math.ceil(24 * keep_days), 0  # no less than what `releases` goes by
    for path in paths:
        table = DeltaTable(str(path))
        if table.vacuum(hours, dry_run=True, enforce_retention_duration=False):
            count += len(table.vacuum(hours, dry_run=False, enforce_retention_duration=False))
    return count
