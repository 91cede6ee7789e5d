"""A web server as a place: each file is asked for again until it is there whole, or it is clear that it will not be."""

import io
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3.exceptions

from etl import __version__
from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places.contract import Missing, inside, shown, too_large
from etl.extract.places.kept import Kept

__all__ = ["HttpPlace", "Patience"]

_PIECE = 1 << 16  # bytes received at once
_MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_LOCKED = frozenset({401, 403, 407})
_BUSY = 429
_SECONDS = re.compile(r"[0-9]{1,9}")
_HEADERS = {
    "User-Agent": f"spack-cache-etl/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # the bytes as they are stored: checksums and lengths are of those
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, and with whose clock."""

    tries: int = 5
    connect_seconds: float = 10.0
    read_seconds: float = 60.0  # in which nothing comes
    file_seconds: float = 3600.0  # for one file as a whole: some bytes each minute are no download
    first_wait: float = 1.0  # between the first tries; doubled with each
    longest_wait: float = 60.0  # also where the server asks for more
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random  # 0..1: clients that failed together do not come again together


class _AgainError(Exception):
    """A try that failed in a way in which the next may not. `after` are the seconds that the server asked for."""

    def __init__(self, what: str, after: float = 0.0) -> None:
        super().__init__(what)
        self.after = after


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: `requests` would read the body of each redirect whole, however long, also where it is told not to follow."""


class HttpPlace:
    """Files below an `http(s)://` address. User and password may stand in it, and a query, which is sent with each file's address.

    With a folder `state` each file is kept there with the server's name for its version, and fetched anew only if it changed.
    Proxies are those of the environment, as `requests` reads it.
    """

    def __init__(self, location: str, limits: Limits, state: Path | None, patience: Patience = Patience()) -> None:
        self.location = shown(location).rstrip("/")
        try:
            if not urlsplit(location).hostname:
                raise ValueError("it names no host")
            _ = urlsplit(location).port
        except ValueError as error:
            raise SourceError(f"{self.location} is no address: {error}; write it as https://host/path") from None
        self._parts = urlsplit(location)
        self._limits, self._patience = limits, patience
        self._kept = Kept(state) if state else None
        self._session = _Session()

    def fetch(self, path: str) -> bytes:
        """The bytes of one file as stored. Raises Missing (404, 410), TooLarge, SourceError; StoreError where `state` cannot be written."""
        folder = self._parts.path.rstrip("/")
        url = self._parts._replace(path=f"{folder}/{quote(inside(path, self.location), errors='surrogateescape')}", fragment="").geturl()
        for tried in range(1, self._patience.tries + 1):
            try:
                return self._fetched(url)
            except _AgainError as error:
                if tried == self._patience.tries:
                    times = f"{tried} times" if tried > 1 else "once"
                    raise SourceError(
                        f"{shown(url)} cannot be read: {error}; tried {times}. Check the address and the network, or run again later"
                    ) from error
                self._patience.sleep(self._pause(tried, error.after))
        raise AssertionError("the last try returns or raises")

    def files(self, prefix: str) -> None:
        """None: a web server has no list of its files."""

    def _pause(self, tried: int, after: float) -> float:
        wait = self._patience.first_wait * 2.0 ** (tried - 1) * (0.5 + self._patience.chance() / 2)
        return min(max(wait, after), self._patience.longest_wait)

    def _fetched(self, url: str) -> bytes:
        conditions = self._kept.conditions(url) if self._kept else {}
        ends = self._patience.clock() + self._patience.file_seconds
        with self._answer(url, conditions) as answer:
            if answer.status_code == HTTPStatus.NOT_MODIFIED and conditions and self._kept:
                kept = self._kept.body(url)
                if kept is None:  # damaged: ask for the whole
                    return self._received(url, ends)
                return kept
            return self._body(answer, url, ends)

    def _received(self, url: str, ends: float) -> bytes:
        with self._answer(url, {}) as answer:
            return self._body(answer, url, ends)

    def _answer(self, url: str, conditions: Mapping[str, str]) -> requests.Response:
        """The answer, its body not yet read, after redirects."""
        at = url
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                answer = self._session.get(
                    at,
                    headers={**_HEADERS, **conditions},
                    timeout=(self._patience.connect_seconds, self._patience.read_seconds),
                    stream=True,
                )
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                what = _words(error)
                if "CERTIFICATE_VERIFY_FAILED" in what:
                    raise SourceError(
                        f"{shown(at)}: its certificate is not trusted: {what}; check the address and this machine's"
                    ) from None
                raise _AgainError(what) from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:  # the last: host names in IDNA
                raise SourceError(f"{shown(at)} cannot be asked for: {_words(error)}; check the address") from None
            target = answer.headers.get("Location")
            if answer.status_code not in _REDIRECTS or target is None:
                return answer
            answer.close()
            at = _redirected(at, target)
        raise SourceError(f"{shown(url)} is redirected more than {_MOST_REDIRECTS} times; check the address")

    def _body(self, answer: requests.Response, url: str, ends: float) -> bytes:
        where, most, into = shown(url), self._limits.download_bytes, io.BytesIO()
        self._judge(answer, where)
        length = answer.headers.get("Content-Length", "") if "Transfer-Encoding" not in answer.headers else ""
        expected = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None
        if expected is not None and expected > most:
            raise too_large(where, most)
        try:
            # What has come, not a piece of full size: else a trickle of bytes would never let us look at the clock.
            while part := answer.raw.read1(_PIECE, decode_content=False):
                into.write(part)
                if into.tell() > most:
                    raise too_large(where, most)
                if self._patience.clock() > ends:
                    raise SourceError(
                        f"{where} took longer than {self._patience.file_seconds:,.0f} seconds, {into.tell():,} bytes came; run again later"
                    )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:  # the last: lengths of chunks that are no numbers
            raise _AgainError(f"it broke off after {into.tell():,} bytes: {_words(error)}") from error
        if expected is not None and into.tell() != expected:
            raise _AgainError(f"it broke off after {into.tell():,} of {expected:,} bytes")
        body = into.getvalue()
        if self._kept:
            self._kept.keep(url, answer.headers, body, self._patience.clock())
        return body

    def _judge(self, answer: requests.Response, where: str) -> None:
        """Return where the status is 200; raise what the others mean."""
        status = answer.status_code
        if status == HTTPStatus.OK:
            return
        what = f"HTTP {status}" + (f" {HTTPStatus(status).phrase}" if status in HTTPStatus._value2member_map_ else "")
        if status in _GONE:
            raise Missing(f"{where} does not exist ({what})")
        if status == _BUSY or 500 <= status <= 599:
            raise _AgainError(what, _asked_for(answer.headers.get("Retry-After", ""), self._patience.clock()))
        if status in _LOCKED:
            raise SourceError(f"{where} may not be read ({what}); check the address, and whether it needs https://user:password@host/...")
        raise SourceError(f"{where} gave no file ({what}); check the address")


def _redirected(url: str, target: str) -> str:
    """Where a redirect leads. From https it may not lead to http: others could then change what comes."""
    try:
        to = urljoin(url, target.encode("latin-1").decode())  # headers are read as Latin-1, whatever they are
        scheme, host = urlsplit(to).scheme, urlsplit(to).hostname
    except ValueError:
        raise SourceError(f"{shown(url)} is redirected to what is no address; check the address") from None
    if not host or scheme not in ("http", "https") or (scheme == "http" and urlsplit(url).scheme == "https"):
        raise SourceError(f"{shown(url)} is redirected to {shown(to)[:200]}, which is not followed; check the address")
    return to


def _asked_for(text: str, now: float) -> float:
    """The seconds that `Retry-After` asks for, as a number or a date; 0 where it says nothing."""
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _words(error: BaseException) -> str:
    """The innermost reason, in one line: the outer ones name the address once more, with its query."""
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        within = (getattr(error, "reason", None), *error.args, error.__cause__)
        inner = next((one for one in within if isinstance(one, BaseException)), None)
    if isinstance(error, TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return " ".join(text.split())[:300] or type(error).__name__
