"""The manifest: which files make up a release. To replace it is to publish."""

import datetime as dt
from pathlib import Path

import msgspec

from etl.errors import StoreError
from etl.schema import SCHEMA_VERSION

__all__ = ["DataFile", "Manifest", "Snapshot"]

OLDEST = 2  # the schema version of the first release


class DataFile(msgspec.Struct, frozen=True):
    """One Parquet file; `path` is relative to the warehouse."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


class Snapshot(msgspec.Struct, frozen=True):
    """A source as it stood at one moment; a row of the view `snapshots`."""

    source: str
    snapshot_id: int
    observed_at: dt.datetime
    revision: str
    document_count: int
    changed_document_count: int
    spec_count: int
    run_id: str


class Manifest(msgspec.Struct, frozen=True):
    """A release: its files, and every snapshot up to it. `inputs` has a digest of what each source said."""

    release: int
    schema_version: int
    program_version: str
    inputs: dict[str, str]
    snapshots: list[Snapshot]
    files: list[DataFile]
    locations: dict[str, str] = {}  # of each source, without passwords

    def table(self, name: str) -> list[DataFile]:
        """The files of one table."""
        return [file for file in self.files if file.table == name]

    def latest(self, source: str) -> Snapshot | None:
        """The last snapshot of a source."""
        return max((one for one in self.snapshots if one.source == source), key=lambda one: one.snapshot_id, default=None)

    def encoded(self) -> bytes:
        """The manifest as the text of `manifest.json`."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    @classmethod
    def read(cls, path: Path) -> "Manifest | None":
        """The manifest in a file; None where there is none. Raises StoreError for a damaged or a newer one, or one that may not be read."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}; mend its permissions, or use another --warehouse") from error
        try:
            version = msgspec.json.decode(data, type=_Version).schema_version
            if version > SCHEMA_VERSION:
                known = f"{path} has schema version {version}; this program knows {SCHEMA_VERSION}"
                raise StoreError(f"{known}. Use a newer spack-cache-etl, or another --warehouse")
            if version < OLDEST:
                raise StoreError(f"{path} has schema version {version}, older than any that was released; load into another --warehouse")
            return msgspec.json.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise StoreError(f"{path} is damaged: {error}. Put back a manifest from manifests/, or use another --warehouse") from error


class _Version(msgspec.Struct):
    schema_version: int
