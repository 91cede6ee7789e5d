"""The command export, and what a run keeps in step with its releases."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, without_extra
from etl.cli.terminal import progress
from etl.errors import EtlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.config import Exports
    from etl.export.delta import DeltaExport, DeltaOptions
    from etl.run_report import RunReport


@app.command(epilog="Example: spack-cache-etl export --format delta --output /srv/lake/spack")
def export(
    output: Annotated[Path, typer.Option("--output", metavar="DIR", file_okay=False, help="Folder of the tables, one folder each.")],
    format: Annotated[str, typer.Option("--format", metavar="delta", help="Form of the tables.")] = "delta",
    warehouse: Warehouse = HERE,
    release: Annotated[int | None, typer.Option(min=1, metavar="N", help="This release.  [default: the current one]")] = None,
    view: Annotated[
        list[str] | None, typer.Option("--view", metavar="VIEW", help="Export this view too, beside those of the model; may be repeated.")
    ] = None,
    keep_days: Annotated[
        float | None,
        typer.Option(
            min=0, max=36_500, metavar="N", help="Remove files of versions that were replaced over N days ago.  [default: remove none]"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write a release as Delta tables, for Spark, Trino and others; the next one becomes a new version of each."""
    import msgspec

    if format != "delta":
        raise UsageError(f"--format {format}: choose delta; Parquet files are in the warehouse, and `sql --output` writes the others")
    export_delta, options = _delta()
    with progress() as show:
        done = export_delta(warehouse, output, options(release, view or (), keep_days), show)
    typer.echo(msgspec.json.encode(done).decode() if as_json else _told(done))


def check_exports(exports: "Exports", warehouse: Path) -> None:
    """Raise UsageError where exports could not be kept in step whatever a run finds: at the first try, and not each night after it."""
    if exports.delta is None:
        return
    _delta()
    from etl.export.folder import folder_for
    from etl.export.tables import check_days, views

    try:
        folder_for(Path(exports.delta), warehouse.expanduser().resolve())
        views(exports.views)
        check_days(exports.keep_days)
    except UsageError as error:
        raise UsageError(f"exports: {error}") from None


def kept_in_step(exports: "Exports", report: "RunReport", warehouse: Path) -> list[str]:
    """Bring exports to the release after a run that went well; what went wrong, in words, for the run itself stands."""
    if exports.delta is None or report.status not in ("published", "unchanged"):
        return []
    try:
        export_delta, options = _delta()
        export_delta(warehouse, Path(exports.delta), options(None, exports.views, exports.keep_days))
    except EtlError as error:
        return not_in_step(str(error), report, warehouse)
    return []


def not_in_step(why: str, report: "RunReport", warehouse: Path) -> list[str]:
    """What went wrong with exports, in words; it is added to the run's record."""
    from etl.load.runs import add_to_run
    from etl.load.store import Store

    warnings = [f"the Delta tables are not those of the release, and the next run tries again: {why}"]
    try:
        add_to_run(Store(warehouse).runs, report.run_id, warnings, None)
    except (OSError, EtlError) as failure:
        warnings.append(f"the run's record could not be added to: {failure}")
    return warnings


def _delta() -> "tuple[Callable[..., DeltaExport], type[DeltaOptions]]":
    try:
        from etl.export.delta import DeltaOptions, export_delta
    except ImportError as error:
        raise without_extra("export", "delta", error) from None
    return export_delta, DeltaOptions


def _told(done: "DeltaExport") -> str:
    if done.status == "unchanged":
        return f"unchanged: the {done.tables} tables in {done.output} hold release {done.release}"
    text = f"exported: release {done.release} to {done.output}\n"
    text += f"written: {done.written_tables} of {done.tables} tables, {done.written_rows:,} rows, in {done.seconds:.1f} s"
    return text + (f"\nremoved: {done.removed_files:,} files of earlier versions" if done.removed_files else "")
