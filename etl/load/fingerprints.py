"""What the listing showed of each document when its content was last read: a cache, to be lost without harm."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from etl.extract import Listed, Totals
from etl.extract.sources.listing import shown
from etl.load import durable
from etl.schema import RULES_VERSION, SCHEMA_VERSION

__all__ = ["Digests", "Fingerprints", "input_digest"]

Digests = Mapping[str, str]  # sha256 of each document's bytes by its path; empty: it could not be opened

_RULES = f"{SCHEMA_VERSION}.{RULES_VERSION}"


class Fingerprints(msgspec.Struct):
    """By source and path: the listing's fingerprint, and the sha256 that the bytes had then."""

    rules: str = _RULES
    sources: dict[str, dict[str, tuple[str, str]]] = {}

    @classmethod
    def read(cls, path: Path) -> "Fingerprints":
        """Those of the last run; none where the file is missing, damaged or of other rules: then all is read anew."""
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError):
            return cls()
        return found if found.rules == _RULES else cls()

    def write(self, path: Path) -> None:
        """Keep them for the next run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + durable.PART)
        part.write_bytes(msgspec.json.encode(self))  # a cache: not worth the wait until it is safe on disk
        part.replace(path)

    def keep(self, source: str, listed: Sequence[Listed], digests: Digests) -> None:
        """Remember what was read of a source, in place of what was known before."""
        self.sources[source] = {
            shown(one.path): (one.fingerprint, digests[one.path]) for one in listed if one.fingerprint is not None and digests.get(one.path)
        }

    def known(self, source: str, listed: Sequence[Listed]) -> Digests:
        """The content of the listed documents, unopened; those that may have changed are left out."""
        before = self.sources.get(source, {})
        digests = {}
        for one in listed:
            fingerprint, digest = before.get(shown(one.path), (None, "")) if one.is_file else (one.fingerprint, "")
            if fingerprint is not None and fingerprint == one.fingerprint:
                digests[one.path] = digest
        return digests


def input_digest(listed: Sequence[Listed], digests: Digests, totals: Totals) -> str:
    """One digest for all that a source says, and for the rules it is read by."""
    text = hashlib.sha256(f"rules {_RULES}\n".encode())
    for one in sorted(listed, key=lambda one: one.path):
        text.update(f"{one.path}\0{digests.get(one.path, '')}\n".encode(errors="surrogateescape"))
    for tag, count in sorted(totals.spec_counts.items()):
        text.update(f"count {tag}\0{count}\n".encode())
    for tag, stacks in sorted(totals.stacks.items()):
        text.update(f"stacks {tag}\0{chr(0).join(sorted(stacks))}\n".encode())
    return text.hexdigest()
