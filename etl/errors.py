"""What can go wrong, each with its exit code. A message says what happened, where, and what to do next."""

from pathlib import Path


class EtlError(Exception):
    """An error that the command line reports in words; anything else is a bug and shows its traceback."""

    exit_code = 1


class UsageError(EtlError):
    """The call itself cannot be carried out as asked."""

    exit_code = 2


class SourceError(EtlError):
    """A source is missing, unreachable, or not what it says. Nothing was written."""

    exit_code = 3


class StoreError(EtlError):
    """The warehouse cannot be read or written. The release before stands."""

    exit_code = 4


class RefusedError(EtlError):
    """A quality gate refused what was read. The release before stands; the run is logged."""

    exit_code = 5


class BusyError(EtlError):
    """Another run holds the warehouse."""

    exit_code = 6


def no_warehouse(root: Path) -> StoreError:
    """What to raise where a warehouse is asked for that nobody has filled."""
    return StoreError(f"{root} holds no warehouse yet: fill it with `spack-cache-etl run`, or name another with --warehouse")
