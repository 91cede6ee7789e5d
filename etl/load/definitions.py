"""The SQL files: each one view or check, with a header that says what its rows are.

A header is read by the catalog (comments), the data dictionary and the tests:

    -- stack_contents: what each stack holds.
    -- Grain:     source, tag, stack
    -- Reads:     memberships, specs
    -- Columns:   source      VARCHAR  name of the source
    -- Question:  Which stacks of develop hold the most specs?
    -- Example:   select stack, spec_count from stack_contents
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

__all__ = ["Definition", "HeaderColumn", "checks", "definitions"]

# In a checkout `sql/` stands beside the package, in an installed wheel inside it.
_PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = next((place for place in (_PACKAGE / "sql", _PACKAGE.parent / "sql") if place.is_dir()), _PACKAGE / "sql")

VIEWS = ("core", "marts")  # folders of views; `checks` holds queries that return what breaks a claim

_LINE = re.compile(r"^-- ?(?:(?P<key>[A-Z][a-z]+):)?(?P<text>.*)$")
_COLUMN = re.compile(r"^(?P<name>\w+)\s+(?P<type>[A-Z]+)\s+(?P<description>.+)$")


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of a view, as its header has it."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One SQL file: a view, and what its header says."""

    name: str
    layer: str  # core, marts, checks
    summary: str
    grain: str
    reads: tuple[str, ...]
    columns: tuple[HeaderColumn, ...]
    question: str
    example: str
    severity: str  # of a check: error, warning
    statement: str


@cache
def definitions(folder: Path = FOLDER) -> Sequence[Definition]:
    """Every view, those that others read before them."""
    found = {one.name: one for layer in VIEWS for one in map(_read, sorted(folder.glob(f"{layer}/*.sql")))}
    order = TopologicalSorter({one.name: [read for read in one.reads if read in found] for one in found.values()})
    return [found[name] for name in order.static_order()]


@cache
def checks(folder: Path = FOLDER) -> Sequence[Definition]:
    """Every check: a claim, and a query for the rows that break it; errors first."""
    return sorted(map(_read, folder.glob("checks/*.sql")), key=lambda one: (one.severity, one.name))


def _read(path: Path) -> Definition:
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    name, _, summary = lines[0].removeprefix("-- ").partition(": ")
    if name != path.stem:
        raise ValueError(f"{path}: its first line should begin `-- {path.stem}: `")
    parts: dict[str, list[str]] = {}
    key = ""
    for line in lines[1:end]:
        match = _LINE.match(line)
        assert match is not None  # every line of the header begins with --
        key = match["key"] or key
        parts.setdefault(key, []).append(match["text"].strip())
    return Definition(
        name=name,
        layer=path.parent.name,
        summary=summary,
        grain=_words(parts, "Grain"),
        reads=tuple(_words(parts, "Reads").replace(",", " ").split()),
        columns=tuple(_columns(path, parts.get("Columns", []))),
        question=_words(parts, "Question"),
        example="\n".join(parts.get("Example", [])),
        severity=_words(parts, "Severity"),
        statement="\n".join(lines[end:]).strip(),
    )


def _words(parts: dict[str, list[str]], key: str) -> str:
    return " ".join(parts.get(key, [])).strip()


def _columns(path: Path, lines: Sequence[str]) -> list[HeaderColumn]:
    columns = []
    for line in lines:
        match = _COLUMN.match(line)
        if match is None:
            raise ValueError(f"{path}: not `name TYPE description`: {line}")
        columns.append(HeaderColumn(match["name"], match["type"], match["description"]))
    return columns
