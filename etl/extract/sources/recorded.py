"""What an adapter found of a package under a tag, as a listed document whose content is at hand."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from etl.extract.records import DocumentRecord, SpecRecord, encoded
from etl.extract.sources.listing import Listed, held

__all__ = ["UNKNOWN", "document"]

UNKNOWN = "unknown"  # package of entries that do not even name theirs; the reader of records refuses each of them


def document(tag: str, package: str, layout: str, specs: Sequence[SpecRecord | msgspec.Raw]) -> Listed:
    """A package under a tag as a document that holds its record; an entry that could not be read is among the specs as it is."""
    path = "/".join(quote(name, safe="+@-._~") for name in (tag, package))
    return held(path, encoded(DocumentRecord(tag, package, layout, specs)), tag, package, is_record=True)
