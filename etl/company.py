"""Which sources may stand in a warehouse together, and in which order their snapshots follow."""

import datetime as dt
from collections.abc import Sequence

from etl.errors import UsageError
from etl.extract.sources import SAMPLE
from etl.load.manifest import Manifest, Snapshot

__all__ = ["check_company", "next_observation"]


def check_company(names: Sequence[str], is_real: bool, before: Manifest | None) -> None:
    """A warehouse holds the made-up sample or real sources; and a run brings all of its sources up to date, or none."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two sources are named {twice[0]}: name each, e.g. public=/srv/cache.spack.io own=/srv/mirror")
    if is_real and SAMPLE in names:
        raise UsageError(f"the name {SAMPLE} is kept for the embedded, made-up cache: give the source another")
    held = set(before.inputs) if before else set()
    if held and (held == {SAMPLE}) == is_real:
        what, other = ("the made-up sample", "real sources") if is_real else ("real sources", "the made-up sample")
        raise UsageError(f"the warehouse holds {what}; {other} must not be mixed with it: name another folder with --warehouse")
    missing = sorted(held - set(names))
    if missing:
        raise UsageError(
            f"the warehouse holds the source {missing[0]} too, which this run does not name: name all its sources, or another --warehouse"
        )


def next_observation(last: Snapshot | None, asked: dt.datetime | None, told: dt.datetime) -> dt.datetime:
    """The time of a snapshot: as asked, else as the source or the clock told it. Snapshots of a source are strictly ordered."""
    if last is None or (asked or told) > last.observed_at:
        return asked or told
    if asked is not None:
        raise UsageError(f"--observed-at {asked} is not after the last snapshot of {last.source}, {last.observed_at}")
    return last.observed_at + dt.timedelta(seconds=1)
