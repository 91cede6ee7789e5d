"""The border of the transforms: every table is checked against its declaration before it leaves them.

A row that breaks a rule of `etl/schema/`, or that points at a row which is not there, becomes a reject with the rule's
name, its key and a document that says it. The transforms are meant to let nothing of the kind happen: here it would show.
"""

from collections.abc import Mapping

import polars as pl

from etl.schema import REFERENCES, TABLES

__all__ = ["bordered"]

_PLACES = (("source", "tag", "package"), ("spec_hash",), ("package",))  # what a row may name its document by


def bordered(frames: Mapping[str, pl.DataFrame], documents: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables without the rows that break a rule, and those rows as rejects.

    `documents` are those of the batch, with `path`, `specs_line` and `snapshot_id`.
    """
    good: dict[str, pl.DataFrame] = {}
    broken: list[tuple[str, pl.DataFrame]] = []
    for name, frame in frames.items():
        if frame.is_empty():
            good[name] = frame
            continue
        passed, failure = TABLES[name].schema.filter(frame)
        good[name] = frame
        if len(failure):
            broken.append((name, _named(failure.details(), frame.columns)))
            good[name] = frame.join(passed, on=frame.columns, how="semi", nulls_equal=True, maintain_order="left")
    for name, columns, target in REFERENCES:
        if good[name].is_empty():
            continue
        lost = good[name].join(good[target], on=columns, how="anti", maintain_order="left")
        if lost.height:
            broken.append((name, lost.with_columns(rule=pl.lit(f"{name} without {target}"))))
            good[name] = good[name].join(good[target], on=columns, how="semi", maintain_order="left")
    if not broken:
        return good, pl.DataFrame(schema=TABLES["rejects"].polars_schema)
    spoken = frames["tag_specs"].select("spec_hash", "source", "tag", "package").unique("spec_hash", keep="first", maintain_order=True)
    return good, pl.concat([_rejects(name, rows, documents, spoken) for name, rows in broken])


def _named(details: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Failed rows with the names of the rules that they break, e.g. `spec_hash|regex`."""
    rules = [column for column in details.columns if column not in columns]
    said = pl.concat_str([pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules], separator=" ", ignore_nulls=True)
    return details.select(*columns, rule=said)


def _rejects(name: str, rows: pl.DataFrame, documents: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    by = next(place for place in _PLACES if set(place) <= set(rows.columns))
    owners = documents if by != ("spec_hash",) else spoken.join(documents, on=("source", "tag", "package"))
    owners = owners.unique(by, keep="first", maintain_order=True).select(
        *by, owner="source", document_path="path", line="specs_line", snapshot="snapshot_id", digest="sha256"
    )
    key = table.key or tuple(table.columns)
    return rows.join(owners, on=by, how="left").select(
        source=pl.col("owner").fill_null(""),
        snapshot_id=pl.col("snapshot").fill_null(1),
        path=pl.col("document_path").fill_null(""),
        scope=pl.lit("spec"),
        rule=pl.lit("border"),
        detail=pl.format(f"table {name}: {{}}", "rule"),
        line="line",
        excerpt=pl.struct(key).struct.json_encode().str.slice(0, 200),
        sha256="digest",
    )
