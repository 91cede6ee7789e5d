"""How a declared table is stored: its types in polars, Parquet and DuckDB, the order of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import dataframely as dy
import polars as pl
import pyarrow as pa

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """How a table is stored: its columns and checks, the order of its rows, the columns that are looked up by value."""

    schema: type[dy.Schema]
    sort_by: tuple[str, ...]
    look_up: tuple[str, ...] = ()  # high-cardinality columns: a Bloom filter each, no dictionary

    @property
    def columns(self) -> Mapping[str, dy.Column]:
        """Its columns, in order."""
        return self.schema.columns()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return tuple(self.schema.primary_key())

    @property
    def polars_schema(self) -> dict[str, pl.DataType]:
        """Columns and types in polars."""
        return {name: column.dtype for name, column in self.columns.items()}

    @property
    def arrow_schema(self) -> pa.Schema:
        """Columns and types in Parquet."""
        return pa.schema([pa.field(name, _ARROW[_name(column)]) for name, column in self.columns.items()])

    @property
    def duckdb_types(self) -> dict[str, str]:
        """Columns and types in SQL."""
        return {name: _DUCKDB[_name(column)] for name, column in self.columns.items()}


def _name(column: dy.Column) -> str:
    return type(column).__name__


_ARROW = {"String": pa.string(), "Int64": pa.int64(), "Bool": pa.bool_(), "Datetime": pa.timestamp("us"), "Date": pa.date32()}
_DUCKDB = {"String": "VARCHAR", "Int64": "BIGINT", "Bool": "BOOLEAN", "Datetime": "TIMESTAMP", "Date": "DATE"}
