"""The shell, as real processes: what the plain prompt answers, and what none of the shells lets through."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl import query, shell
from etl.cli import app
from etl.errors import UsageError
from etl.query import Answer, session
from etl.shell import Prompt, harlequin_arguments, harlequin_script, statements

COMMAND = [sys.executable, "-m", "etl", "shell"]
CLI = Path(sys.prefix) / "duckdb-cli" / "duckdb_cli"  # where make puts the DuckDB shell: its program, not Python's wrapper of it
STILL = "select 'still ' || count(*) as answers from packages;"

ESCAPES = [
    "from read_text('/etc/passwd');",
    "copy (select 1) to '{aside}/written.csv';",
    "attach '{aside}/written.duckdb' as other;",
    "install httpfs;",
    "set enable_external_access = true;",
    "set lock_configuration = false;",
    "create table made as select 1;",
]


def searched(first: Path | None) -> str:
    """The PATH, with a folder before all others."""
    return os.pathsep.join([*([str(first)] if first else []), os.environ["PATH"]])


def program(path: Path, text: str) -> None:
    """Put a program of a few lines where a shell is looked for."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def call(warehouse: Path, *words: str, stdin: str = "", path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the shell on statements from standard input, with a folder before all others on the PATH."""
    return subprocess.run(
        [*COMMAND, "--warehouse", str(warehouse), *words],
        input=stdin,
        env={**os.environ, "PATH": searched(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def everything(folder: Path) -> dict[str, int]:
    """Every file of a folder, with the time of its last change."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """The sample."""
    folder = tmp_path_factory.mktemp("shell") / "warehouse"
    subprocess.run([sys.executable, "-m", "etl", "run", "--warehouse", str(folder)], check=True, capture_output=True)
    return folder


class Terminal:
    """A plain prompt on a terminal of its own."""

    def __init__(self, warehouse: Path, caches: Path, *words: str, path: Path | None = None) -> None:
        self._file, theirs = pty.openpty()
        self._child = subprocess.Popen(
            [*COMMAND, "--warehouse", str(warehouse), *words],
            env={**os.environ, "PATH": searched(path), "XDG_CACHE_HOME": str(caches), "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, text: str, seconds: float = 60) -> str:
        """All that is shown until a text is."""
        shown = b""
        end = time.monotonic() + seconds
        while text.encode() not in shown:
            assert time.monotonic() < end, shown.decode()
            if select.select([self._file], [], [], 0.1)[0]:
                shown += os.read(self._file, 65536)
        return shown.decode()

    def type(self, line: str) -> None:
        """Type a line, or a key."""
        os.write(self._file, line.encode())

    def interrupt(self) -> None:
        """What Ctrl-C sends."""
        self._child.send_signal(signal.SIGINT)

    def code(self) -> int:
        """How it ended."""
        return self._child.wait(60)

    def close(self) -> None:
        """End it, if it has not ended."""
        self._child.kill()
        self._child.wait()
        os.close(self._file)


@pytest.fixture
def terminal(warehouse, tmp_path) -> Iterator[Terminal]:
    """A plain prompt that has come to its first line."""
    found = Terminal(warehouse, tmp_path / "caches", "--with", "plain")
    try:
        assert "read-only" in found.until("spack_cache> ")
        yield found
    finally:
        found.close()


@pytest.mark.parametrize(
    ("text", "whole", "rest"),
    [
        ("select 1; select 2;\n", ["select 1", "select 2"], ""),
        ("select 'a;b''c;';", ["select 'a;b''c;'"], ""),
        ('select 1 as "a;b";', ['select 1 as "a;b"'], ""),
        ("select e'it\\';';", ["select e'it\\';'"], ""),
        ("select date'2026-11-23';", ["select date'2026-11-23'"], ""),
        ("select $$a;b$$;", ["select $$a;b$$"], ""),
        ("select $x$a;", [], "select $x$a;"),
        ("select 'a;\n", [], "select 'a;\n"),
        ("select 1 -- one; two\n", [], "select 1 -- one; two\n"),
        ("select 1 /* one;", [], "select 1 /* one;"),
        ("/* one; */ -- two;\n;\n", [], ""),
        ("/* a /* b */ c; */ select 1;", ["/* a /* b */ c; */ select 1"], ""),
        ("select 1 /* a /* b */ ;\n", [], "select 1 /* a /* b */ ;\n"),
        ("select $1; select $1$ ;", ["select $1", "select $1$"], ""),
        ("select $é1$a;$é1$;", ["select $é1$a;$é1$"], ""),
        ("select 1; /* a */ -- b\n", ["select 1"], ""),
    ],
)
def test_a_statement_ends_where_its_semicolon_is_no_part_of_a_text_or_comment(text, whole, rest):
    """What is left waits for the next line."""
    assert (whole, rest) == statements(text)


class Answers:
    """Answers that hold as many rows as are asked for; what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, query: str, most: int | None = None) -> Answer:
        self.asked.append(query)
        if query == "wrong":
            raise UsageError("as it says")
        return Answer(["n"], [(number,) for number in range(min(most or 1000, 1000))])


def test_of_a_long_answer_no_more_is_taken_than_is_shown():
    """But for one row, which tells that there are more."""
    (text,) = Prompt(Answers(), 200).feed("select 1;")

    assert text.endswith("... the first 200 rows; there are more: `spack-cache-etl sql` writes all, with --format and --output\n\n")
    assert "199" in text and "200 " not in text.partition("...")[0]


def test_what_stands_behind_an_error_on_the_line_is_forgotten():
    """The next line begins anew."""
    prompt = Prompt(ask := Answers())
    with pytest.raises(UsageError):
        list(prompt.feed("wrong; select 2; select"))

    assert not prompt.is_within_statement
    assert 1 == len(list(prompt.feed("select 3;")))
    assert ["wrong", "select 3"] == ask.asked


def test_a_long_statement_is_looked_through_where_it_may_end_and_not_at_each_line(monkeypatch):
    """Else its time would grow with the square of its length."""
    times = []
    monkeypatch.setattr(shell, "statements", lambda text: times.append(1) or statements(text))
    prompt = Prompt(ask := Answers())
    for line in ["select", *["1,"] * 500, "2;"]:
        list(prompt.feed(line))

    assert (2, ["select\n" + "1,\n" * 500 + "2"]) == (len(times), ask.asked)


def test_a_comment_over_lines_begins_no_statement():
    """A command may follow it."""
    prompt = Prompt(Answers())
    for line in ("/* one", "two", "*/"):
        list(prompt.feed(line))

    assert not prompt.is_within_statement
    assert list(prompt.feed(".help"))


def test_a_session_on_an_earlier_release_makes_its_catalog_once(warehouse, monkeypatch):
    """However much is asked."""
    made = []
    build = query.build
    monkeypatch.setattr(query, "build", lambda *words: made.append(1) or build(*words))
    done = CliRunner().invoke(app, ["shell", "--release", "1", "--warehouse", str(warehouse)], input="select 1; select 2;\nselect 3;\n")

    assert (0, 3, 1) == (done.exit_code, done.stdout.count("─\n"), len(made))


def test_statements_from_standard_input_are_answered_in_order(warehouse):
    """Over lines or in one, the last also without its semicolon; answers on stdout, and nothing else."""
    done = call(warehouse, stdin="select 1 as a; select 2 as b;\n-- a comment;\nselect\n  count(*) as packages\nfrom packages")

    assert (0, "") == (done.returncode, done.stderr)
    assert ["a", "─", "1", "", "b", "─", "2", "", "packages", "────────", "9"] == [line.strip() for line in done.stdout.splitlines()]


def test_the_first_error_ends_standard_input(warehouse):
    """Exit 2, with what was answered before it and nothing after."""
    done = call(warehouse, stdin="select 1 as one;\nselect nonsense;\nselect 2 as two;\n")

    assert (2, True, False) == (done.returncode, "one" in done.stdout, "two" in done.stdout)
    assert done.stderr.startswith("error: the statement that ends on line 2: Binder Error") and "Traceback" not in done.stderr


def test_commands_say_what_there_is(warehouse):
    """Views, what one says, what tells of a word, saved queries, and one of them run."""
    done = call(
        warehouse, stdin=".help\n.tables\n.schema compare_tags\n.help aarch64\n.examples\n.read packages_without_aarch64\n.quit\nselect 1/"
    )

    assert (0, "") == (done.returncode, done.stderr)
    for told in (
        "Ctrl-D",
        "package_contents",
        "compare_tags(...)",
        "(argument)",
        ".read packages_without_aarch64",
        "lacks_family",
        "anwiltam",
    ):
        assert told in done.stdout


@pytest.mark.parametrize("typed", [".read nonsense", ".schema nonsense", ".nonsense", ".read"])
def test_a_command_that_cannot_be_carried_out_says_what_can(warehouse, typed):
    """As every error does."""
    done = call(warehouse, stdin=f"{typed}\n")

    assert 2 == done.returncode
    assert ".examples" in done.stderr or ".tables" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--with", "bash"], 2, "choose duckdb, harlequin or plain"),
        (["--release", "9"], 2, "release 9 is not kept"),
        (["--warehouse", "nowhere"], 4, "holds no warehouse yet"),
        (["--with", "duckdb"], 2, "cannot open the catalog with its guards: too old"),
    ],
)
def test_a_shell_that_cannot_be_opened_says_why(warehouse, tmp_path, words, code, says):
    """Also where the program that is installed cannot hold the guards: it is tried before it is given to anyone."""
    program(tmp_path / "duckdb", "echo too old >&2; exit 1")
    done = call(warehouse, *words, stdin="select 1;", path=tmp_path)

    assert (code, "") == (done.returncode, done.stdout)
    assert says in done.stderr


def test_on_a_terminal_the_first_shell_that_can_is_opened(warehouse, tmp_path):
    """What is passed over is told, and the next is given the catalog, to be opened read-only."""
    program(tmp_path / "duckdb", "echo too old >&2; exit 1")
    program(tmp_path / "harlequin", 'echo "given $*"')
    terminal = Terminal(warehouse, tmp_path / "caches", path=tmp_path)
    try:
        shown = terminal.until("spack_cache.duckdb\r\n")
        code = terminal.code()
    finally:
        terminal.close()

    assert "duckdb is passed over: too old" in shown and "--read-only" in shown.partition("given ")[2]
    assert 0 == code


def test_an_earlier_release_may_be_opened(warehouse):
    """By its number, like `sql`."""
    done = call(warehouse, "--release", "1", stdin="select release from files.release;")

    assert (0, ["release", "───────", "1", ""]) == (done.returncode, [line.strip() for line in done.stdout.splitlines()])


def test_the_prompt_goes_on_after_an_error_and_keeps_what_was_typed(terminal, tmp_path):
    """Statements over lines, errors, the end by Ctrl-D; what was typed is there the next time, for this user alone."""
    terminal.type("select count(*) as found\n")
    terminal.until("...> ")
    terminal.type("from packages;\n")
    assert "9" in terminal.until("spack_cache> ")
    terminal.type("select nonsense;\n")
    assert "error: Binder Error" in terminal.until("spack_cache> ")
    terminal.type("\x04")
    code = terminal.code()

    assert 0 == code
    history = tmp_path / "caches" / "spack-cache-etl" / "shell_history"
    assert ["select count(*) as found", "from packages;", "select nonsense;"] == history.read_text().splitlines()
    assert 0o600 == history.stat().st_mode & 0o777


def test_control_c_ends_a_question_and_not_the_prompt(terminal):
    """DuckDB is told to stop; the next question is answered."""
    terminal.type("select max(hash(a.range, b.range)) from range(1000000) a, range(1000000) b;\n")
    time.sleep(0.5)
    terminal.interrupt()
    terminal.until("spack_cache> ")
    terminal.type("select 40 + 2 as found;\n")
    assert "42" in terminal.until("spack_cache> ")
    terminal.type(".quit\n")

    assert 0 == terminal.code()


def test_nothing_escapes_from_the_prompt(terminal, warehouse, tmp_path):
    """No file, no address, no setting; and it answers as before."""
    before = everything(warehouse)
    for escape in (*ESCAPES, ".shell id", ".read /etc/passwd", ".output {aside}/written.txt"):
        terminal.type(escape.format(aside=tmp_path) + "\n")
        shown = terminal.until("spack_cache> ")
        assert "error: " in shown and "root:" not in shown, escape
    terminal.type(STILL + "\n")
    assert "still 9" in terminal.until("spack_cache> ")

    assert before == everything(warehouse)
    assert [] == list(tmp_path.glob("written*"))


def test_nothing_escapes_from_the_duckdb_shell(warehouse, tmp_path):
    """By SQL or by its own commands; after each try the views answer."""
    folder = CLI if (CLI / "duckdb").is_file() else None
    if folder is None and shutil.which("duckdb") is None:
        pytest.skip("the DuckDB shell is not there: `make test` installs it")
    before = everything(warehouse)
    own = [
        ".shell id",
        ".system id",
        ".read /etc/passwd",
        ".output {aside}/written.txt",
        ".once {aside}/written.txt",
        ".log {aside}/written.txt",
    ]
    own += [".import /etc/passwd made", ".open {aside}/written.duckdb", ".cd /"]
    tries = [escape.format(aside=tmp_path) for escape in (*ESCAPES, *own)]
    done = call(warehouse, "--with", "duckdb", stdin="".join(f"{each}\n{STILL}\n" for each in tries), path=folder)

    assert len(tries) == done.stdout.count("still 9")
    assert len(tries) <= done.stderr.count("rror: ") + done.stderr.count("cannot be used in -safe mode")
    assert "root:" not in done.stdout and "uid=" not in done.stdout
    assert before == everything(warehouse)
    assert [] == list(tmp_path.glob("written*"))


def test_nothing_escapes_from_harlequin(warehouse, tmp_path):
    """Asked without its screen, by the program that stands beside it; its own profile is not read."""
    hsql = shutil.which("hsql") or shutil.which("hsql", path=str(Path(sys.prefix) / "bi" / "bin"))
    if hsql is None:
        pytest.skip("harlequin is not there: it is the extra `shell`")
    script = tmp_path / "begin.sql"
    with session(warehouse) as opened:
        script.write_text(harlequin_script(opened))
        command = [hsql, *harlequin_arguments(opened, script), "--format", "csv"]

    def asked(query: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, "-c", query], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert "still 9" in asked(STILL).stdout
    for escape in ESCAPES[:5]:
        assert 0 != asked(escape.format(aside=tmp_path)).returncode, escape
    assert [] == list(tmp_path.glob("written*"))


def test_harlequin_is_not_given_a_folder_that_it_would_cut_in_two(warehouse, tmp_path):
    """It ends a statement at any semicolon."""
    copied = tmp_path / "c;d"
    shutil.copytree(warehouse, copied)

    with session(copied) as opened, pytest.raises(UsageError, match="semicolon"):
        harlequin_script(opened)
