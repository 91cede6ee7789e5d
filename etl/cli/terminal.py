"""What people see beside the answers: progress on a terminal, what was refused, one JSON object for scripts."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from etl.config import RunOptions
    from etl.run_report import RunReport


def write(text: str, output: Path | None) -> None:
    """Put a text into a file, or on stdout."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def width() -> int | None:
    """Characters in a line of the terminal that stdout is; None: it is none, and whatever reads it wants all of an answer."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def summary(report: "RunReport", options: "RunOptions") -> str:
    """What a run did, in a few lines."""
    from etl.status import run_text

    return run_text(report, options)


def print_json(report: "RunReport") -> None:
    """The object of `run --json`."""
    import msgspec

    typer.echo(msgspec.json.encode(report.as_json()).decode())


def tell_rejects(report: "RunReport") -> None:
    """The first of what a run refused, on stderr."""
    for row in report.rejects[:10]:
        place = f"{row['path']}, line {row['line']}" if row["line"] is not None else row["path"]
        typer.echo(f"rejected {row['scope']}: {place}: {row['rule']}: {row['detail']}", err=True)
    if len(report.rejects) > 10:
        typer.echo(f"... and {len(report.rejects) - 10:,} more", err=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield show
