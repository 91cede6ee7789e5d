"""What a question may do: read the warehouse, and nothing else.

Two guards stand one behind the other. `check` looks at a statement as DuckDB parsed it, before it runs. `restrictions` tell
DuckDB itself which folders it may touch, also where other tools connect. Neither is enough alone: DuckDB knows no folder that
may be read but not written, and to DuckDB 2.0 a COPY inside WITH is part of a SELECT.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import duckdb
import msgspec

from etl.errors import UsageError
from etl.load.catalog import as_root, as_text
from etl.load.definitions import macros

__all__ = ["check", "restrictions"]

_QUESTIONS = "only questions are allowed here (SELECT, FROM, DESCRIBE, SHOW, EXPLAIN of one of them)"

_SELECT = duckdb.StatementType.SELECT  # also FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE

# The parts of a query that only read; DuckDB 2.0 has others, such as INSERT_QUERY_NODE and COPY_QUERY_NODE.
_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}

# What may stand as a table with arguments, beside our macros. A list of what is allowed, because any DuckDB may bring a function
# that does more than read: in 1.5 `FROM enable_logging(...)` writes files although the configuration is locked.
_FUNCTIONS = frozenset(
    (
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "histogram", "histogram_values"),
        *("query_table", "glob", "read_parquet", "parquet_scan", "parquet_metadata", "parquet_file_metadata", "parquet_kv_metadata"),
        *("parquet_schema", "parquet_bloom_probe", "read_json", "read_json_auto", "read_json_objects", "read_ndjson"),
        *("duckdb_columns", "duckdb_databases", "duckdb_functions", "duckdb_keywords", "duckdb_memory", "duckdb_schemas"),
        *("duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_variables", "duckdb_views"),
        *("pragma_database_size", "pragma_show", "pragma_table_info", "pragma_version", "pg_timezone_names"),
    )
)

# No comment before it: where a comment ends is for DuckDB to say, and what follows must be what DuckDB explains.
_EXPLAIN = re.compile(r"\s*explain\b(?:\s+analyze\b)?(?:\s*\(\s*(?:analyze|format)\b[\w\s,']*\))?", re.IGNORECASE)


def restrictions(root: Path) -> Sequence[str]:
    """The statements after which a connection to the catalog can touch no files but data and records of runs, and load no extension.

    For DuckDB 1.5 and 2.0, in this order, once for each process that opens the catalog: the last statement also forbids to
    repeat them. The first is a matter of each connection, and needed only where the folder was moved.
    """
    root = root.expanduser().resolve()
    # DuckDB asks twice: for the path as it is written, where `[` begins a pattern, and for the file that was found.
    places = dict.fromkeys((as_root(root), str(root)))
    folders = ", ".join(as_text(f"{place}/{part}/") for place in places for part in ("data", "runs"))
    return (
        f"SET VARIABLE warehouse_root = {as_text(as_root(root))}",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        f"SET allowed_directories = [{folders}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    )


def check(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Find that a query is one question and only reads; the connection parses it, and runs nothing of it.

    Raises UsageError for anything else, DuckDB's error for what it cannot parse.
    """
    _check_text(query)
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise UsageError(f"give one statement; this is {len(statements)}")
    kind = statements[0].type
    if kind not in (_SELECT, duckdb.StatementType.EXPLAIN):
        hint = "; name the values of a PIVOT, as in ON kind IN ('weekly', 'release')" if kind == duckdb.StatementType.MULTI else ""
        raise UsageError(f"{_QUESTIONS}, not {kind.name}{hint}")
    allowed = _FUNCTIONS | {one.name for one in macros()}
    for part in _parts(_parsed(connection, query if kind == _SELECT else _explained(connection, query))):
        type_ = part.get("type")
        if ("cte_map" in part or str(type_).endswith("_NODE")) and type_ not in _NODES:
            raise UsageError(f"{_QUESTIONS}, not {str(type_).removesuffix('_NODE').removesuffix('_QUERY')} inside one")
        if type_ == "TABLE_FUNCTION" and (name := _name(part)) not in allowed:
            near = get_close_matches(name, allowed, n=1)
            meant = f"; did you mean {near[0]}(...)?" if near else ""
            raise UsageError(f"{name}(...) is no macro here, and no function that only reads the views{meant}")


def _check_text(query: str) -> None:
    try:
        query.encode()
    except UnicodeEncodeError as error:  # bytes of a command line that are not in its encoding
        raise UsageError(f"the query is no text in UTF-8: {error.reason} at character {error.start}") from error
    if "\0" in query:  # DuckDB 1.5 reads up to it, 2.0 beyond
        raise UsageError(f"the query is no text: it holds a null character at {query.index(chr(0))}")


def _explained(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The question behind EXPLAIN: EXPLAIN ANALYZE carries out what stands there, whatever it is."""
    match = _EXPLAIN.match(query)
    if match is None:
        raise UsageError("EXPLAIN comes first, without a comment before it")
    explained = query[match.end() :]
    kinds = [one.type for one in connection.extract_statements(explained)]
    if kinds != [_SELECT]:
        raise UsageError(f"{_QUESTIONS}, not {', '.join(kind.name for kind in kinds) or 'nothing'} behind EXPLAIN")
    return explained


def _parsed(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    ((text,),) = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    try:
        found = msgspec.json.decode(text)
    except RecursionError as error:
        raise UsageError("the query is nested too deeply: a few hundred levels are the most") from error
    if found["error"]:  # not among what DuckDB can describe: then it cannot be judged
        raise UsageError(f"{_QUESTIONS}; DuckDB says: {found['error_message']}")
    return found


def _parts(parsed: object) -> Iterator[dict[str, object]]:
    """Every object of a parsed query, at any depth."""
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _name(part: dict[str, object]) -> str:
    function = part.get("function")
    return str(function.get("function_name")).lower() if isinstance(function, dict) else "?"
