"""Frames to files: named by content, readable on their own, with what look-ups need."""

import hashlib

import polars as pl
import pyarrow.parquet as pq

from etl.load.parquet import ROW_GROUP, write_tables
from etl.schema import SCHEMA_VERSION, TABLES


def tag_specs(count: int) -> pl.DataFrame:
    """So many rows of `tag_specs`."""
    return pl.select(
        source=pl.lit("public"),
        tag=pl.lit("develop"),
        package=pl.lit("zlib"),
        spec_hash=pl.int_range(count).cast(pl.String).str.zfill(32),
        stack_count=pl.lit(0, pl.Int64),
        stacks_text=pl.lit(""),
        is_in_root=True,
        is_root_only=True,
        first_snapshot_id=pl.lit(1, pl.Int64),
        from_snapshot_id=pl.lit(1, pl.Int64),
    )


def test_the_same_rows_are_the_same_bytes_under_the_same_name(tmp_path):
    """Wherever and whenever they are written: the name is the content's digest."""
    (here,) = write_tables({"tag_specs": tag_specs(3)}, tmp_path / "here")
    (there,) = write_tables({"tag_specs": tag_specs(3)}, tmp_path / "there")

    assert here == there
    assert here.sha256 == hashlib.sha256((tmp_path / "here" / here.path).read_bytes()).hexdigest()
    assert here.sha256[:16] in here.path


def test_other_rows_never_take_the_name(tmp_path):
    """A reader that still holds the old catalog reads the old rows."""
    (three,) = write_tables({"tag_specs": tag_specs(3)}, tmp_path)
    (four,) = write_tables({"tag_specs": tag_specs(4)}, tmp_path)

    assert three.path != four.path
    assert 3 == pl.read_parquet(tmp_path / three.path).height


def test_a_file_says_which_table_it_is_and_neither_run_nor_clock(tmp_path):
    """It can be read on its own, and two runs write the same."""
    (file,) = write_tables({"tag_specs": tag_specs(1)}, tmp_path)
    metadata = pq.read_metadata(tmp_path / file.path).metadata

    assert {b"table": b"tag_specs", b"schema_version": str(SCHEMA_VERSION).encode()} == {
        key: value for key, value in metadata.items() if key != b"ARROW:schema"
    }


def test_columns_and_types_are_those_of_the_declaration(tmp_path):
    """Also where all values are null."""
    nulls = {name: pl.DataFrame({column: [None] for column in table.columns}, schema=table.polars_schema) for name, table in TABLES.items()}
    files = write_tables(nulls, tmp_path)

    assert {name: table.arrow_schema for name, table in TABLES.items()} == {
        file.table: pq.read_schema(tmp_path / file.path).remove_metadata() for file in files
    }


def test_hashes_have_a_bloom_filter_and_no_dictionary(tmp_path):
    """A look-up of one hash then skips row groups that do not hold it."""
    (file,) = write_tables({"tag_specs": tag_specs(ROW_GROUP + 1)}, tmp_path)
    data = pq.ParquetFile(tmp_path / file.path)
    hashes, packages = (
        data.metadata.row_group(0).column(list(TABLES["tag_specs"].columns).index(name)) for name in ("spec_hash", "package")
    )

    assert 2 == data.metadata.num_row_groups
    assert "DELTA_LENGTH_BYTE_ARRAY" in hashes.encodings and "RLE_DICTIONARY" not in hashes.encodings
    assert "RLE_DICTIONARY" in packages.encodings
    assert "ZSTD" == hashes.compression


def test_a_table_without_rows_has_no_file(tmp_path):
    """The catalog knows its columns all the same."""
    assert [] == write_tables({"tag_specs": tag_specs(0)}, tmp_path)
