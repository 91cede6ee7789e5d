"""The dimensions: what names say by rule, one row for each name that occurs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from etl.schema import TABLES
from etl.transform.operating_systems import operating_system
from etl.transform.stacks import stack
from etl.transform.tags import tag
from etl.transform.targets import target

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["dimensions"]

_RULES: Mapping[str, Callable[[str], "DataclassInstance"]] = {
    "targets": target,
    "operating_systems": operating_system,
    "stacks": stack,
    "tags": tag,
}


def dimensions(names: Mapping[str, Iterable[str]]) -> dict[str, pl.DataFrame]:
    """`targets`, `operating_systems`, `stacks` and `tags`: a row for each distinct name, known or not; none for names not given."""
    return {
        table: pl.DataFrame([asdict(rule(name)) for name in sorted(set(names.get(table, ())))], schema=TABLES[table].polars_schema)
        for table, rule in _RULES.items()
    }
