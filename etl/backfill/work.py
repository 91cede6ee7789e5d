"""What the parts of a backfill are told: the whole of it, and the packages that one part is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.backfill.versions import Stretch
from etl.extract import Limits, Listed, Source
from etl.extract.git_history import GitHistory
from etl.load.manifest import DataFile
from etl.load.progress import Progress
from etl.transform.intervals import Gaps

__all__ = ["Task", "Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """A backfill of one source. `before` are the files of the release before; its snapshots of the source are counted up by `shift`."""

    source: GitHistory
    limits: Limits
    progress: Progress
    staging: Path
    root: Path
    before: Sequence[DataFile]
    shift: int
    last_id: int  # of the source's snapshots, when all is added
    gaps: Sequence[Gaps] = ()  # of each stretch


@dataclass(frozen=True, slots=True)
class Task:
    """All versions of some packages. `listed`: their documents in the last commit; None: the last snapshot is not of this backfill.

    `packages` bounds them: from the first, and before the second; None: no bound.
    """

    name: str
    documents: Sequence[tuple[Source, Listed]]
    packages: tuple[str | None, str | None]
    stretches: Sequence[Stretch]
    listed: Sequence[Listed] | None
    size_bytes: int
