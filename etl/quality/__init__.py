"""Gates and checks: what must hold before a release becomes current, and what should hold in it.

Public: `shrinkage`, `run_checks`, `CheckResult`. Imports `query`, `load`, `errors` and `schema`, and what they import.
"""

from etl.quality.checks import CheckResult, run_checks
from etl.quality.gates import shrinkage

__all__ = ["CheckResult", "run_checks", "shrinkage"]
