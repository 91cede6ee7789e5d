"""Gates and checks: what must hold before a release becomes current, and what should hold in it.

Public: `audit`, `shrinkage`, `too_much_lost`, `run_checks`, `CheckResult`. Imports `query`, `load`, `errors` and `schema`, and what
they import.
"""

from etl.quality.audit import audit
from etl.quality.checks import CheckResult, run_checks
from etl.quality.gates import shrinkage, too_much_lost

__all__ = ["CheckResult", "audit", "run_checks", "shrinkage", "too_much_lost"]
