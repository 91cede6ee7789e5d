"""Frames to Parquet files whose names are their content: the same rows are the same bytes under the same name."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl.load.manifest import DataFile
from etl.schema import SCHEMA_VERSION, STORED, Table

__all__ = ["ROW_GROUP", "write_pieces", "write_tables"]

# DuckDB prunes and decodes by row group; of this size a look-up touches little and a scan still spreads over threads.
ROW_GROUP = 100_000
ZSTD_LEVEL = 3
# A look-up of a hash that is not in a row group then skips it 99 times of 100, for 64 KiB per 50,000 values.
BLOOM_FALSE_POSITIVES = 0.01


def write_tables(frames: Mapping[str, pl.DataFrame], folder: Path) -> list[DataFile]:
    """Write each table that has rows to `folder/data/<table>/`; a table without files has none.

    The files are not yet safe on disk; publishing sees to that.
    """
    return [file for name, frame in frames.items() for file in write_pieces(name, [frame], folder)]


def write_pieces(name: str, pieces: Iterable[pl.DataFrame], folder: Path) -> list[DataFile]:
    """The same for one table that comes in pieces, each but the last of ROW_GROUP rows."""
    table = STORED[name]
    schema = table.arrow_schema.with_metadata({"table": name, "schema_version": str(SCHEMA_VERSION)})
    buffer = pa.BufferOutputStream()
    writer: pq.ParquetWriter | None = None
    rows = 0
    for piece in pieces:
        if piece.height:
            writer = writer or pq.ParquetWriter(buffer, schema, **_options(table, piece.height))
            writer.write_table(piece.to_arrow().cast(table.arrow_schema).replace_schema_metadata(schema.metadata), row_group_size=ROW_GROUP)
            rows += piece.height
    if writer is None:
        return []
    writer.close()
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    target = folder / "data" / name
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{name}-{digest[:16]}.parquet"
    path.write_bytes(data)
    return [DataFile(table=name, path=f"data/{name}/{path.name}", rows=rows, bytes=len(data), sha256=digest)]


def _options(table: Table, rows: int) -> dict[str, object]:
    distinct = max(1, min(rows, ROW_GROUP))
    return {
        "compression": "zstd",
        "compression_level": ZSTD_LEVEL,
        "use_dictionary": [name for name in table.columns if name not in table.look_up],
        "column_encoding": {name: "DELTA_LENGTH_BYTE_ARRAY" for name in table.look_up},
        "bloom_filter_options": {name: {"ndv": distinct, "fpp": BLOOM_FALSE_POSITIVES} for name in table.look_up},
    }
