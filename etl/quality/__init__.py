"""Gates: what must hold before a release becomes current.

Public: `shrinkage`. Imports `load`, `errors` and `schema`, and what they import.
"""

from etl.quality.gates import shrinkage

__all__ = ["shrinkage"]
