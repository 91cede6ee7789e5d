"""What was refused, and whether it still would be: the command `rejects`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import UsageError, no_warehouse
from etl.extract import Limits, open_source, read_batch
from etl.extract.sources.listing import shown
from etl.load.runs import read_runs
from etl.load.store import Store
from etl.query import Answer, ask

__all__ = ["Replayed", "refused", "replay", "source_locations"]

COLUMNS = ("source", "path", "scope", "rule", "detail", "line", "excerpt", "sha256")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A document that was refused, or a part of it, read once more. `rules` are those it breaks now; none: it loads whole."""

    source: str
    path: str
    rules_before: Sequence[str]
    rules: Sequence[str]
    is_there: bool

    @property
    def loads(self) -> bool:
        """Whether it would load whole now."""
        return self.is_there and not self.rules


def refused(warehouse: Path) -> Answer:
    """What the last run refused: that of the current release, or of a later run that was refused as a whole.

    Raises StoreError where there is no warehouse.
    """
    store = Store(warehouse)
    manifest = store.manifest()
    ended = [one for one in read_runs(store.runs) if one.status != "running"] if store.runs.is_dir() else []
    if ended and ended[-1].status == "refused":
        return Answer(COLUMNS, [tuple(row.get(name) for name in COLUMNS) for row in ended[-1].rejects])
    if manifest is None:
        raise no_warehouse(store.root)
    return ask(warehouse, f"select {', '.join(COLUMNS)} from rejects order by source, path, line, rule, excerpt")


def source_locations(warehouse: Path) -> Mapping[str, str]:
    """Where the sources of the current release were read from. Raises UsageError where that is not known."""
    manifest = Store(warehouse).manifest()
    if manifest is None or not manifest.locations:
        raise UsageError("the warehouse does not say where its sources are: name them, e.g. public=/srv/cache.spack.io")
    return manifest.locations


def replay(answer: Answer, sources: Mapping[str, str], limits: Limits, state: Path) -> Sequence[Replayed]:
    """Read every document again that has a reject, by the rules of today.

    Raises SourceError for a source that cannot be listed.
    """
    before: dict[tuple[str, str], list[str]] = {}
    for row in answer.rows:
        source, path, _, rule = map(str, row[:4])
        before.setdefault((source, path), []).append(rule)
    found: list[Replayed] = []
    for name in sorted({source for source, _ in before} & set(sources)):
        opened = open_source(name, sources[name], limits, state / name)
        wanted = {path for owner, path in before if owner == name}
        documents = opened.list().documents
        there = {shown(one.path) for one in documents} & wanted
        # With them, those that speak for the same package: of two, one is refused.
        spoken = {(one.tag, one.package) for one in documents if shown(one.path) in wanted}
        listed = [one for one in documents if shown(one.path) in wanted or (one.tag, one.package) in spoken]
        rules: dict[str, list[str]] = {}
        for row in read_batch(((opened, one) for one in listed), limits).rejects.to_pylist():
            rules.setdefault(row["path"], []).append(row["rule"])
        found += [Replayed(name, path, before[name, path], rules.get(path, []), path in there) for path in sorted(wanted)]
    return found
