"""The command publish."""

from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, without_extra
from etl.cli.terminal import progress

if TYPE_CHECKING:
    from etl.load.remote import Publication


@app.command(epilog="Example: spack-cache-etl publish --to s3://bucket/spack --public-url https://bucket.example.org/spack")
def publish(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="s3://bucket/prefix, gs://, az:// or file:///folder.")],
    warehouse: Warehouse = HERE,
    release: Annotated[int | None, typer.Option(min=1, metavar="N", help="This release.  [default: the current one]")] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where readers find it on the web.  [default: the address of --to]")
    ] = None,
    keep_releases: Annotated[
        int | None, typer.Option(min=2, metavar="K", help="Remove all but the newest K releases there.  [default: remove none]")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Put it in place of a newer release, or of another one of its number.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Copy a release to an object store, where any DuckDB reads it over the web."""
    import msgspec

    try:
        from etl.load.objects import Objects
        from etl.load.remote import PublishOptions
        from etl.load.remote import publish as copy
    except ImportError as error:
        raise without_extra("publish", "remote", error) from None
    from etl.load.store import Store

    with progress() as show:
        done = copy(Store(warehouse), Objects(to), PublishOptions(release, public_url, keep_releases, force), show)
    typer.echo(msgspec.json.encode(done).decode() if as_json else _told(done))


def _told(done: "Publication") -> str:
    if done.status == "unchanged":
        text = f"unchanged: release {done.release} is at {done.to}, nothing was sent"
    else:
        text = f"published: release {done.release} at {done.to}\nsent: {done.uploaded_files:,} of {done.files:,} data files"
        text += f", {done.uploaded_bytes:,} bytes with catalog and manifest"
    removed = f"\nremoved: {done.removed_files:,} data files of older releases" if done.removed_files else ""
    return f"{text}{removed}\nattach: {done.catalog}"
