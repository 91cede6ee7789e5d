"""Commands that keep a warehouse in order: verify, vacuum, compact."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, caches, cores
from etl.cli.terminal import progress
from etl.errors import StoreError, UsageError

if TYPE_CHECKING:
    from etl.compaction import Sizes
    from etl.load.verify import Verification

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.command(epilog="Example: spack-cache-etl verify --warehouse /srv/warehouse --all")
def verify(
    warehouse: Warehouse = HERE,
    release: Annotated[int | None, typer.Option(min=1, metavar="N", help="A release that is kept.  [default: the current one]")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every release that is kept.")] = False,
    as_json: Json = False,
) -> None:
    """Check every file against the manifest: rows, bytes, sha256, columns; and the catalog with it. Writes nothing."""
    import msgspec

    from etl.load.store import Store
    from etl.load.verify import verify as verified

    if every and release is not None:
        raise UsageError("--release and --all: give one of the two")
    with progress() as show:
        found = verified(Store(warehouse), release, every, show)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        for one in found.damaged:
            typer.echo(f"{one.path} ({_place(one.table, one.releases)}) {one.what}")
        if not found.damaged:
            typer.echo(f"{_releases(found.releases)}: {_files(found.files)}, {_megabytes(found.bytes)}, all as the manifest has them")
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)
    if found.damaged:
        raise StoreError(_advice(found))


@app.command(epilog="Example: spack-cache-etl vacuum --keep-days 30 --apply")
def vacuum(
    keep_days: Annotated[float, typer.Option(min=0, metavar="N", help="Keep the releases of the last N days.")],
    warehouse: Warehouse = HERE,
    keep_releases: Annotated[int, typer.Option(min=1, metavar="K", help="Keep the newest K releases, however old.")] = 2,
    grace_minutes: Annotated[
        float, typer.Option(min=0, metavar="M", help="Keep what was current M minutes ago: somebody may be reading it.")
    ] = 60,
    apply: Annotated[bool, typer.Option("--apply", help="Remove it. Otherwise only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove old releases, and the files that only they name. What a view answers stays: the history is in the current release."""
    import msgspec

    from etl.load.retention import Retention
    from etl.load.retention import vacuum as vacuumed
    from etl.load.store import Store

    found = vacuumed(Store(warehouse), Retention(keep_days, keep_releases, grace_minutes), time.time(), apply)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    gone = f"{_releases(found.removed_releases)}; {_files(len(found.files))}, {_megabytes(found.bytes)}"
    typer.echo(f"{'removed' if apply else 'would remove'}: {gone}")
    typer.echo(f"{'kept' if apply else 'would keep'}: {_releases(found.kept_releases)}")
    if not apply:
        typer.echo("nothing was removed: --apply does it")


@app.command(epilog="Example: spack-cache-etl compact --apply")
def compact(
    warehouse: Warehouse = HERE,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes that write files.  [default: one a core]")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Publish it as a release. Otherwise only say what it would come to.")] = False,
    as_json: Json = False,
) -> None:
    """Join the many small files that nights leave into few sorted ones. No view answers otherwise than before."""
    import msgspec

    from etl.compaction import compact as compacted
    from etl.load.store import Store
    from etl.workers import Workers

    with Workers((workers or cores()) - 1) as beside:
        found = compacted(Store(warehouse, caches()), beside, apply)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    if found.status == "unchanged":
        typer.echo(f"unchanged: release {found.release} has nothing to join: {_sizes(found.before)}")
        return
    for name, (before, after) in found.tables.items():
        typer.echo(f"{name}: {_sizes(before)} -> {_sizes(after)}")
    typer.echo(f"all tables: {_sizes(found.before)} -> {_sizes(found.after)}")
    typer.echo(f"published: release {found.release}" if found.status == "published" else "nothing was written: --apply does it")


def _advice(found: "Verification") -> str:
    """What was found in one sentence, and what to do."""
    broken = [one for one in found.damaged if one.table is not None or one.path.startswith("manifests/")]
    if not broken:
        return (
            f"the catalog of {found.warehouse} is not that of the release; its data is whole: the next `spack-cache-etl run` builds it anew"
        )
    names = ", ".join(one.path for one in broken[:3]) + (f" and {len(broken) - 3:,} more" if len(broken) > 3 else "")
    return (
        f"missing or damaged in {found.warehouse}: {names}. Put back from a copy what you have; remove a damaged data file that you have "
        "no copy of: the next `spack-cache-etl run` goes on from the newest release that is whole"
    )


def _place(table: str | None, releases: list[int]) -> str:
    return ", ".join([*([f"table {table}"] if table else []), *([_releases(releases)] if releases else [])]) or "manifest"


def _releases(numbers: list[int]) -> str:
    if not numbers:
        return "no release"
    if len(numbers) == 1:
        return f"release {numbers[0]}"
    if numbers[-1] - numbers[0] + 1 == len(numbers):
        return f"releases {numbers[0]} to {numbers[-1]}"
    return f"releases {', '.join(map(str, numbers))}" if len(numbers) <= 10 else f"{len(numbers)} releases, {numbers[0]} to {numbers[-1]}"


def _sizes(sizes: "Sizes") -> str:
    return f"{_files(sizes.files)}, {_megabytes(sizes.bytes)}"


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
