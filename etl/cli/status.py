"""The command status."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated

import typer

from etl.cli.app import HERE, Warehouse, app
from etl.errors import StoreError, UsageError


@app.command(epilog="Example: spack-cache-etl status --warehouse /srv/warehouse --max-age 36h")
def status(
    warehouse: Warehouse = HERE,
    max_age: Annotated[
        str | None,
        typer.Option(
            metavar="HOURS", help="36, 36h or 2d: exit 5 where a source's newest snapshot is older, or the last run did not succeed."
        ),
    ] = None,
    metrics_file: Annotated[Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write metrics for Prometheus here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how fresh, how complete and how healthy the warehouse is."""
    import msgspec

    from etl.status import problems, read_status, status_text

    oldest = _age(max_age) if max_age is not None else None
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    found = read_status(warehouse)
    if oldest is not None:
        found.problems = problems(found, now, oldest)
    typer.echo(msgspec.json.encode(found).decode() if as_json else status_text(found, now))
    if metrics_file is not None:
        _write_metrics(metrics_file, warehouse)
    for problem in found.problems:
        typer.echo(f"not well: {problem}", err=True)
    if found.problems:
        raise SystemExit(5)


def _write_metrics(path: Path, warehouse: Path) -> None:
    from etl.load.runs import ended_runs
    from etl.load.store import Store
    from etl.notify.metrics import metrics_text, standing, write_metrics

    store = Store(warehouse)
    runs = ended_runs(store.runs)
    try:
        write_metrics(path, metrics_text(runs[-1] if runs else None, standing(store, runs)))
    except OSError as error:
        raise StoreError(f"metrics {path}: {error.strerror}; name a file in a folder that may be written to") from error


def _age(text: str) -> dt.timedelta:
    told = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*([hd]?)", text.strip())
    if told is None:
        raise UsageError(f"--max-age {text!r}: give hours or days, e.g. 36h or 2d")
    return dt.timedelta(hours=float(told[1]) * (24 if told[2] == "d" else 1))
