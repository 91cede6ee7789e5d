"""Which views become tables elsewhere, and in which order their rows stand there."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl.errors import UsageError
from etl.load.definitions import Definition, definitions
from etl.load.manifest import Manifest

__all__ = ["MOST_DAYS", "RELEASES", "TABLES", "View", "check_days", "views"]

RELEASES = "releases"  # the table that says which versions belong together
MOST_DAYS = 36_500  # that old versions may be kept

# The views of the model: without `runs`, which tells of this machine and changes without a release, and without those that only
# serve other views. Stored tables are not among them: their rows are in two parts, and point at snapshots by number.
TABLES = (
    "snapshots",
    "documents",
    "tags",
    "stacks",
    "packages",
    "versions",
    "targets",
    "operating_systems",
    "compilers",
    "specs",
    "spec_variants",
    "spec_dependencies",
    "spec_flags",
    "spec_patches",
    "spec_conflicts",
    "configurations",
    "configuration_variants",
    "tag_configurations",
    "tag_specs",
    "memberships",
    "tag_spec_history",
    "membership_history",
    "changes",
    "gaps",
    "published_counts",
    "reconciliation",
    "rejects",
)
_CLOCK = re.compile(r"\b(?:now|today|get_current_\w+)\s*\(|\b(?:current_|local)(?:date|time|timestamp)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class View:
    """A view that is exported, and a digest of what it and the views below it say."""

    definition: Definition
    digest: str

    @property
    def name(self) -> str:
        """The view's name, and the table's."""
        return self.definition.name

    @property
    def query(self) -> str:
        """Its rows in order.

        By package and spec first, as the stored tables are: equal hashes of several tags lie side by side, which is 12.7 MB in place
        of 21.3 MB for a million rows of `tag_specs`. What a snapshot adds lies together.
        """
        names = [column.name for column in self.definition.columns]
        grain = [name for name in self.definition.grain.replace(",", " ").split() if name in names]
        first = [] if "snapshot_id" in names else [name for name in ("package", "spec_hash") if name in names]
        return f"SELECT {', '.join(names)} FROM {self.name} ORDER BY {', '.join(dict.fromkeys([*first, *grain])) or 'ALL'}"

    def weight(self, manifest: Manifest) -> int:
        """Bytes of the stored tables that it reads by itself, for showing progress."""
        read = {name.removeprefix("data.") for name in self.definition.reads}
        return sum(file.bytes for file in manifest.files if file.table.removeprefix("recent_") in read)


def views(more: Sequence[str] = ()) -> Sequence[View]:
    """The views of the model, and others that are named. Raises UsageError for a name that is no view, or no table of a release."""
    known = {one.name: one for one in definitions()}
    for name in more:
        if name not in known or name in ("runs", RELEASES):
            raise UsageError(f"--view {name}: there is no such view to export; the data dictionary lists them: spack-cache-etl docs")
        if why := _changes(known[name], known):
            raise UsageError(f"--view {name}: its rows change without a release, for {why}; ask it with `spack-cache-etl sql` instead")
    return [View(known[name], _digest(known[name], known)) for name in dict.fromkeys((*TABLES, *more))]


def check_days(keep_days: float | None) -> None:
    """Raise UsageError for an age that is none."""
    if keep_days is not None and not 0 <= keep_days <= MOST_DAYS:  # nor is what is no number
        raise UsageError(f"--keep-days {keep_days:g}: give days from 0 to {MOST_DAYS}")


def _changes(one: Definition, known: dict[str, Definition]) -> str:
    """Why a view says something else tomorrow although the release stands; empty: it does not. It would be exported once and grow old."""
    if one.name == "runs":
        return "they tell of the runs of this machine"
    if _CLOCK.search(_COMMENT.sub("", one.statement)):
        return f"`{one.name}` asks what time it is"
    return next((why for name in one.reads if name in known and (why := _changes(known[name], known))), "")


def _digest(one: Definition, known: dict[str, Definition]) -> str:
    """Of all that decides about a view's rows and columns, but for the stored tables."""
    below = [_digest(known[name], known) for name in one.reads if name in known]
    told = repr((one.statement, one.columns, below))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
