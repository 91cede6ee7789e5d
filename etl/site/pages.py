"""Every page of the site as text, by its path."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dataframely as dy
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from etl import __version__
from etl.load.definitions import Definition, checks, definitions, examples, macros
from etl.query import Answer
from etl.rules import OPTIONS, PAGES, SPECS
from etl.schema import SCHEMA_VERSION, SNAPSHOTS, TABLES, Table
from etl.site.graph import drawing
from etl.site.highlight import highlighted
from etl.site.lineage import Origin, origins
from etl.site.search import search_index

__all__ = ["GENERATOR", "pages"]

HERE = Path(__file__).resolve().parent
GENERATOR = "spack-cache-etl"  # what each page says that it was made by
ROWS_SHOWN = 12
KINDS = {"core": "core view", "marts": "answer", "macros": "macro"}
STORED: Mapping[str, Table] = {**TABLES, "snapshots": SNAPSHOTS}

# What a question is about, by the first of these that its grain names.
SUBJECTS: Mapping[str, str] = {
    r"(snapshot_id|\w+_at|\w+_date|valid_from)": "Over time",
    r"(spec_hash|configuration_id)": "Builds",
    r"(package|version)": "Packages and versions",
    r"stack": "Stacks",
    r"(target|os|compiler_name|platform)": "Targets, systems, compilers",
    r".*": "The cache as a whole",
}
# As they are listed: what most people come for stands first.
LISTED = ("Packages and versions", "Stacks", "Builds", "Targets, systems, compilers", "Over time", "The cache as a whole")


@dataclass(frozen=True)
class Entry:
    """A view or macro with all that its page shows."""

    one: Definition
    kind: str
    page: str  # from the site's root
    subject: str
    signature: str
    origins: Mapping[str, Origin]
    answer: Answer
    readers: Sequence[str]
    checks: Sequence[Definition]
    drawing: Markup


def pages(answers: Mapping[str, Answer]) -> Mapping[str, str]:
    """Path and content of every file. The answers are those to the examples and saved queries, by their text."""
    entries = _entries(answers)
    links = _links(entries)
    look = _templates(entries, links)
    found = {f"static/{path.name}": path.read_text(encoding="utf-8") for path in sorted((HERE / "static").iterdir())}
    found["static/search-index.js"] = search_index(
        [entry.one for entry in sorted(entries, key=lambda entry: (entry.kind != KINDS["core"], entry.one.name))], KINDS, links
    )
    for entry in entries:
        found[entry.page] = look.get_template("view.html.j2").render(root="../", here=entry.page, title=entry.one.name, entry=entry)
    read_by = {f"data.{name}": [entry.one.name for entry in entries if f"data.{name}" in entry.one.reads] for name in STORED}
    for page, title, told in (
        ("index.html", "Spack binary cache: questions and views", {}),
        ("queries.html", "Saved queries", {"queries": [(one, answers[one.query]) for one in examples()]}),
        ("tables.html", "Stored tables", {"read_by": read_by}),
        ("rules.html", "Rules of refusal", {"rules": {"document": PAGES, "spec": SPECS, "variant": OPTIONS}}),
        ("checks.html", "Checks", {"checks": checks()}),
    ):
        found[page] = look.get_template(f"{page}.j2").render(root="", here=page, title=title, **told)
    return found


def _entries(answers: Mapping[str, Answer]) -> list[Entry]:
    found = sorted((*definitions(), *macros()), key=lambda one: one.name)
    reads = {one.name: one.reads for one in found}
    above = {**{name: f"../{page}" for name, page in _pages_of(found).items()}, **{name: f"../{page}" for name, page in _tables().items()}}
    return [
        Entry(
            one,
            KINDS[one.layer],
            _pages_of([one])[one.name],
            _subject(one),
            f"{one.name}({', '.join(argument.name for argument in one.arguments)})" if one.layer == "macros" else one.name,
            origins(one),
            answers[one.example],
            [reader for reader, read in reads.items() if one.name in read],
            [check for check in checks() if one.name in check.reads],
            Markup(drawing(one.name, reads, above)),
        )
        for one in found
    ]


def _pages_of(found: Sequence[Definition]) -> dict[str, str]:
    return {one.name: f"views/{one.name}.html" for one in found}


def _tables() -> dict[str, str]:
    return {f"data.{name}": f"tables.html#{name}" for name in STORED}


def _links(entries: Sequence[Entry]) -> Mapping[str, str]:
    """The place of each view, macro, table, saved query, check and rule, from the site's root."""
    queries = {f"query {one.name}": f"queries.html#{one.name}" for one in examples()}
    rules = {f"rule {rule}": f"rules.html#{rule}" for rule in (*PAGES, *SPECS, *OPTIONS)}
    claims = {f"check {check.name}": f"checks.html#{check.name}" for check in checks()}
    return {**_pages_of([entry.one for entry in entries]), **_tables(), **queries, **rules, **claims}


def _subject(one: Definition) -> str:
    names = re.findall(r"\w+", one.grain)
    return next(subject for pattern, subject in SUBJECTS.items() if any(re.fullmatch(pattern, name) for name in names))


def _templates(entries: Sequence[Entry], links: Mapping[str, str]) -> Environment:
    look = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    look.filters |= {"prose": _prose, "name": _name, "sentence": _sentence, "sql": highlighted, "cell": _cell, "rule": _rule}
    asked = [entry for entry in entries if entry.kind != KINDS["core"]]
    look.globals |= {
        "entries": {entry.one.name: entry for entry in entries},
        "core": [entry for entry in entries if entry.kind == KINDS["core"]],
        "by_subject": {subject: [entry for entry in asked if entry.subject == subject] for subject in LISTED},
        "links": links,
        "stored": STORED,
        "generator": GENERATOR,
        "version": __version__,
        "schema_version": SCHEMA_VERSION,
        "rows_shown": ROWS_SHOWN,
        "numeric": _numeric,
        "column_link": _column_link,
    }
    return look


def _column_link(place: str, column: str) -> str:
    """The place of a column within that of its view or table."""
    return f"{place}.{column}" if "#" in place else f"{place}#{column}"


def _sentence(text: str) -> Markup:
    return _prose(f"{text[:1].upper()}{text[1:]}")


def _prose(text: str) -> Markup:
    """Text of a header or declaration; what stands in backticks there is code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def _name(text: str) -> Markup:
    """A name that may be broken behind its underscores."""
    return Markup("_<wbr>").join(escape(part) for part in text.split("_"))


def _cell(value: object) -> Markup:
    if value is None:
        return Markup('<span class="null">NULL</span>')
    if isinstance(value, bool):
        return escape(str(value).lower())
    return escape(f"{value:.4g}" if isinstance(value, float) else str(value))


def _numeric(answer: Answer, place: int) -> bool:
    values = [row[place] for row in answer.rows if row[place] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _rule(column: dy.Column) -> Markup:
    """What a stored value must be, as its declaration checks it."""
    return Markup(", ").join(_rules(column))


def _rules(column: dy.Column) -> Iterator[Markup]:
    if not column.nullable:
        yield Markup("never NULL")
    if (pattern := getattr(column, "regex", None)) is not None:
        yield Markup("matches <code>{}</code>").format(pattern)
    if (least := getattr(column, "min", None)) is not None:
        yield Markup("at least {}").format(least)
