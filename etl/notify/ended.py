"""What follows a run, however it ended: hooks, webhooks, metrics, and a word in its record."""

import datetime as dt
from itertools import islice
from pathlib import Path

from etl import __version__
from etl.config import OUTCOMES, Notices
from etl.errors import EtlError
from etl.load.runs import RunRecord, add_to_run, read_runs
from etl.load.store import Store
from etl.notify.hooks import call
from etl.notify.message import message
from etl.notify.metrics import Standing, metrics_text, standing, write_metrics
from etl.notify.openlineage import events
from etl.notify.webhooks import post
from etl.run_report import RunReport

__all__ = ["tell"]


def tell(notices: Notices, report: RunReport, warehouse: Path, started_at: dt.datetime, traceback: str | None = None) -> list[str]:
    """Tell of a run's end whoever wants to know; what of that went wrong, in words.

    Of one that found nothing changed, the metrics and the lineage alone tell.
    """
    store = Store(warehouse)
    warnings = _called(notices, report, store.root) + _lineage(notices, report, store, started_at, traceback)
    if warnings or traceback:
        try:
            add_to_run(store.runs, report.run_id, warnings, traceback)
        except (OSError, EtlError) as error:
            warnings.append(f"the run's record could not be added to: {error}")
    if notices.metrics_file is not None:
        now, runs = Standing(), list[RunRecord]()
        try:
            runs = read_runs(store.runs)
            now = standing(store, runs)
        except EtlError as error:  # what is known is written all the same: that the run ended, and how
            warnings.append(f"metrics of the release are not known: {error}")
        last = next((one for one in runs if one.run_id == report.run_id), None) or _record(report, started_at, warnings)
        try:
            write_metrics(notices.metrics_file, metrics_text(last, now))
        except OSError as error:
            warnings.append(f"metrics {notices.metrics_file} could not be written: {error.strerror}")
    return warnings


def _called(notices: Notices, report: RunReport, warehouse: Path) -> list[str]:
    """What went wrong with hooks and webhooks."""
    hooks = notices.hooks.get(report.status, ())
    webhooks = notices.webhooks if report.status in OUTCOMES else ()
    if not hooks and not webhooks:
        return []
    text = message(report, warehouse)
    problems = []
    for number, words in enumerate(hooks, 1):
        if problem := call(words, text):  # of the command its program alone is told: the rest may hold a secret
            problems.append(f"hook {number} for {report.status} ({words[0]}) {problem}")
    return problems + [problem for url in webhooks if (problem := post(url, text))]


def _lineage(notices: Notices, report: RunReport, store: Store, started_at: dt.datetime, traceback: str | None) -> list[str]:
    """What went wrong with the collector of lineage; after a first event that it did not take, it gets no second."""
    if notices.openlineage is None:
        return []
    try:
        manifest = store.manifest()
    except EtlError:  # damaged: the run has told that already, and its events go without inputs
        manifest = None
    problems = (post(notices.openlineage, one, what="openlineage") for one in events(report, manifest, store.root, started_at, traceback))
    return list(islice(filter(None, problems), 1))


def _record(report: RunReport, started_at: dt.datetime, warnings: list[str]) -> RunRecord:
    """The record of a run that could not write one: the warehouse was held, or there is none yet."""
    return RunRecord(
        report.run_id,
        started_at,
        __version__,
        status="failed" if report.status == "dry_run" else report.status,  # of a dry run nobody is told
        finished_at=started_at + dt.timedelta(seconds=report.seconds),
        documents_seen=report.documents["seen"],
        documents_read=report.documents["read"],
        documents_rejected=report.documents["rejected"],
        seconds=report.seconds,
        peak_rss_bytes=report.peak_rss_bytes,
        reason=report.reason,
        warnings=warnings,
    )
