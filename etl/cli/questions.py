"""Commands that look: diff, check, docs."""

from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Warehouse, app
from etl.cli.terminal import write
from etl.errors import UsageError


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
