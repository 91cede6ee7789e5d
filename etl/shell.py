"""A shell on the published views: a plain prompt of our own, and how other shells are started on the same catalog.

The plain prompt takes lines and gives texts; who reads and prints them is the command line's matter. Each of its questions goes
the way of `sql`, with both guards. Another shell opens the catalog itself, so it has the second guard alone.
"""

import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from etl.errors import UsageError
from etl.load.catalog import as_text
from etl.output import Format, rendered
from etl.query import Answer, Session

__all__ = ["COMMANDS", "Prompt", "duckdb_arguments", "harlequin_arguments", "harlequin_script", "objection", "statements"]

COMMANDS = {
    ".help": "what may be typed here; .help WORD: views, macros and saved queries that tell of it",
    ".tables": "names of all views and macros",
    ".schema": ".schema NAME: what a view or macro says, with its columns, a question and an example",
    ".examples": "saved queries and what they answer",
    ".read": ".read NAME: run a saved query",
    ".quit": "end; so does Ctrl-D",
}

# A piece of a statement in which a semicolon is no end, or the semicolon itself. What begins such a piece and does not end it is `open`.
_PIECE = re.compile(
    r"""
      (?<!\w)[eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?<!\w)\$(?P<tag>\w*)\$.*?\$(?P=tag)\$
    | --[^\n]*
    | /\*.*?\*/
    | (?P<end>;)
    | (?P<open>'|"|/\*|(?<!\w)\$\w*\$)
    """,
    re.DOTALL | re.VERBOSE,
)


def statements(text: str) -> tuple[list[str], str]:
    """The statements that a text holds whole, each ended by a semicolon, and the rest of it, which goes on in the next line."""
    found = []
    begin = 0
    for piece in _PIECE.finditer(text):
        if piece["open"]:
            break
        if piece["end"]:
            found.append(text[begin : piece.start()].strip())
            begin = piece.end()
    rest = text[begin:]
    return list(filter(_says_something, found)), rest if _says_something(rest) else ""


def _says_something(text: str) -> bool:
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL).strip())


class Prompt:
    """A plain prompt: lines in, texts out. A statement may take many lines, and ends with a semicolon; a command begins with a dot.

    With `most`, no more rows of an answer than that are shown.
    """

    def __init__(self, ask: Callable[[str], Answer], most: int | None = None) -> None:
        self.is_ended = False
        self._ask = ask
        self._most = most
        self._begun = ""

    @property
    def is_within_statement(self) -> bool:
        """Whether the next line goes on with a statement."""
        return bool(self._begun)

    def drop(self) -> None:
        """Forget the statement that was begun."""
        self._begun = ""

    def feed(self, line: str) -> Iterator[str]:
        """What a line gives, text by text. Raises UsageError for what fails or is forbidden; the next line begins anew."""
        if not self._begun and line.lstrip().startswith("."):
            yield from self._command(*line.strip().removesuffix(";").split())
            return
        found, self._begun = statements(f"{self._begun}{line}\n")
        for one in found:
            yield self._answer(one)

    def end(self) -> Iterator[str]:
        """What the last statement gives, if it was left without its semicolon."""
        rest, self._begun = self._begun.strip(), ""
        if rest:
            yield self._answer(rest)

    def names(self) -> Sequence[str]:
        """All that may be completed: commands, views, macros, their columns and saved queries."""
        query = "select name from help union select column_name from help_columns union select name from examples order by 1"
        return [*COMMANDS, *(str(name) for (name,) in self._ask(query).rows)]

    def _answer(self, query: str) -> str:
        answer = self._ask(query)
        count = len(answer.rows)
        if self._most is None or count <= self._most:
            return rendered(answer, Format.table)
        shown = rendered(Answer(answer.columns, answer.rows[: self._most]), Format.table)
        return f"{shown}... the first {self._most} of {count:,} rows; `spack-cache-etl sql` writes all, with --format and --output\n"

    def _command(self, name: str, *words: str) -> Iterator[str]:
        word = " ".join(words)
        if name == ".help":
            yield self._about(word) if word else self._help()
        elif name == ".tables":
            yield self._tables()
        elif name == ".schema":
            yield from self._schema(word)
        elif name == ".examples":
            yield self._answer("select name, question from examples order by name")
        elif name == ".read":
            query = self._saved(word)
            yield f"{query}\n\n"
            yield self._answer(query.removesuffix(";"))
        elif name in (".quit", ".exit"):
            self.is_ended = True
        else:
            raise UsageError(f"{name} is no command here; these are: {', '.join(COMMANDS)}")

    def _help(self) -> str:
        lines = ["A statement ends with a semicolon, and may take many lines. Only questions are answered: nothing can be changed.", ""]
        lines += [f"{name:<10} {words}" for name, words in COMMANDS.items()]
        return "\n".join((*lines, "", "In SQL: from help; from help_columns where name = '...'; from examples;", ""))

    def _about(self, word: str) -> str:
        like = as_text(f"%{word}%")
        return self._answer(
            "select signature as name, question from help "
            f"where concat_ws(' ', name, summary, question) ilike {like} "
            f"union all select concat('.read ', name), question from examples where concat_ws(' ', name, question) ilike {like}"
        )

    def _tables(self) -> str:
        rows = self._ask("select layer, concat(name, case when kind = 'macro' then '(...)' end) from help order by layer, name").rows
        return "".join(
            f"{layer}\n{textwrap.indent(textwrap.fill('  '.join(str(name) for _, name in group), 100), '    ')}\n"
            for layer, group in groupby(rows, key=lambda row: row[0])
        )

    def _schema(self, name: str) -> Iterator[str]:
        plain = as_text(name.partition("(")[0])
        rows = self._ask(f"select signature, summary, grain, question, example from help where name = {plain}").rows
        if not rows:
            raise UsageError(f"no view or macro is named {name or 'nothing'}: .tables lists them, .help WORD looks for one")
        signature, summary, grain, question, example = rows[0]
        yield f"{signature}: {summary}\nGrain: {grain}\n\n"
        yield self._answer(
            "select concat(column_name, case when kind = 'argument' then ' (argument)' end) as name, type, meaning "
            f"from help_columns where name = {plain} order by kind, position"
        )
        yield f"\n{question}\n\n{textwrap.indent(str(example), '    ')}\n"

    def _saved(self, name: str) -> str:
        rows = self._ask(f"select query from examples where name = {as_text(name)}").rows
        if not rows:
            raise UsageError(f"no saved query is named {name or 'nothing'}: .examples lists them; a file is read by `shell < FILE`")
        return str(rows[0][0])


# What the DuckDB shell's own `.safe_mode` does as well, beside forbidding its commands that run programs and touch files.
_BY_SAFE_MODE = ("SET enable_external_access", "SET lock_configuration")


def duckdb_arguments(session: Session) -> Sequence[str]:
    """The arguments that open a session in the DuckDB shell.

    They are commands and no init file: after that file the shell sets an option, which a locked configuration refuses.
    """
    begin = (*(one for one in session.statements if not one.startswith(_BY_SAFE_MODE)), ".safe_mode")
    return ("-no-init", "-readonly", str(session.catalog), *(word for one in begin for word in ("-cmd", one)))


def objection(program: str, session: Session) -> str | None:
    """Why a DuckDB shell cannot open a session with its guards; None: it can. It is tried: shells differ from version to version."""
    query = "select current_setting('enable_external_access'), current_setting('lock_configuration'), count(*) >= 0 from data.tags"
    command = [program, *duckdb_arguments(session), "-csv", "-noheader", "-c", query]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0 and done.stdout.split() == ["false,true,true"]:
        return None
    return (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()[0]


def harlequin_script(session: Session) -> str:
    """The file that Harlequin begins with. Raises UsageError for a folder whose name it would cut in two."""
    if any(";" in one for one in session.statements):
        raise UsageError("it would take a semicolon in the warehouse's name for the end of a statement")
    return "".join(f"{one};\n" for one in session.statements)


def harlequin_arguments(session: Session, script: Path) -> Sequence[str]:
    """The arguments that open a session in Harlequin, whatever the user's own profile says."""
    return ("--profile", "None", "--adapter", "duckdb", "--read-only", "--init-path", str(script), str(session.catalog))
