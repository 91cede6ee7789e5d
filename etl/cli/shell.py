"""The command that opens the catalog in a shell."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, caches, program_path
from etl.cli.terminal import width
from etl.errors import EtlError, UsageError

if TYPE_CHECKING:
    from etl.query import Answer, Session
    from etl.shell import Prompt

SHELLS = ("duckdb", "harlequin", "plain")
MOST_ROWS = 200  # of an answer on a terminal
HISTORY = 1_000  # lines that are kept of what was typed
LOOK_UP = 0.1  # seconds: a wait without end would not be left for Ctrl-C


@app.command(epilog="Example: spack-cache-etl shell, then `from help;`. A file of statements: spack-cache-etl shell < questions.sql")
def shell(
    warehouse: Warehouse = HERE,
    release: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Open this release, as it was published; else the current one.")
    ] = None,
    with_: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="duckdb|harlequin|plain",
            help="Which shell.  [default: on a terminal the first of these that is installed; elsewhere plain]",
        ),
    ] = None,
) -> None:
    """Open the catalog read-only in the best shell installed."""
    from etl.query import session

    if with_ is not None and with_ not in SHELLS:
        raise UsageError(f"--with {with_}: choose duckdb, harlequin or plain")
    with session(warehouse, release) as opened:
        is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        name, program = _chosen(opened, with_ or (None if is_terminal else "plain"))
        if is_terminal:
            typer.echo(_welcome(warehouse, release, name), err=True)
        if name == "plain":
            _prompt(opened, is_terminal)
        elif name == "duckdb":
            from etl.shell import duckdb_arguments

            _end_with(program, duckdb_arguments(opened))
        else:
            _harlequin(program, opened)


def _chosen(opened: "Session", wanted: str | None) -> tuple[str, str]:
    """The shell to start, and its program: the one that is wanted, else the first that is installed and can open the session."""
    for name in (wanted,) if wanted else SHELLS[:-1]:
        if name == "plain":
            break
        program = program_path(name)
        if program is None:
            if wanted:
                package = "duckdb-cli" if name == "duckdb" else "spack-cache-etl[shell]"
                raise UsageError(f"{name} is not installed: `pip install '{package}'`, or use --with plain")
        elif why := _objection(name, program, opened):
            if wanted:
                raise UsageError(f"{program} cannot open the catalog with its guards: {why}. Use another version, or --with plain")
            typer.echo(f"{program} is passed over: {why}", err=True)
        else:
            return name, program
    return "plain", ""


def _objection(name: str, program: str, opened: "Session") -> str | None:
    from etl.shell import harlequin_script, objection

    if name == "duckdb":
        return objection(program, opened)
    try:
        harlequin_script(opened)
    except UsageError as error:
        return str(error)
    return None


def _welcome(warehouse: Path, release: int | None, name: str) -> str:
    which = "the current release" if release is None else f"release {release}"
    first = f"{warehouse}: {which}, read-only, times in UTC. What is there to ask: select name, question from help;"
    plain = ".help WORD finds views; .help says what else may be typed."
    return f"{first}\n{plain if name == 'plain' else 'Columns of a view: describe NAME;  saved queries: from examples;'}"


def _harlequin(program: str, opened: "Session") -> None:
    from tempfile import TemporaryDirectory

    from etl.shell import harlequin_arguments, harlequin_script

    with TemporaryDirectory(prefix="spack-cache-etl-") as aside:
        script = Path(aside) / "begin.sql"
        script.write_text(harlequin_script(opened), encoding="utf-8")
        _end_with(program, harlequin_arguments(opened, script))


def _end_with(program: str, arguments: Iterable[str]) -> None:
    """Run another shell until it ends; exit as a failed statement does where it did not end well."""
    with subprocess.Popen([program, *arguments]) as running:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for that shell
        try:
            code = running.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    if code:
        raise typer.Exit(UsageError.exit_code)


def _prompt(opened: "Session", is_terminal: bool) -> None:
    """The plain prompt: on a terminal it goes on after an error, elsewhere the first one ends it."""
    from etl.query import ask_session
    from etl.shell import Prompt

    if not is_terminal:
        prompt = Prompt(partial(ask_session, opened))
        for number, line in enumerate(_lines(), 1):
            with _placed(number):
                _show(prompt.feed(line))
            if prompt.is_ended:
                return
        with _placed(None):
            _show(prompt.end())
        return
    prompt = Prompt(partial(_interruptibly, partial(ask_session, opened)), MOST_ROWS, width)
    with _line_editing(prompt):
        while not prompt.is_ended:
            try:
                _show(prompt.feed(input("       ...> " if prompt.is_within_statement else "spack_cache> ")))
            except EtlError as error:
                typer.echo(f"error: {error}", err=True)
            except KeyboardInterrupt:
                prompt.drop()
                typer.echo("", err=True)
            except EOFError:
                typer.echo("", err=True)
                return


def _interruptibly(ask: Callable[..., "Answer"], query: str, most: int | None = None) -> "Answer":
    """An answer for which Ctrl-C need not wait: DuckDB does not look for it, so the question is asked in a thread of its own."""
    from concurrent.futures import ThreadPoolExecutor, wait

    import duckdb

    interrupts: list[Callable[[], None]] = []
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, query, most, interrupts.append)
        try:
            while wait([answer], timeout=LOOK_UP).not_done:
                pass
            return answer.result()
        except KeyboardInterrupt:
            while wait([answer], timeout=LOOK_UP).not_done:  # again, where it was not yet begun
                for interrupt in interrupts:
                    with suppress(duckdb.ConnectionException):  # it has just been answered
                        interrupt()
            raise


def _lines() -> Iterator[str]:
    try:
        for line in sys.stdin:
            yield line.removesuffix("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no text in {error.encoding}: {error.reason} at byte {error.start}") from error


@contextmanager
def _placed(line: int | None) -> Iterator[None]:
    """Say on which line of the file the statement ends that fails; None: at its end."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"the statement that ends {f'on line {line}' if line else 'with the file'}: {error}") from error


def _show(texts: Iterable[str]) -> None:
    for text in texts:
        typer.echo(text, nl=False)


@contextmanager
def _line_editing(prompt: "Prompt") -> Iterator[None]:
    """Arrows, completion and the lines of before, where this Python has readline."""
    try:
        import readline
    except ImportError:
        typer.echo("this Python has no readline: lines cannot be edited, nor completed", err=True)
        yield
        return
    readline.set_completer(_completer(prompt))
    readline.set_completer_delims(" \t\n(),;='")
    readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")
    history = caches() / "shell_history"
    with _told(history):
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)
        readline.read_history_file(history)
    readline.set_history_length(HISTORY)
    try:
        yield
    finally:
        with _told(history):
            readline.write_history_file(history)


@contextmanager
def _told(history: Path) -> Iterator[None]:
    """Say what keeps the lines of before from being kept: it is no reason not to answer."""
    try:
        yield
    except OSError as error:
        typer.echo(f"what is typed is not kept: {history}: {error.strerror or error}", err=True)


def _completer(prompt: "Prompt") -> Callable[[str, int], str | None]:
    from etl.shell import COMMANDS

    try:
        names = prompt.names()
    except UsageError:  # published by a version before `help`
        typer.echo("this catalog has no view `help` yet: the next run adds it", err=True)
        names = list(COMMANDS)
    found: list[str] = []

    def complete(begun: str, number: int) -> str | None:
        if number == 0:
            found[:] = [name for name in names if name.startswith(begun)]
        return found[number] if number < len(found) else None

    return complete
