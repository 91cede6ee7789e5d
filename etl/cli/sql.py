"""The command that answers questions in SQL."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Warehouse, app
from etl.cli.terminal import width, write
from etl.errors import UsageError

_ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown", ".parquet": "parquet"}  # of --output, and the format that each asks for


@app.command(epilog="Example: spack-cache-etl sql \"select stack, spec_count from stack_contents where tag = 'develop'\"")
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; - reads it from standard input.")],
    warehouse: Warehouse = HERE,
    release: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Ask this release, as it was published; else the current one.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="table|csv|json|markdown|parquet", help="How the answer is written.  [default: as FILE's name ends, else table]"
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the answer here: .csv, .json, .md, .parquet or other.", dir_okay=False)
    ] = None,
) -> None:
    """Run SQL on the published views, read-only."""
    from etl.output import Format, rendered
    from etl.query import ask, ask_arrow

    if format is None:
        format = _ENDINGS.get(output.suffix.lower(), "table") if output else "table"
    if format not in Format.__members__:
        raise UsageError(f"--format {format}: choose table, csv, json, markdown or parquet")
    if format == Format.parquet and output is None:
        raise UsageError("--format parquet needs --output FILE")
    try:
        text = sys.stdin.read() if query == "-" else query
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no text in {error.encoding}: {error.reason} at byte {error.start}") from error
    if format == Format.parquet:
        import pyarrow.parquet

        table = ask_arrow(warehouse, text, release)
        with _to(output):
            pyarrow.parquet.write_table(table, output)
        return
    found = ask(warehouse, text, release)
    shown = width() if output is None else None
    with _to(output):
        write(rendered(found, Format(format), shown), output)
    if shown and not found.rows:
        typer.echo("no rows: is each name written as `help`, `packages`, `targets` or `stacks` has it?", err=True)


@contextmanager
def _to(output: Path | None) -> Iterator[None]:
    """Report a file that cannot be written as a UsageError; what goes wrong on stdout is for the command line itself."""
    try:
        yield
    except OSError as error:
        if output is None:
            raise
        raise UsageError(f"--output {output}: {error.strerror or error}; name another file") from error
