"""The questions of the views, asked of the pages themselves: DuckDB reads them and takes their JSON apart.

Where the pages can answer, a statement (`bench/raw_questions.py`, `raw_marts.py`, `raw_history.py`) asks them for what the view's
example asks, and tests/test_raw_questions.py compares the answers. Where it gives less than the view, that is to the pages' favour,
and so is that it reads no page which the example is not about, as far as paths tell, and parses no field which it does not need. A
question without a statement of its own is set beside the least that any would take: to read the pages that it is about and to count
their builds.

What several nights tell is on no page: whoever has no warehouse would have to keep the pages of each night. Such a question is asked of
kept copies. Where there are none, it too is set beside reading the pages of this night once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.raw_history import HISTORY
from bench.raw_marts import MARTS
from bench.raw_questions import QUESTIONS, Question
from etl.load.catalog import as_text
from etl.load.definitions import Definition, definitions, macros

__all__ = ["Night", "Raw", "all_pages", "raw_question", "raw_statement"]

_TYPES = {name: '"VARCHAR"' for name in ("hash", "compiler", "os", "platform", "target", "size")}
_TYPES |= {name: '["VARCHAR"]' for name in ("versions", "variants", "stacks")}

# Lines 5 and 6 of a made-up page are `meta: {...}` and `spec_details: [...]`. A part that a question does not name is not read.
_PAGES = """
with
pages as (
    select split_part(filename, '/', -3) as tag, split_part(filename, '/', -2) as package, size,
           str_split(content, chr(10)) as lines
    from read_text(${files})
),
specs as (
    select tag, package, unnest(from_json(substr(lines[6], 15), '[{${fields}}]'), recursive := true) from pages
),
metas as (
    select tag, package, size, substr(lines[5], 7) as meta from pages
)
"""
# The same over nights, which are numbered from 1. `shown` has a bit for each night that shows a thing so: a page that stood still
# is taken apart once, or not at all where a question asks for changes alone.
_NIGHTS = """
with
nights(night, observed_at) as (values ${nights}),
pages as (
    select ${night} as night, split_part(filename, '/', -3) as tag, split_part(filename, '/', -2) as package, content
    from read_text(${files})
),
alike as (
    select tag, package, content, bit_or(cast(1 as bigint) << (night - 1)) as shown from pages group by tag, package, content ${alike}
),
specs as (
    select tag, package, shown,
           unnest(from_json(substr(str_split(content, chr(10))[6], 15), '[{${fields}}]'), recursive := true)
    from alike
)
"""
_LEAST = Question("hash", "select count(distinct hash) from specs")
_SEVERAL = ("two", "ends", "all")  # nights, by which pages have to be told apart

# Of these, and of what is made of them, a night's pages tell nothing.
_OF_NIGHTS = {"changes", "gaps", "history_steps", "membership_history", "rejects", "snapshots", "specs_at_risk", "tag_spec_history"}
# They tell of the job, of the views themselves, or of what pages of this form never say.
_OFF_PAGES = {"all_dependents", "dependents", "runs", "spec_dependencies", "spec_flags", "spec_patches"}
_OFF_PAGES |= {"compatible_targets", "examples", "help", "help_columns", "source_matches", "source_overlap"}


@dataclass(frozen=True)
class Night:
    """Pages as they were kept: the folder that holds their _cache/, and when they were."""

    folder: Path
    observed_at: str


@dataclass(frozen=True)
class Raw:
    """What a view's answer is set beside."""

    kind: str  # same (the question itself), least (only to read), history (to read what does not tell it)
    globs: tuple[str, ...]  # of the pages that it is about
    question: Question


def raw_question(one: Definition, package: str, has_nights: bool = False) -> Raw | None:
    """The question to the pages that belongs to a view's example; None: they have nothing to say of it.

    `package` is the one that examples about a single package ask for; `has_nights`: pages of each night were kept.
    """
    if one.name in _OFF_PAGES:
        return None
    of_nights = HISTORY.get(one.name)
    asked = (of_nights if has_nights else None) or QUESTIONS.get(one.name) or MARTS.get(one.name)
    about = asked or of_nights or _LEAST
    globs = about.globs or (("develop/*",) if "tag = 'develop'" in one.example else ("*/*",))
    kind = "same" if asked else "history" if of_nights or _is_of_nights(one.name) else "least"
    return Raw(kind, tuple(glob.replace("${package}", package) for glob in globs), asked or _LEAST)


def raw_statement(nights: Sequence[Night], raw: Raw) -> str:
    """The question to the pages of nights, in their order, for any DuckDB."""
    asked = raw.question
    chosen = _chosen(nights, asked.nights)
    cache = str(chosen[-1].folder).replace("'", "''")
    listed = ", ".join(f'"{field}": {_TYPES[field]}' for field in asked.fields.split())
    files = f"[{', '.join(_globs(chosen, raw.globs))}]"
    parts = {
        "frame": _NIGHTS if asked.nights in _SEVERAL else _PAGES,
        "files": "getvariable('files')" if asked.files else files,
        "alike": f"having shown <> {2 ** len(chosen) - 1}" if asked.is_of_changes else "",
        "fields": listed,
        "night": _which(chosen),
        "nights": ", ".join(f"({number}, timestamp {as_text(night.observed_at)})" for number, night in enumerate(chosen, 1)),
        "last": str(len(chosen)),
        "cache": cache,
    }
    first = f"set variable files = ({asked.files});\n" if asked.files else ""
    statement = first + parts.pop("frame") + asked.select
    for name, text in parts.items():
        statement = statement.replace(f"${{{name}}}", text)
    return statement


def all_pages(raw: Raw) -> Raw:
    """To read all pages once, of the nights that a question is about: what it costs at least to whom their paths tell nothing."""
    return Raw("least", ("*/*",), replace(_LEAST, nights=raw.question.nights))


def _chosen(nights: Sequence[Night], which: str) -> list[Night]:
    """The nights that a question is about; the last of all is the cache as it lies there."""
    first, last = nights[0], nights[-1]
    return {"now": [last], "first": [first], "two": list(nights[-2:]), "ends": [first, last], "all": list(nights)}[which]


def _globs(nights: Sequence[Night], globs: Sequence[str]) -> Iterator[str]:
    # A pattern without a page would be an error: a small cache may have no release.
    for night in nights:
        for glob in globs:
            if next(night.folder.glob(f"_cache/{glob}/specs.md"), None) is not None:
                yield as_text(f"{night.folder}/_cache/{glob}/specs.md")


def _which(nights: Sequence[Night]) -> str:
    """The number of the night that a page is of, by where it lies."""
    whens = [f"when starts_with(filename, {as_text(f'{night.folder}/')}) then {number}" for number, night in enumerate(nights, 1)]
    return f"case {' '.join(whens)} end"


def _is_of_nights(name: str) -> bool:
    return any(read in _OF_NIGHTS for read in _reads(name))


def _reads(name: str) -> Iterator[str]:
    """A view, and what it is made of."""
    yield name
    for one in (*definitions(), *macros()):
        if one.name == name:
            for read in one.reads:
                yield from _reads(read)
