"""The command backfill."""

from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import Config, app, caches, cores, utc_time
from etl.cli.ended import in_order, told
from etl.cli.terminal import progress
from etl.errors import UsageError


@app.command(epilog="Example: spack-cache-etl backfill public=git+/srv/cache.git@main --since 2024-01-01 --every day")
def backfill(
    repo: Annotated[str, typer.Argument(metavar="[NAME=]REPO", help="git+REPOSITORY[@REF], or the path of a repository.")],
    warehouse: Annotated[
        Path | None, typer.Option(envvar="SPACK_CACHE_WAREHOUSE", metavar="DIR", help="Folder to fill.  [default: ./warehouse]")
    ] = None,
    ref: Annotated[str | None, typer.Option(metavar="REF", help="Branch, tag or commit whose history is meant.  [default: HEAD]")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Commits from this UTC time on; the first shows all before.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Commits up to this UTC time.")] = None,
    every: Annotated[str, typer.Option(metavar="commit|day", help="Each commit, or the last of each UTC day.")] = "commit",
    config: Config = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that read documents.  [default: one a core]")] = None,
    max_rejects: Annotated[
        str | None, typer.Option(metavar="N|P%", help="Documents with rejects that the last commit may have.  [default: 1%]")
    ] = None,
    max_shrink: Annotated[
        str | None,
        typer.Option(metavar="P%", help="Refuse a tag or stack that then has lost more than this of its specs.  [default: 50%]"),
    ] = None,
    accept_shrink: Annotated[bool, typer.Option("--accept-shrink", help="Publish whatever was lost.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Add the history of a git repository to the warehouse, oldest commit first; a run that was killed goes on where it was."""
    from etl.backfill.run import Bounds
    from etl.backfill.run import backfill as fill
    from etl.config import Exports, Notices, RunOptions, read_config
    from etl.run_report import RunReport

    if every not in ("commit", "day"):
        raise UsageError(f"--every {every}: choose commit or day")
    bounds = Bounds(utc_time("--since", since), utc_time("--until", until), "day" if every == "day" else "commit")
    settings = read_config(config) if config else None
    options = RunOptions.of(
        settings,
        warehouse=warehouse,
        sources=[_source(repo, ref)],
        workers=workers,
        cores=cores(),
        max_rejects=max_rejects,
        max_shrink=max_shrink,
        accept_shrink=accept_shrink,
        caches=caches(),
    )
    report = RunReport()
    notices = Notices.of(settings, hooks={}, webhooks=[], metrics_file=None)
    with told(notices, Exports.of(settings, None), report, options, None, as_json), in_order(), progress() as show:
        for note in fill(options, bounds, report, show):
            typer.echo(note, err=True)
    if report.status == "refused":
        typer.echo(f"refused: {report.reason}", err=True)
        raise SystemExit(5)


def _source(repo: str, ref: str | None) -> str:
    """REPO as a source of git, with the ref that was asked for."""
    from etl.extract.sources import UNNAMED, named

    name, location = named(repo)
    if location.startswith(("buildcache+", "site+")):
        raise UsageError(f"{location} is no git repository: a backfill reads the history of one, git+REPOSITORY[@REF]")
    if not location.startswith("git+"):
        location = f"git+{location}"
    return f"{name or UNNAMED}={location}{f'@{ref}' if ref else ''}"
