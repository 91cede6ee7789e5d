"""The SQL files: each one view, macro or check, with a header that says what its rows are.

A header is read by the catalog (comments), the data dictionary and the tests:

    -- stack_contents: what each stack holds.
    -- Grain:     source, tag, stack
    -- Reads:     memberships, specs
    -- Columns:   source      VARCHAR  name of the source
    -- Question:  Which stacks of develop hold the most specs?
    -- Example:   select stack, spec_count from stack_contents

A macro is a view with arguments: its header has `Arguments`, written as columns are. No argument may have the name of a
column that the macro reads: DuckDB could not tell one from the other.

A saved query of `examples` has one line for a header, its name and the question that it answers:

    -- newest_versions_by_target: Which targets are behind the newest version of a package?
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

__all__ = ["Definition", "Example", "HeaderColumn", "checks", "counted", "definitions", "examples", "macros"]

# In a checkout `sql/` stands beside the package, in an installed wheel inside it.
_PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = next((place for place in (_PACKAGE / "sql", _PACKAGE.parent / "sql") if place.is_dir()), _PACKAGE / "sql")

# Folders of views; `macros` holds views with arguments, `checks` queries for what breaks a claim, `counted` those that make stored tables.
VIEWS = ("core", "marts")

_LINE = re.compile(r"^-- ?(?:(?P<key>[A-Z][a-z]+):)?(?P<text>.*)$")
_COLUMN = re.compile(r"^(?P<name>\w+)\s+(?P<type>[A-Z]+)\s+(?P<description>.+)$")


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of a view or an argument of a macro, as its header has it."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One SQL file: a view, macro or check, and what its header says."""

    name: str
    layer: str  # core, marts, macros, checks, counted
    summary: str
    grain: str
    reads: tuple[str, ...]
    arguments: tuple[HeaderColumn, ...]  # of a macro
    columns: tuple[HeaderColumn, ...]
    question: str
    example: str
    severity: str  # of a check: error, warning
    statement: str


@dataclass(frozen=True, slots=True)
class Example:
    """One saved query, and the question that it answers."""

    name: str
    question: str
    query: str


@cache
def definitions(folder: Path = FOLDER) -> Sequence[Definition]:
    """Every view, those that others read before them."""
    return _in_order(path for layer in VIEWS for path in folder.glob(f"{layer}/*.sql"))


@cache
def macros(folder: Path = FOLDER) -> Sequence[Definition]:
    """Every table macro: a view with arguments; those that others read before them."""
    return _in_order(folder.glob("macros/*.sql"))


@cache
def counted(folder: Path = FOLDER) -> Mapping[str, Definition]:
    """How each stored table is made that is counted from others, by its name."""
    return {one.name: one for one in map(_read, sorted(folder.glob("counted/*.sql")))}


@cache
def checks(folder: Path = FOLDER) -> Sequence[Definition]:
    """Every check: a claim, and a query for the rows that break it; errors first."""
    return sorted(map(_read, folder.glob("checks/*.sql")), key=lambda one: (one.severity, one.name))


@cache
def examples(folder: Path = FOLDER) -> Sequence[Example]:
    """Every saved query, by name."""
    return sorted(map(_example, folder.glob("examples/*.sql")), key=lambda one: one.name)


def _in_order(paths: Iterable[Path]) -> Sequence[Definition]:
    found = {one.name: one for one in map(_read, sorted(paths))}
    order = TopologicalSorter({one.name: [read for read in one.reads if read in found] for one in found.values()})
    return [found[name] for name in order.static_order()]


def _read(path: Path) -> Definition:
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    name, summary = _first(path, lines[0])
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
        arguments=tuple(_columns(path, parts.get("Arguments", []))),
        columns=tuple(_columns(path, parts.get("Columns", []))),
        question=_words(parts, "Question"),
        example="\n".join(parts.get("Example", [])),
        severity=_words(parts, "Severity"),
        statement="\n".join(lines[end:]).strip(),
    )


def _example(path: Path) -> Example:
    first, _, query = path.read_text(encoding="utf-8").partition("\n")
    return Example(*_first(path, first), query.strip())


def _first(path: Path, line: str) -> tuple[str, str]:
    """The first line of a file: its name, and what it says of it."""
    name, _, text = line.removeprefix("-- ").partition(": ")
    if name != path.stem:
        raise ValueError(f"{path}: its first line should begin `-- {path.stem}: `")
    return name, text


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
