"""Commands for other tools: connect prints their settings, doctor says what stands in their way."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl.cli.app import HERE, Warehouse, app, program_path

if TYPE_CHECKING:
    from etl.connect import Finding

_NAMES = {"ok": "ok", "warning": "warning", "problem": "problem", "absent": "-"}


@app.command(epilog="Example: spack-cache-etl connect superset --warehouse /srv/warehouse")
def connect(
    tool: Annotated[str | None, typer.Argument(metavar="TOOL", help="One of those listed without it; all prints every one.")] = None,
    warehouse: Warehouse = HERE,
) -> None:
    """Print settings to copy into a BI tool or a program, with this warehouse's paths; without TOOL, list the tools."""
    from etl.connect import ALIASES, introduction, settings, tools

    if tool is None:
        width = max(map(len, tools()))
        listed = (f"{name:<{width}}  {what}" for name, what in tools().items())
        other = ", ".join(f"{name} ({real})" for name, real in ALIASES.items())
        typer.echo("\n".join((*listed, f"\nAlso: {other}. Then: spack-cache-etl connect TOOL, or connect all")))
        return
    try:
        is_there = (warehouse.expanduser() / "spack_cache.duckdb").exists()
    except OSError as error:
        typer.echo(f"note: {warehouse}: {error.strerror}; these are the settings for whoever may read it", err=True)
    else:
        if not is_there:
            typer.echo(f"note: {warehouse} holds no warehouse yet; these are the settings for one that will", err=True)
    if tool.lower() == "all":
        typer.echo("\n".join((introduction(warehouse), *(settings(name, warehouse) for name in tools()))), nl=False)
    else:
        typer.echo(settings(tool, warehouse), nl=False)


@app.command(epilog="Example: spack-cache-etl doctor --warehouse /srv/warehouse")
def doctor(warehouse: Warehouse = HERE) -> None:
    """Open the warehouse as other tools would, and say what is wrong and what to do; exits 4 where the warehouse has a problem."""
    from etl.connect import Level, examine

    shell = program_path("duckdb")
    found = list(examine(warehouse, Path(shell) if shell else None))
    typer.echo(_told(found))
    if any(one.level == Level.problem for one in found):
        raise SystemExit(4)


def _told(found: Sequence["Finding"]) -> str:
    """A line a finding, and below it what to do."""
    lines = []
    for one in found:
        lines.append(f"{_NAMES[one.level]:<8} {one.subject}: {one.what}")
        if one.next:
            lines.append(f"{'':<8} what to do: {one.next}")
    return "\n".join(lines)
