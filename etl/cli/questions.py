"""Commands that look: sql, status, check, docs."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Warehouse, app
from etl.cli.terminal import write
from etl.errors import UsageError


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
    write(rendered(ask(warehouse, text), Format(format)), output)


@app.command(epilog="Example: spack-cache-etl diff 2026-11-22 2026-11-23 --tag develop --stack e4s")
def diff(
    before: Annotated[str, typer.Argument(metavar="FROM", help="A release's number, a time (ISO, UTC) or a tag.")],
    after: Annotated[str, typer.Argument(metavar="TO", help="The same.")],
    warehouse: Warehouse = HERE,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only what changed under this tag.")] = None,
    stack: Annotated[str | None, typer.Option(metavar="STACK", help="Only what joined or left this stack.")] = None,
    package: Annotated[str | None, typer.Option(metavar="PACKAGE", help="Only changes of this package.")] = None,
    format: Annotated[str, typer.Option(metavar="table|csv|json|markdown", help="How the answer is written.")] = "table",
) -> None:
    """Say what changed between two releases, times or tags."""
    from etl.diff import Wanted, difference
    from etl.output import Format, rendered

    if format not in Format.__members__ or format == Format.parquet:
        raise UsageError(f"--format {format}: choose table, csv, json or markdown")
    typer.echo(rendered(difference(warehouse, before, after, Wanted(tag, stack, package)), Format(format)), nl=False)


@app.command(epilog="Example: spack-cache-etl status --warehouse /srv/warehouse")
def status(
    warehouse: Warehouse = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how fresh, how large and how healthy the warehouse is."""
    import msgspec

    from etl.status import read_status, status_text

    found = read_status(warehouse)
    typer.echo(msgspec.json.encode(found).decode() if as_json else status_text(found, dt.datetime.now(dt.UTC).replace(tzinfo=None)))


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

    write(dictionary(), output)
