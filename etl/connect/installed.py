"""The tools that are installed beside this program, and which of their versions are known to work together."""

import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from etl.connect.finding import Finding, Level

__all__ = ["alchemy", "installed"]

_PAIRS = 'install "duckdb-sqlalchemy>=1.5.6" with "sqlalchemy>=2.1", or duckdb-engine==0.17.0 with "sqlalchemy<2"'
_NO_SETTINGS = ("-init", os.devnull)  # of the user's own; every version knows this word, not every one -no-init
_SECONDS = 30  # for a shell to start and to answer


def installed(catalog: Path | None, shell: Path | None) -> Iterator[Finding]:
    """A finding for each tool; the shell is tried on the catalog, if that opens at all."""
    yield _shell(catalog, shell)
    yield alchemy(_version("sqlalchemy"), _version("duckdb-engine"), _version("duckdb-sqlalchemy"))
    manager = _version("adbc-driver-manager")
    if manager:
        yield Finding(Level.ok, "ADBC", f"adbc-driver-manager {manager}, with the driver that is in the package duckdb")
    else:
        yield Finding(Level.absent, "ADBC", "adbc-driver-manager is not in this Python")
    harlequin = _version("harlequin")
    if harlequin and _numbers(harlequin) < (2, 0):
        yield Finding(Level.warning, "harlequin", f"{harlequin} is older than any that was tried", 'install "harlequin>=2.1"')
    elif harlequin:
        yield Finding(Level.ok, "harlequin", f"{harlequin}; start it with --read-only")
    else:
        yield Finding(Level.absent, "harlequin", "not in this Python")


def alchemy(sqlalchemy: str, engine: str, other: str) -> Finding:
    """Whether SQLAlchemy and a driver for DuckDB fit; a version is empty where the package is not installed."""
    if not sqlalchemy or not (engine or other):
        return Finding(Level.absent, "SQLAlchemy", "no driver for DuckDB in this Python")
    told = f"SQLAlchemy {sqlalchemy}, " + ", ".join(
        f"{name} {number}" for name, number in (("duckdb-engine", engine), ("duckdb-sqlalchemy", other)) if number
    )
    if engine and other:
        return Finding(Level.warning, "SQLAlchemy", f"{told}: two drivers claim the name duckdb", "remove one of them")
    if engine and _numbers(sqlalchemy) < (2, 0):
        return Finding(Level.ok, "SQLAlchemy", f"{told}: queries and reflection work")
    if other and _numbers(other) >= (1, 5, 6) and _numbers(sqlalchemy) >= (2, 1):
        return Finding(Level.ok, "SQLAlchemy", f"{told}: queries and reflection work")
    return Finding(Level.warning, "SQLAlchemy", f"{told}: this pair is known not to reflect tables, or not to load", _PAIRS)


def _shell(catalog: Path | None, shell: Path | None) -> Finding:
    if shell is None:
        return Finding(Level.absent, "duckdb shell", "neither on the PATH nor beside this Python")
    try:
        told = _output(shell, *_NO_SETTINGS, "--version").split()
        number = told[0] if told else "of an unknown version"
        if _numbers(number) < (1, 2):
            what = f"{shell} is {number}, which cannot read the catalog"
            return Finding(Level.warning, "duckdb shell", what, "install 1.2 or later")
        if catalog is not None:
            _output(shell, *_NO_SETTINGS, "-readonly", str(catalog), "-c", "SELECT release FROM files.release")
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None)  # bytes, where it took too long
        why = (said if said and isinstance(said, str) else str(error)).strip().splitlines()
        return Finding(Level.warning, "duckdb shell", f"{shell} does not answer: {why[0] if why else 'it failed'}", "install a later one")
    return Finding(Level.ok, "duckdb shell", f"{shell} is {number}" + (", and opens the catalog" if catalog is not None else ""))


def _output(*command: str | Path) -> str:
    words = list(map(str, command))
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=True, timeout=_SECONDS)
    return done.stdout


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: (1, 5, 6) of v1.5.6.dev1."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(map(int, match[1].split("."))) if match else ()
