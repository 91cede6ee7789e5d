"""The application that the commands belong to, and the options that several of them share."""

import os
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path

from etl import __version__

app = typer.Typer(
    name="spack-cache-etl",
    help="The documents of a Spack binary cache as tables with SQL views.",
    epilog="Example: spack-cache-etl run, then spack-cache-etl sql 'from stack_contents'; both on the embedded sample.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)

Warehouse = Annotated[
    Path, typer.Option("--warehouse", envvar="SPACK_CACHE_WAREHOUSE", metavar="DIR", help="Folder of the warehouse.", file_okay=False)
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="YAML: sources (name: place), warehouse, budgets, limits, hooks, metrics.")
]
HERE = Path("warehouse")


@app.callback(invoke_without_command=True)
def _global(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"spack-cache-etl {__version__}")
        raise typer.Exit


def caches() -> Path:
    """The folder of this user's caches, as the system has it; not made yet."""
    return user_cache_path("spack-cache-etl", appauthor=False)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
