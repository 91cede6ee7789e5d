"""An object store as a place: S3, Google, Azure, or the memory of this process. Credentials are those of the environment."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from etl import __version__
from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places.contract import Missing, inside, shown, too_large

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

__all__ = ["ObjectPlace", "opened"]

_PIECE = 1 << 20  # bytes received at once
_LISTED_AT_ONCE = 1000
_QUERY = re.compile(r"(?<!<)\?\S*")  # may hold a signature

_CLIENT: "ClientConfig" = {
    "allow_http": True,  # where the environment names an endpoint `http://`: given options replace its AWS_ALLOW_HTTP
    "connect_timeout": "10s",
    "read_timeout": "60s",
    "timeout": "1h",  # for one object as a whole: the default of 30 seconds is too short for an index
    "user_agent": f"spack-cache-etl/{__version__}",
}
_RETRIES: "RetryConfig" = {"max_retries": 5, "retry_timeout": timedelta(minutes=3)}
_HINT = (
    "check the address and the credentials, which come from the environment, e.g. AWS_ACCESS_KEY_ID and AWS_REGION, "
    "or AWS_SKIP_SIGNATURE=true for a bucket that is open to all"
)


@cache
def opened(location: str) -> "ObjectStore":
    """The store at a URL, one for each process: clients are costly, and cannot be sent to another process. Raises SourceError."""
    scheme = location.partition("://")[0].lower()
    try:
        if scheme in ("memory", "file"):
            return from_url(location)
        return from_url(location, client_options=_CLIENT, retry_config=_RETRIES)
    except (BaseError, ValueError, OSError) as error:
        raise SourceError(f"{shown(location)} cannot be opened: {_words(error)}; {_HINT}") from None


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """Objects below an `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `memory:///`."""

    url: str
    limits: Limits

    @property
    def location(self) -> str:
        """The URL, without secrets."""
        return shown(self.url).rstrip("/")

    def fetch(self, path: str) -> bytes:
        """The bytes of one object. Raises Missing, TooLarge, SourceError."""
        where, most, into = f"{self.location}/{path}", self.limits.download_bytes, io.BytesIO()
        store, path = opened(self.url), inside(path, self.location)
        try:
            found = obstore.get(store, path)
            if found.meta["size"] > most:
                raise too_large(where, most)
            for part in found.stream(min_chunk_size=_PIECE):
                into.write(part)
                if into.tell() > most:
                    raise too_large(where, most)
        except FileNotFoundError:
            raise Missing(f"{where} does not exist") from None
        except (BaseError, ValueError, OSError) as error:
            raise SourceError(f"{where} cannot be read: {_words(error)}; {_HINT}") from None
        return into.getvalue()

    def files(self, prefix: str) -> Iterator[str]:
        """The path of each object below a folder of the place, in byte order."""
        yield from sorted((entry["path"] for entry in self.entries(prefix)), key=str.encode)

    def entries(self, prefix: str) -> "Iterator[ObjectMeta]":
        """Each object below a folder of the place, with size, time and tag, in the store's order."""
        prefix, store = prefix.strip("/"), opened(self.url)
        try:
            for some in obstore.list(store, inside(prefix, self.location) if prefix else None, chunk_size=_LISTED_AT_ONCE):
                yield from some
        except (BaseError, ValueError, OSError) as error:
            raise SourceError(f"{f'{self.location}/{prefix}'.rstrip('/')} cannot be listed: {_words(error)}; {_HINT}") from None


def _words(error: Exception) -> str:
    """What the library says, without its internals below the first paragraph."""
    return " ".join(_QUERY.sub("", str(error).partition("\n\n")[0]).split())[:500]
