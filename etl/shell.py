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
from typing import Protocol

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

# A piece of a statement in which a semicolon is no end, the semicolon itself, or what begins a comment that may hold others.
# What begins such a piece and does not end it is `open`.
_PIECE = re.compile(
    r"""
      (?<!\w)[eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | (?<!\w)\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    | (?P<line>--[^\n]*)
    | (?P<comment>/\*)
    | (?P<end>;)
    | (?P<open>'|"|(?<!\w)\$(?:[^\W\d]\w*)?\$)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"(?P<begin>/\*)|\*/")


def statements(text: str) -> tuple[list[str], str]:
    """The statements that a text holds whole, each ended by a semicolon, and the rest of it, which goes on in the next line."""
    found = []
    begin = at = 0
    says_something = False
    while piece := _PIECE.search(text, at):
        says_something = says_something or bool(text[at : piece.start()].strip())
        at = piece.end()
        if piece["end"]:
            if says_something:
                found.append(text[begin : piece.start()].strip())
            begin, says_something = at, False
        elif piece["comment"]:
            after = _comment_end(text, at)
            if after is None:
                return found, text[begin:]
            at = after
        elif not piece["line"]:
            says_something = True
            if piece["open"]:
                break
    return found, text[begin:] if says_something or text[at:].strip() else ""


def _comment_end(text: str, at: int) -> int | None:
    """Where a comment ends that has begun before; None: it goes on. DuckDB's comments hold others."""
    depth = 1
    for edge in _COMMENT.finditer(text, at):
        depth += 1 if edge["begin"] else -1
        if depth == 0:
            return edge.end()
    return None


class Ask(Protocol):
    """Whoever answers questions: all rows, or no more than `most`."""

    def __call__(self, query: str, most: int | None = None) -> Answer: ...


class Prompt:
    """A plain prompt: lines in, texts out. A statement may take many lines, and ends with a semicolon; a command begins with a dot.

    With `most`, no more rows of an answer than that are shown, with `width` no more of a line.
    """

    def __init__(self, ask: Ask, most: int | None = None, width: Callable[[], int | None] = lambda: None) -> None:
        self.is_ended = False
        self._ask = ask
        self._most = most
        self._width = width
        self._begun: list[str] = []  # lines, each with its end

    @property
    def is_within_statement(self) -> bool:
        """Whether the next line goes on with a statement."""
        return bool(self._begun)

    def drop(self) -> None:
        """Forget the statement that was begun."""
        self._begun.clear()

    def feed(self, line: str) -> Iterator[str]:
        """What a line gives, text by text. Raises UsageError for what fails or is forbidden; the next line begins anew."""
        if not self._begun and line.lstrip().startswith("."):
            yield from self._command(*line.strip().removesuffix(";").split())
            return
        self._begun.append(f"{line}\n")
        # Only these end a statement or a comment: to look through all of a long statement at each line would take hours.
        if len(self._begun) > 1 and ";" not in line and "*/" not in line:
            return
        found, rest = statements("".join(self._begun))
        self._begun.clear()
        for one in found:  # where one fails, what stands behind it on the line is forgotten
            yield self._answer(one) + "\n"
        if rest:
            self._begun.append(rest)

    def end(self) -> Iterator[str]:
        """What the last statement gives, if it was left without its semicolon."""
        rest = "".join(self._begun).strip()
        self.drop()
        if rest:
            yield self._answer(rest)

    def names(self) -> Sequence[str]:
        """All that may be completed: commands, views, macros, their columns and saved queries."""
        query = "select name from help union select column_name from help_columns union select name from examples order by 1"
        return [*COMMANDS, *(str(name) for (name,) in self._ask(query).rows)]

    def _answer(self, query: str) -> str:
        answer = self._ask(query, most=None if self._most is None else self._most + 1)
        if self._most is None or len(answer.rows) <= self._most:
            return rendered(answer, Format.table, self._width()) + ("" if answer.rows else "(no rows)\n")
        shown = rendered(Answer(answer.columns, answer.rows[: self._most]), Format.table, self._width())
        return f"{shown}... the first {self._most} rows; there are more: `spack-cache-etl sql` writes all, with --format and --output\n"

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
        return "\n".join((*lines, "", "In SQL: select name, question from help; from help_columns where name = '...'; from examples;", ""))

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
