"""The settings of each tool: a text in Markdown with this warehouse's paths, quoted as the place where they stand needs it.

`tools/NAME.md` holds the text. Its heading is `## name: what it is`; `<<catalog>>` stands for the path of the catalog,
`<<catalog:sql>>` for the same as a literal in SQL.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from etl.errors import UsageError
from etl.load.catalog import as_text
from etl.permitted import restrictions

__all__ = ["ALIASES", "introduction", "settings", "tools"]

FOLDER = Path(__file__).resolve().parent / "tools"
ALIASES = {"excel": "powerbi", "harlequin": "duckdb", "jdbc": "dbeaver", "odbc": "powerbi", "sqlalchemy": "python"}
_ORDER = ("duckdb", "python", "r", "superset", "metabase", "grafana", "tableau", "powerbi", "evidence", "observable", "dbeaver")
_PLACE = re.compile(r"<<(?P<name>\w+)(?::(?P<quoting>\w+))?>>")
_MARKER = "/* DUCKDB_CONNECTION_INIT_BELOW_MARKER */"  # of the JDBC and ODBC drivers: what stands above it runs once for a database

QUERY = "select stack, spec_count, own_spec_count from stack_contents where tag = 'develop' order by spec_count desc limit 5"
SERIES = (
    "select observed_at as time, source as metric, spec_count from snapshot_trend\n"
    "where tag = 'develop' and stack is null order by observed_at"
)


def tools() -> Mapping[str, str]:
    """Every tool and what it is, in the order in which they are listed."""
    return {name: _template(name).splitlines()[0].removeprefix(f"## {name}: ") for name in _ORDER}


def settings(tool: str, root: Path) -> str:
    """How a tool connects to the warehouse at a folder, which need not be there yet. Raises UsageError for an unknown tool."""
    name = ALIASES.get(tool.lower(), tool.lower())
    if name not in _ORDER:
        near = get_close_matches(name, (*_ORDER, *ALIASES), n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"{tool} is none of the tools known here: {', '.join((*_ORDER, *ALIASES))}{meant}")
    return _filled(name, root)


def introduction(root: Path) -> str:
    """What holds for every tool."""
    return _filled("_intro", root)


def _template(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _filled(name: str, root: Path) -> str:
    root = root.expanduser().resolve()
    values = _values(root)

    def fill(match: re.Match[str]) -> str:
        value = values[match["name"]]
        return _QUOTINGS[match["quoting"]](value) if match["quoting"] else _plain(value)

    return _PLACE.sub(fill, _template(name))


def _values(root: Path) -> dict[str, str | Sequence[str]]:
    variable, *shared = restrictions(root)
    return {
        "root": str(root),
        "catalog": str(root / "spack_cache.duckdb"),
        "views": str(root / "views.sql"),
        "init": str(root.parent / f"{root.name}-init.sql"),  # not in the warehouse, where nothing but the job writes
        "variable": f"{variable};",
        "restrictions": (variable, *shared),
        "session": "\n".join((*(f"{one};" for one in shared), _MARKER, f"{variable};")),
        "query": QUERY,
        "series": SERIES,
    }


def _plain(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "\n".join(f"{one};" for one in value)


def _python(value: str | Sequence[str]) -> str:
    """A literal of Python, with double quotes as JSON has them."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "".join(("[\n", *(f"    {_python(one)},\n" for one in value), "]"))


def _r(value: str | Sequence[str]) -> str:
    return _python(value) if isinstance(value, str) else ",\n".join(f"  {_python(one)}" for one in value)


def _text(quote: Callable[[str], str]) -> Callable[[str | Sequence[str]], str]:
    return lambda value: quote(_plain(value))


_QUOTINGS: Mapping[str, Callable[[str | Sequence[str]], str]] = {
    "sql": _text(as_text),
    "shell": _text(shlex.quote),
    "json": _text(lambda value: json.dumps(value, ensure_ascii=False)),
    "code": _text(lambda value: f"`{value}`"),
    "python": _python,
    "r": _r,
}
