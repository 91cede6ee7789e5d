"""The command line: the only module that prints, reads the environment or exits."""

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from etl import __version__
from etl.errors import EtlError, UsageError
from etl.workers import Workers, tune_memory

if TYPE_CHECKING:
    from etl.config import RunOptions
    from etl.run_report import RunReport

app = typer.Typer(
    name="spack-cache-etl",
    help="The documents of a Spack binary cache as tables with SQL views.",
    epilog="Example: spack-cache-etl run, then spack-cache-etl sql 'from stack_contents'; both on the embedded sample.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)

Warehouse = Annotated[
    Path, typer.Option("--warehouse", envvar="SPACK_CACHE_WAREHOUSE", metavar="DIR", help="Folder of the warehouse.", file_okay=False)
]
HERE = Path("warehouse")


def main() -> None:
    """Run the command line; an error that is no bug is told in words, with its own exit code."""
    tune_memory()
    try:
        app()
    except EtlError as error:
        typer.echo(f"error: {error}", err=True)
        _end(error.exit_code)
    except SystemExit as end:
        _end(end.code if isinstance(end.code, int) else int(end.code is not None))


def _end(code: int) -> NoReturn:
    """End the process at once: to take frames and libraries apart, object by object, is a tenth of a short run.

    Nothing waits for that: what was written is closed and safe on disk, and the workers have ended.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # whoever was reading has read enough
        code = code or 1
    os._exit(code)


@app.callback(invoke_without_command=True)
def _global(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"spack-cache-etl {__version__}")
        raise typer.Exit


@app.command(epilog="Example: spack-cache-etl run public=/srv/cache.spack.io --warehouse /srv/warehouse")
def run(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=]SOURCE", help="A folder that is or holds _cache/, or one document. None and no config: the embedded sample."
        ),
    ] = None,
    warehouse: Annotated[
        Path | None, typer.Option(envvar="SPACK_CACHE_WAREHOUSE", metavar="DIR", help="Folder to fill.  [default: ./warehouse]")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML: sources (name: place), warehouse, max_rejects, max_shrink, workers.")
    ] = None,
    observed_at: Annotated[str | None, typer.Option(metavar="TIME", help="UTC time of the observation.  [default: now]")] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that read documents.  [default: one a core]")] = None,
    max_rejects: Annotated[
        str | None, typer.Option(metavar="N|P%", help="Documents with rejects that a run may have.  [default: 1%]")
    ] = None,
    max_shrink: Annotated[
        str | None, typer.Option(metavar="P%", help="Refuse a tag or stack that loses more than this of its specs.  [default: 50%]")
    ] = None,
    accept_shrink: Annotated[bool, typer.Option("--accept-shrink", help="Publish whatever was lost.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read every document, also those that look unchanged.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Bring the warehouse up to what the sources say now."""
    with _workers_ahead(source or [], warehouse or HERE, workers or _cores()) as ahead:
        from etl import pipeline
        from etl.config import RunOptions, read_config
        from etl.run_report import RunReport

        told = read_config(config) if config else None
        options = RunOptions.of(
            told,
            warehouse=warehouse,
            sources=source or [],
            observed_at=_time(observed_at) if observed_at else None,
            workers=workers,
            cores=_cores(),
            max_rejects=max_rejects,
            max_shrink=max_shrink,
            accept_shrink=accept_shrink,
            full=full,
            dry_run=dry_run,
        )
        report = RunReport()
        try:
            with _progress() as progress:
                pipeline.run(options, report, progress, workers=ahead)
        except EtlError as error:
            if as_json:
                report.status, report.reason = "failed", str(error)
                _print_json(report)
            raise
    _tell_rejects(report)
    _print_json(report) if as_json else typer.echo(_summary(report, options), nl=False)
    if report.status == "refused":
        typer.echo(f"refused: {report.reason}", err=True)
        raise SystemExit(5)


@app.command(epilog="Example: spack-cache-etl sql \"select stack, spec_count from stack_contents where tag = 'develop'\"")
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; - reads it from standard input.")],
    warehouse: Warehouse = HERE,
    format: Annotated[str, typer.Option(metavar="table|csv|json|markdown|parquet", help="How the answer is written.")] = "table",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answer here.", dir_okay=False)] = None,
) -> None:
    """Run SQL on the published views, read-only."""
    from etl.output import Format, rendered
    from etl.query import ask, ask_arrow

    if format not in Format.__members__:
        raise UsageError(f"--format {format}: choose table, csv, json, markdown or parquet")
    text = sys.stdin.read() if query == "-" else query
    if format == Format.parquet:
        if output is None:
            raise UsageError("--format parquet needs --output FILE")
        import pyarrow.parquet

        pyarrow.parquet.write_table(ask_arrow(warehouse, text), output)
        return
    _write(rendered(ask(warehouse, text), Format(format)), output)


@app.command(epilog="Example: spack-cache-etl status --warehouse /srv/warehouse")
def status(
    warehouse: Warehouse = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how fresh, how large and how healthy the warehouse is."""
    import msgspec

    from etl.status import read_status, status_text

    found = read_status(warehouse)
    typer.echo(msgspec.json.encode(found).decode() if as_json else status_text(found, _now()))


@app.command(epilog="Example: spack-cache-etl check --warehouse /srv/warehouse")
def check(
    warehouse: Warehouse = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, with every row.")] = False,
) -> None:
    """Check the data: pages that contradict themselves or one another, keys that point nowhere."""
    import msgspec

    from etl.quality import run_checks
    from etl.status import checks_object, checks_text

    found = run_checks(warehouse)
    typer.echo(msgspec.json.encode(checks_object(found)).decode() if as_json else checks_text(found))
    if any(one.severity == "error" and one.broken.rows for one in found):
        raise SystemExit(5)


@app.command(epilog="Example: spack-cache-etl docs --output docs/data-dictionary.md")
def docs(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the dictionary here.", dir_okay=False)] = None,
) -> None:
    """Write the data dictionary: every view, table, column and rule."""
    from etl.dictionary import dictionary

    _write(dictionary(), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@contextmanager
def _workers_ahead(sources: list[str], warehouse: Path, count: int) -> Iterator[Workers | None]:
    """Workers started before anything else is imported, for a first run of a folder: it reads everything. Else None."""
    folders = [place for place in (source.partition("=")[2] or source for source in sources) if Path(place).is_dir()]
    if count < 2 or not folders or (warehouse / "manifest.json").exists():
        yield None
        return
    with Workers(count - 1) as workers:
        workers.warm_up("etl.shards")
        yield workers


def _summary(report: "RunReport", options: "RunOptions") -> str:
    from etl.status import run_text

    return run_text(report, options)


def _print_json(report: "RunReport") -> None:
    import msgspec

    typer.echo(msgspec.json.encode(report.as_json()).decode())


def _tell_rejects(report: "RunReport") -> None:
    for row in report.rejects[:10]:
        place = f"{row['path']}, line {row['line']}" if row["line"] is not None else row["path"]
        typer.echo(f"rejected {row['scope']}: {place}: {row['rule']}: {row['detail']}", err=True)
    if len(report.rejects) > 10:
        typer.echo(f"... and {len(report.rejects) - 10:,} more", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
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


def _time(text: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--observed-at {text!r}: give an ISO time, e.g. 2026-11-23T04:00:00Z") from None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


if __name__ == "__main__":
    main()
