"""Bytes to columns: list a source's documents, read them once, split them by their layout.

Public: `open_source`, `Listed`, `Listing`, `Source`, `Totals`, `Limits`, `Batch`, `read_batch`. Imports `errors` and `schema`.
"""

from etl.extract.batch import CLAIMED_LISTS, Batch, read_batch
from etl.extract.limits import Limits
from etl.extract.sources import Listed, Listing, Source, Totals, open_source

__all__ = ["CLAIMED_LISTS", "Batch", "Limits", "Listed", "Listing", "Source", "Totals", "open_source", "read_batch"]
