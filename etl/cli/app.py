"""The application that the commands belong to, and the options that several of them share."""

import datetime as dt
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path

from etl import __version__
from etl.errors import UsageError

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
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="YAML: sources (name: place), warehouse, budgets, limits, hooks, webhooks, metrics, openlineage, exports.",
    ),
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


def program_path(name: str) -> str | None:
    """Where a program is: on the PATH, or beside the Python that runs this."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def utc_time(option: str, text: str | None) -> dt.datetime | None:
    """The time that an option names, without its zone; None: it was not given. Raises UsageError for what is no time."""
    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r}: give an ISO time, e.g. 2026-11-23T04:00:00Z") from None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def without_extra(command: str, extra: str, error: ImportError) -> UsageError:
    """What to say where a library is missing that only an extra brings: how this very Python gets it."""
    install = f"{shlex.quote(sys.executable)} -m pip install 'spack-cache-etl[{extra}]' (in a checkout: '.[{extra}]')"
    return UsageError(f"{command} needs {error.name}, which the extra `{extra}` brings: {install}")
