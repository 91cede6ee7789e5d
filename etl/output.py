"""Rows to text: table, markdown, CSV, JSON. Nothing here prints."""

import csv
import io
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.query import Answer

__all__ = ["Format", "rendered"]

_json = msgspec.json.Encoder(decimal_format="number")
WIDE = 1_000_000  # a table is as wide as its content, also where the terminal is not


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    parquet = "parquet"


def rendered(answer: Answer, format: Format) -> str:
    """An answer as text, with a final newline."""
    if format is Format.json:
        return _json.encode([dict(zip(answer.columns, row, strict=True)) for row in answer.rows]).decode() + "\n"
    if format is Format.csv:
        return _csv(answer)
    return _table(answer, box.MARKDOWN if format is Format.markdown else box.SIMPLE_HEAD)


def _csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return text.getvalue()


def _table(answer: Answer, lines: box.Box) -> str:
    table = Table(box=lines, show_edge=lines is box.MARKDOWN, pad_edge=lines is box.MARKDOWN)
    for place, name in enumerate(answer.columns):
        table.add_column(Text(name), justify="right" if _is_number(answer.rows, place) else "left", no_wrap=True)
    for row in answer.rows:
        table.add_row(*(_cell(value, lines) for value in row))
    console = Console(file=io.StringIO(), width=WIDE, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(table)
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines() if line.strip())


def _cell(value: object, lines: box.Box) -> Text:
    """Text that can neither move the cursor nor break the table: who wrote the cache's pages is not known."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return Text(text.replace("|", "\\|") if lines is box.MARKDOWN else text)


def _is_number(rows: Sequence[tuple[object, ...]], place: int) -> bool:
    values = [row[place] for row in rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
