"""The command rejects."""

from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Config, Warehouse, app, cores
from etl.cli.terminal import summary
from etl.errors import UsageError


@app.command(epilog="Example: spack-cache-etl rejects --warehouse /srv/warehouse --replay")
def rejects(
    source: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=]SOURCE", help="Where to try again.  [default: where it was read from]")
    ] = None,
    warehouse: Warehouse = HERE,
    again: Annotated[bool, typer.Option("--replay", help="Read what was refused again; if any of it loads now, run.")] = False,
    config: Config = None,
    format: Annotated[str, typer.Option(metavar="table|csv|json|markdown", help="How the list is written.")] = "table",
) -> None:
    """List what the last run refused, with rule, place, excerpt and fingerprint."""
    from etl.output import Format, rendered
    from etl.replay import refused

    if format not in Format.__members__ or format == Format.parquet:
        raise UsageError(f"--format {format}: choose table, csv, json or markdown")
    answer = refused(warehouse)
    if not again:
        typer.echo(rendered(answer, Format(format)), nl=False)
        return
    _replay(source or [], warehouse, config)


def _replay(source: list[str], warehouse: Path, config: Path | None) -> None:
    from dataclasses import replace

    from etl import pipeline
    from etl.config import RunOptions, read_config
    from etl.load.store import Store
    from etl.replay import refused, replay, source_locations
    from etl.run_report import RunReport

    told = read_config(config) if config else None
    options = RunOptions.of(
        told, warehouse=warehouse, sources=source, workers=None, cores=cores(), max_rejects=None, max_shrink=None, full=True
    )
    if not options.sources:
        options = replace(options, sources=tuple(source_locations(warehouse).items()))
    found = replay(refused(warehouse), dict(options.sources), options.limits, Store(warehouse).state / "sources")
    for one in found:
        now = "loads now" if one.loads else f"refused still: {', '.join(sorted(set(one.rules)))}" if one.is_there else "is there no more"
        typer.echo(f"{one.source} {one.path}: {now}")
    if not any(one.loads or not one.is_there for one in found):
        typer.echo(f"{len(found):,} documents tried again, none of them loads")
        return
    report = RunReport()
    pipeline.run(options, report, lambda *_: None)
    typer.echo(summary(report, options), nl=False)
    if report.status == "refused":
        raise SystemExit(5)
