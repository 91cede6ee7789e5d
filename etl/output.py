"""Rows to text: table, markdown, CSV, JSON. Nothing here prints."""

import csv
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.query import Answer

__all__ = ["Format", "rendered"]

_json = msgspec.json.Encoder(decimal_format="number")
WIDE = 1_000_000  # a table is as wide as its content where no terminal is
NARROW = 12  # characters of a column that stay on the narrowest terminal
GAP = 3  # blanks between columns


class Format(StrEnum):
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"
    parquet = "parquet"


def rendered(answer: Answer, format: Format, width: int | None = None) -> str:
    """An answer as text, with a final newline; a table is cut to a terminal's width, if there is one."""
    if format is Format.json:
        return _json.encode([dict(zip(answer.columns, row, strict=True)) for row in answer.rows]).decode() + "\n"
    if format is Format.csv:
        return _csv(answer)
    return _table(answer, box.MARKDOWN) if format is Format.markdown else _table(answer, box.SIMPLE_HEAD, width)


def _csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return text.getvalue()


def _table(answer: Answer, lines: box.Box, width: int | None = None) -> str:
    table = Table(box=lines, show_edge=lines is box.MARKDOWN, pad_edge=lines is box.MARKDOWN)
    rows = [[_cell(value, lines) for value in row] for row in answer.rows]
    most = None if width is None else _widest([max(map(len, column)) for column in zip(answer.columns, *rows, strict=True)], width)
    for place, name in enumerate(answer.columns):
        side: Literal["left", "right"] = "right" if _is_number(answer.rows, place) else "left"
        table.add_column(Text(name), justify=side, no_wrap=True, overflow="ellipsis", max_width=most)
    for row in rows:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=WIDE, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(table)
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines() if line.strip())


def _widest(widths: Sequence[int], room: int) -> int:
    """How wide a column may be so that all fit into the room: the widest give way first, down to what still says something."""
    most = max(widths)
    while most > NARROW and sum(min(one, most) for one in widths) + GAP * (len(widths) - 1) > room:
        most -= 1
    return most


def _cell(value: object, lines: box.Box) -> Text:
    """Text that can neither move the cursor nor break the table: who wrote the cache's pages is not known."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return Text(text.replace("|", "\\|") if lines is box.MARKDOWN else text)


def _is_number(rows: Sequence[tuple[object, ...]], place: int) -> bool:
    values = [row[place] for row in rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
