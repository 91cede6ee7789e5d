"""What web servers sent, kept in a folder with what each server calls that version of the file, so that it is not sent twice."""

import hashlib
import re
import tempfile
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

from etl.errors import StoreError

__all__ = ["Kept"]

_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')
_DATE = re.compile(r"[A-Za-z]{3}, [0-9A-Za-z: ]{1,30}")
_SETTLED_SECONDS = 60  # a file written twice within one second keeps its Last-Modified: younger than this, it proves nothing
_UNUSED_SECONDS = 7 * 86400  # where each version has an address of its own, the old ones are never asked for again


class _Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line of a kept file; the body follows it."""

    sha256: str
    etag: str | None = None
    last_modified: str | None = None


_version = msgspec.json.Decoder(_Version)


class Kept:
    """A folder with one file for each address. A damaged file is as none: it costs a download, never a wrong answer."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when something is first kept."""
        self._folder = folder

    def conditions(self, url: str) -> dict[str, str]:
        """The headers by which a server sends the file only if it differs from the kept one; none where none is kept."""
        version, _ = self._read(url, body=False)
        if version is None:
            return {}
        said = {"If-None-Match": version.etag, "If-Modified-Since": version.last_modified}
        return {name: value for name, value in said.items() if value is not None}

    def body(self, url: str) -> bytes | None:
        """The kept bytes; None where they are not what was put there."""
        version, body = self._read(url, body=True)
        if version is None or hashlib.sha256(body).hexdigest() != version.sha256:
            return None
        self._file(url).touch()
        return body

    def keep(self, url: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Keep a body if the server said by what to ask for it again. Raises StoreError where the folder cannot be written.

        Nothing is forced to the disk: what a crash leaves half written is found by its checksum.
        """
        etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        version = _Version(
            hashlib.sha256(body).hexdigest(),
            etag if _ETAG.fullmatch(etag) else None,
            modified if _DATE.fullmatch(modified) and _age(modified, headers.get("Date"), now) >= _SETTLED_SECONDS else None,
        )
        if version.etag is None and version.last_modified is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._forget(now)
            self._write(self._file(url), msgspec.json.encode(version) + b"\n", body)
        except OSError as error:
            raise StoreError(
                f"{self._folder}: what was downloaded cannot be kept there: {error.strerror}; make room, or check its permissions"
            ) from error

    def _file(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()}.kept"

    def _read(self, url: str, body: bool) -> tuple[_Version | None, bytes]:
        try:
            with self._file(url).open("rb") as file:
                version = _version.decode(file.readline(10_000))
                return version, file.read() if body else b""
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None, b""

    def _write(self, file: Path, *parts: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix="aside-", suffix=".kept", delete=False) as aside:
            try:
                for part in parts:
                    aside.write(part)
                aside.flush()
                Path(aside.name).replace(file)
            except OSError:
                Path(aside.name).unlink(missing_ok=True)
                raise

    def _forget(self, now: float) -> None:
        """Remove what nobody asked for in a week, and what dead runs left."""
        for file in self._folder.glob("*.kept"):
            if now - file.stat().st_mtime > _UNUSED_SECONDS:
                file.unlink(missing_ok=True)


def _age(modified: str, date: str | None, now: float) -> float:
    """Seconds between a file's last change and the answer, both by the server's clock where it says it."""
    try:
        answered = parsedate_to_datetime(date).timestamp() if date else now
        return answered - parsedate_to_datetime(modified).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
