"""The command run."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Config, app, caches, cores
from etl.cli.terminal import print_json, progress, summary, tell_rejects
from etl.errors import EtlError, UsageError
from etl.workers import Workers


@app.command(epilog="Example: spack-cache-etl run public=/srv/cache.spack.io --warehouse /srv/warehouse")
def run(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=]SOURCE",
            help="A folder that is or holds _cache/; a document; a .zip, .tar, .tar.gz or .tar.zst; s3://, gs:// or az:// with pages; "
            "git+REPOSITORY[@REF]; buildcache+MIRROR_OR_MANIFEST; site+PLACE. None and no config: the embedded sample.",
        ),
    ] = None,
    warehouse: Annotated[
        Path | None, typer.Option(envvar="SPACK_CACHE_WAREHOUSE", metavar="DIR", help="Folder to fill.  [default: ./warehouse]")
    ] = None,
    config: Config = None,
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
    with _workers_ahead(source or [], warehouse or HERE, workers or cores()) as ahead:
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
            cores=cores(),
            max_rejects=max_rejects,
            max_shrink=max_shrink,
            accept_shrink=accept_shrink,
            full=full,
            dry_run=dry_run,
            caches=caches(),
        )
        report = RunReport()
        try:
            with progress() as show:
                pipeline.run(options, report, show, workers=ahead)
        except EtlError as error:
            if as_json:
                report.status, report.reason = "failed", str(error)
                print_json(report)
            raise
    tell_rejects(report)
    print_json(report) if as_json else typer.echo(summary(report, options), nl=False)
    if report.status == "refused":
        typer.echo(f"refused: {report.reason}", err=True)
        raise SystemExit(5)


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


def _time(text: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--observed-at {text!r}: give an ISO time, e.g. 2026-11-23T04:00:00Z") from None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
