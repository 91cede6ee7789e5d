"""Checks of a published warehouse: each a query that returns what breaks a claim."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from etl.load.definitions import checks
from etl.query import Answer, ask

__all__ = ["CheckResult", "run_checks"]


class CheckResult(NamedTuple):
    """A check and the rows that break its claim; none: it holds."""

    name: str
    severity: str
    claim: str
    broken: Answer


def run_checks(warehouse: Path) -> Sequence[CheckResult]:
    """Every check under `sql/checks/`, errors first. Raises StoreError where there is no warehouse."""
    return [CheckResult(one.name, one.severity, one.summary, ask(warehouse, one.statement)) for one in checks()]
