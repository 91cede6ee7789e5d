"""Commands that look: diff, check, docs."""

from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, without_extra
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


@app.command(epilog="Example: spack-cache-etl docs --html --output site, then open site/index.html in a browser")
def docs(
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write here: a file, with --html a folder.  [default: stdout, with --html ./site]")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="A site of pages with a search, lineage, and the answer to each example.")] = False,
) -> None:
    """Write the documentation: every view, table, column and rule."""
    if html:
        _write_site(output or Path("site"))
        return
    from etl.dictionary import dictionary

    if output is not None and output.is_dir():
        raise UsageError(f"{output} is a folder: name a file, or add --html for a site of pages")
    try:
        write(dictionary(), output)
    except OSError as error:
        if output is None:
            raise
        raise UsageError(f"--output {output}: {error.strerror or error}; name another file") from error


def _write_site(folder: Path) -> None:
    folder = folder.expanduser()
    try:
        from etl.site import write_site
    except ImportError as error:
        raise without_extra("docs --html", "site", error) from None
    typer.echo(f"written: {write_site(folder)} pages; open {folder / 'index.html'}")
