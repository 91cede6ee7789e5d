"""Pages in an object store: `_cache/<tag>/<package>/specs.md` below a prefix of a bucket."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places import Missing, TooLarge, bucket, fetched
from etl.extract.sources.listing import Listed, Listing, pages, placed
from etl.extract.totals import LARGEST, totals

if TYPE_CHECKING:
    from obstore import ObjectMeta

    from etl.extract.places.objects import ObjectPlace

__all__ = ["BucketSource"]

# An object written twice within one tick of the store's clock keeps its time: younger than this, time proves nothing.
_SETTLED = dt.timedelta(seconds=5)
_END = re.compile(r"(?<=[^/])/_cache/*$")


@dataclass(frozen=True, slots=True)
class BucketSource:
    """A copy of the cache's pages at `s3://bucket/prefix`, which is or holds `_cache/`; also `gs://`, `az://`, `memory:///`."""

    name: str
    location: str
    limits: Limits

    def list(self) -> Listing:
        """Every page below `_cache/`, in path order, none of them opened; totals from `_data/`. Raises SourceError."""
        now = dt.datetime.now(dt.UTC)
        try:
            place = self._place(LARGEST)
            found = pages(_listed(entry, now) for entry in place.entries("_cache"))
            if not found:
                raise SourceError(f"no page (specs.md) lies below {place.location}/_cache: an empty or half-made copy?")
            meta, tags = (fetched(place, f"_data/{name}.yaml") for name in ("meta", "tags"))
            return Listing(found, totals=totals(meta, tags))
        except SourceError as error:
            raise SourceError(f"source {self.name}: {error}") from error

    def read(self, document: Listed) -> bytes:
        """The bytes of one page, or of a file beside it.

        Raises OSError where it is gone or has grown over the limit since it was listed; SourceError where the store fails,
        which is no fault of the page.
        """
        try:
            return self._place(self.limits.document_bytes).fetch(document.path)
        except (Missing, TooLarge) as error:
            raise OSError(str(error)) from None
        except SourceError as error:
            raise SourceError(f"source {self.name}: {error}") from error

    def _place(self, most: int) -> "ObjectPlace":
        """The folder that holds `_cache`; files of at most so many bytes."""
        return bucket(_END.sub("", self.location), replace(self.limits, download_bytes=most))


def _listed(entry: "ObjectMeta", now: dt.datetime) -> Listed:
    version, changed = entry["e_tag"], entry["last_modified"]
    if version and not version.startswith("W/"):  # a weak one may stay while bytes change
        fingerprint: str | None = f"{entry['size']}-{version}"
    else:
        fingerprint = f"{entry['size']}-{changed.isoformat()}" if now - changed > _SETTLED else None
    tag, package = placed(entry["path"])
    return Listed(entry["path"], entry["size"], fingerprint, tag=tag, package=package)
