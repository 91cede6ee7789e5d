"""How a run or backfill ends: asked to, by an error or well; and who is told of it."""

import datetime as dt
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from etl.cli.export import check_exports, kept_in_step, not_in_step
from etl.cli.terminal import print_json, summary, tell_rejects
from etl.errors import EtlError

if TYPE_CHECKING:
    from etl.config import Exports, Notices, RunOptions
    from etl.notify.log import JsonLog
    from etl.run_report import RunReport


class Terminated(SystemExit):
    """A run that was asked to end, by a time limit or at a shutdown: it leaves nothing behind, and says so in its record."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)

    def __str__(self) -> str:
        """Stands in the record, behind the name of the class."""
        return "asked to end (SIGTERM), as a time limit or a shutdown does"


@contextmanager
def in_order() -> Iterator[None]:
    """End by an exception when asked to end, so that the run is cleaned up after and logged as any other that failed."""

    def end(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def told(
    notices: "Notices", exports: "Exports", report: "RunReport", options: "RunOptions", log: "JsonLog | None", as_json: bool
) -> Iterator[None]:
    """Tell how the run within ended: here at once, and whoever else wants to know once exports are in step with it.

    Raises UsageError before the run where exports cannot be made.
    """
    from etl.extract.sources import SAMPLE
    from etl.notify.ended import tell

    check_exports(exports, options.warehouse)
    started_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    if log is not None:
        log.start(options.warehouse, [name for name, _ in options.sources] or [SAMPLE], options.workers)
    bug = None
    try:
        yield
    except BaseException as error:
        report.status, report.reason = "failed", str(error) if isinstance(error, EtlError) else f"{type(error).__name__}: {error}"
        if not isinstance(error, EtlError | KeyboardInterrupt | SystemExit):
            bug = traceback.format_exc()
        if as_json:
            print_json(report)
        if log is not None and (bug or isinstance(error, EtlError)):  # the last line says it, as JSON
            raise SystemExit(getattr(error, "exit_code", 1)) from error
        if isinstance(error, Terminated) and log is None:
            typer.echo(f"error: {error}", err=True)
        raise
    else:
        if log is None:
            tell_rejects(report)
        print_json(report) if as_json else typer.echo(summary(report, options), nl=False)
    finally:
        if log is not None:
            log.rejects(report.rejects)
            log.end(report, bug)
        warnings: list[str] = []
        try:
            _keep_in_step(exports, report, options, warnings)
        finally:
            for warning in warnings + tell(notices, report, options.warehouse, started_at, bug):
                typer.echo(f"warning: {warning}", err=True) if log is None else log.warning(warning)


def _keep_in_step(exports: "Exports", report: "RunReport", options: "RunOptions", warnings: list[str]) -> None:
    """Export, and add to the warnings what went wrong, also where this is asked to end: the run stands, and is told of."""
    try:
        with in_order():
            warnings += kept_in_step(exports, report, options.warehouse)
    except BaseException as error:
        warnings += not_in_step(f"{type(error).__name__}: {error}", report, options.warehouse)
        raise
