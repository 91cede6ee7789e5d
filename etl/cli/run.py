"""The command run."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Config, app, caches, cores, utc_time
from etl.cli.ended import in_order, told
from etl.cli.terminal import progress
from etl.errors import UsageError
from etl.workers import Workers

if TYPE_CHECKING:
    from etl.notify.log import JsonLog
    from etl.run_report import RunReport


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
    hook: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMAND", help="Call this after a run that published, was refused or failed, with --json's object on stdin."),
    ] = None,
    on_published: Annotated[list[str] | None, typer.Option(metavar="COMMAND", help="Call this after a run that published.")] = None,
    on_refused: Annotated[list[str] | None, typer.Option(metavar="COMMAND", help="Call this after a run that was refused.")] = None,
    on_failed: Annotated[list[str] | None, typer.Option(metavar="COMMAND", help="Call this after a run that failed.")] = None,
    webhook: Annotated[
        list[str] | None,
        typer.Option(envvar="SPACK_CACHE_WEBHOOK", metavar="URL", help="Post the object that --hook gets to this address."),
    ] = None,
    metrics_file: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write metrics for Prometheus here, however the run ends.")
    ] = None,
    export_delta: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Keep Delta tables of the release in this folder; see the command export."),
    ] = None,
    log_format: Annotated[str, typer.Option(metavar="text|json", help="What stderr gets: words, or a JSON object a line.")] = "text",
) -> None:
    """Bring the warehouse up to what the sources say now."""
    with _workers_ahead(source or [], warehouse or HERE, workers or cores()) as ahead:
        from etl import pipeline
        from etl.config import Exports, Notices, RunOptions, read_config
        from etl.run_report import RunReport

        settings = read_config(config) if config else None
        every = hook or []
        notices = Notices.of(
            settings,
            hooks={
                "published": every + (on_published or []),
                "refused": every + (on_refused or []),
                "failed": every + (on_failed or []),
            },
            webhooks=webhook or [],
            metrics_file=metrics_file,
        )
        options = RunOptions.of(
            settings,
            warehouse=warehouse,
            sources=source or [],
            observed_at=utc_time("--observed-at", observed_at),
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
        log = _log(log_format, report)
        with (
            told(Notices() if dry_run else notices, Exports.of(settings, export_delta), report, options, log, as_json),
            in_order(),
            progress() if log is None else nullcontext(log.step) as show,
        ):
            pipeline.run(options, report, show, workers=ahead)
    if report.status == "refused":
        if log is None:
            typer.echo(f"refused: {report.reason}", err=True)
        raise SystemExit(5)


def _log(form: str, report: "RunReport") -> "JsonLog | None":
    """The log of a run in JSON lines; None: people read it."""
    from etl.notify.log import JsonLog

    if form not in ("text", "json"):
        raise UsageError(f"--log-format {form}: choose text or json")
    if form == "text":
        return None
    return JsonLog(report.run_id, lambda line: typer.echo(line, err=True), lambda: dt.datetime.now(dt.UTC))


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
