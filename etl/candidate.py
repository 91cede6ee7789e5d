"""A release that is built and not yet published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl import __version__
from etl.load.comparison import Changes
from etl.load.fingerprints import Digests
from etl.load.manifest import DataFile, Manifest, Snapshot
from etl.schema import SCHEMA_VERSION
from etl.shards import Shard

__all__ = ["Candidate"]


@dataclass(slots=True)
class Candidate:
    """A release that is built and not yet judged: its files, staged or standing, what each source was read from, how many specs it has."""

    staging: Path
    files: list[DataFile]
    digests: dict[str, Digests]
    inputs: dict[str, str]  # of each source, one digest of all that it says
    ids: dict[str, int]  # of the snapshots
    spec_counts: dict[str, int]
    names: dict[str, set[str]]  # that the dimensions are of
    shards: Sequence[Shard] = ()  # that it was built in
    changes: Changes | None = None  # where alone it may differ from the release before; None: anywhere

    def manifest(self, before: Manifest | None, snapshots: Sequence[Snapshot], locations: Mapping[str, str]) -> Manifest:
        """The manifest that would make it the release after `before`, with snapshots that are new."""
        return Manifest(
            release=before.release + 1 if before else 1,
            schema_version=SCHEMA_VERSION,
            program_version=__version__,
            inputs=self.inputs,
            snapshots=[*(before.snapshots if before else ()), *snapshots],
            files=self.files,
            locations=dict(locations),
        )
