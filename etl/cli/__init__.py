"""The command line: the only place that prints, reads the environment or exits.

Commands import what they need when they are called: `--help` waits for nothing.
"""

import os
import sys
from typing import NoReturn

import typer

from etl.cli import backfill, connect, export, publish, questions, rejects, run, shell, sql, status, upkeep  # noqa: F401  (each adds its commands)
from etl.cli.app import app
from etl.errors import EtlError
from etl.workers import tune_memory

__all__ = ["app", "main"]

# As `--help` lists them: what is used daily first.
_DAILY = ("run", "backfill", "sql", "shell", "diff", "status", "check", "rejects")
_NOW_AND_THEN = ("connect", "doctor", "verify", "compact", "vacuum", "publish", "export", "docs")
_ORDER = (*_DAILY, *_NOW_AND_THEN)
app.registered_commands.sort(key=lambda one: _ORDER.index(one.name or getattr(one.callback, "__name__", "")))


def main() -> None:
    """Run the command line; an error that is no bug is told in words, with its own exit code."""
    tune_memory()
    try:
        app()
    except EtlError as error:
        typer.echo(f"error: {error}", err=True)
        _end(error.exit_code)
    except SystemExit as end:
        _end(end.code if isinstance(end.code, int) else int(end.code is not None))


def _end(code: int) -> NoReturn:
    """End the process at once: to take frames and libraries apart, object by object, is a tenth of a short run.

    Nothing waits for that: what was written is closed and safe on disk, and the workers have ended.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # whoever was reading has read enough
        code = code or 1
    os._exit(code)
