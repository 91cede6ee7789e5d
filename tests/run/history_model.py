"""What a history of nights comes to, by brute force: the state of each night in plain sets, then the spans in which a row stands.

Also the same nights as a folder of pages, and the same rows as a warehouse holds them, so that the two can be compared.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple

from etl.query import ask

from .conftest import page, spec

BROKEN = "---\ntitle: cut off\n"

_SECONDS = count(1_000_000_000)

Place = tuple[str, str]  # tag and package
State = Mapping[Place, Mapping[str, frozenset[str]]]  # the labels of each spec, stacks and `root`


@dataclass(frozen=True)
class Night:
    """What a source shows: its pages, and what its own list says of tags and their labels (None: it has no such list)."""

    pages: Mapping[Place, Sequence[tuple[str, frozenset[str]]] | str]
    listed: Mapping[str, frozenset[str]] | None = None


class Model(NamedTuple):
    """Rows with the snapshots they stand from and to (half-open, None: still); what each snapshot missed; what is stale in the last."""

    tag_specs: set[tuple[str, str, str, str, bool, int, int | None]]  # tag, package, spec, stacks, is in root
    memberships: set[tuple[str, str, str, str, int, int | None]]  # tag, stack, package, spec
    gaps: set[tuple[int, str, str | None]]
    stale: set[Place]


def model(nights: Iterable[Night]) -> Model:
    """The history of nights, each of them a snapshot, numbered from 1."""
    state: State = {}
    states: list[State] = []
    gaps: set[tuple[int, str, str | None]] = set()
    stale: set[Place] = set()
    for snapshot, night in enumerate(nights, 1):
        missed = _missed(night)
        state, stale = _after(state, night, missed)
        states.append(state)
        gaps |= {(snapshot, tag, label) for tag, label in missed}
    return Model(_spans(map(_tag_specs, states)), _spans(map(_memberships, states)), gaps, stale)


def _missed(night: Night) -> set[tuple[str, str | None]]:
    """Tags (with None) that are listed and have no page that can be read; labels that are listed under another and no such page names."""
    named: dict[str, set[str]] = {}
    for (tag, _), content in night.pages.items():
        if not isinstance(content, str):
            named.setdefault(tag, set()).update(*(labels for _, labels in content))
    missed: set[tuple[str, str | None]] = set()
    for tag, labels in (night.listed or {}).items():
        missed |= {(tag, label) for label in labels - named[tag]} if tag in named else {(tag, None)}
    return missed


def _after(before: State, night: Night, missed: set[tuple[str, str | None]]) -> tuple[State, set[Place]]:
    """The state once a night was seen, and the places of it whose rows are those of the state before."""
    absent = {place for place in before if place not in night.pages and (place[0], None) in missed}
    stale = absent | {place for place in before if isinstance(night.pages.get(place), str)}
    state = {place: before[place] for place in stale}
    for place, content in night.pages.items():
        if not isinstance(content, str):
            state[place] = {one: labels | _kept(before, place, one, missed) for one, labels in content}
    return state, stale


def _kept(before: State, place: Place, one: str, missed: set[tuple[str, str | None]]) -> frozenset[str]:
    """The labels that a spec had and that this night could not tell of."""
    return frozenset(label for label in before.get(place, {}).get(one, ()) if (place[0], label) in missed)


def _tag_specs(state: State) -> set[tuple[object, ...]]:
    return {
        (*place, one, ",".join(sorted(labels - {"root"})), "root" in labels)
        for place, content in state.items()
        for one, labels in content.items()
    }


def _memberships(state: State) -> set[tuple[object, ...]]:
    return {
        (tag, label, package, one)
        for (tag, package), content in state.items()
        for one, labels in content.items()
        for label in labels - {"root"}
    }


def _spans(nights: Iterable[set[tuple[object, ...]]]) -> set:
    """Each row with the first night of each time that it stood, and the first after (None: it stands in the last)."""
    begun: dict[tuple[object, ...], int] = {}
    found = set()
    for snapshot, rows in enumerate(nights, 1):
        found |= {(*row, begun.pop(row), snapshot) for row in begun.keys() - rows}
        begun |= dict.fromkeys(rows - begun.keys(), snapshot)
    return found | {(*row, start, None) for row, start in begun.items()}


def told_apart(nights: Iterable[Night]) -> list[Night]:
    """The nights without those that show just what the one before did: they make no snapshot."""
    return [next(same) for _, same in groupby(nights, key=lambda night: (night.pages, night.listed or {}))]


def show(night: Night, root: Path, is_contradictory: bool = False) -> None:
    """Bring a folder to what a night shows, pages that contradict one another if wanted; a page that is as it was is not touched.

    Each that is written bears another time, long ago: by that it is known to be as it was.
    """
    wanted = {
        root / "_cache" / tag / package / "specs.md": _text(tag, package, said, is_contradictory)
        for (tag, package), said in night.pages.items()
    }
    if night.listed is not None:
        listed = [{"name": tag, "stacks": sorted(labels)} for tag, labels in sorted(night.listed.items())]
        wanted[root / "_data" / "tags.yaml"] = json.dumps(listed)
    for file in [*root.glob("_cache/*/*/specs.md"), *root.glob("_data/tags.yaml")]:
        if file not in wanted:
            shutil.rmtree(file.parent)
    for file, text in wanted.items():
        if not file.is_file() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            os.utime(file, (next(_SECONDS),) * 2)


def _text(tag: str, package: str, content: Sequence[tuple[str, frozenset[str]]] | str, is_contradictory: bool) -> str:
    if isinstance(content, str):
        return content
    return page(package, tag, *(_spec(tag, one, labels, is_contradictory) for one, labels in content))


def _spec(tag: str, one: str, labels: frozenset[str], is_contradictory: bool) -> dict[str, object]:
    """What a spec is follows from its hash. Contradictory: in no stack its compiler is left out; one page tells its system otherwise."""
    said = {} if labels or not is_contradictory else {"compiler": "none"}
    if is_contradictory and one[0] in "bd" and (tag, "hep" in labels) == ("develop", True):
        said = {"os": "rhel9"}
    return spec(one, stacks=sorted(labels), versions=[f"1.{ord(one[0]) % 16 + 8}"], **said)


def stored(warehouse: Path, source: str = "public") -> Model:
    """The history of a source as its warehouse holds it."""

    def rows(query: str) -> set:
        return set(ask(warehouse, query).rows)

    def spans(table: str, columns: str) -> set:
        span = f"select {columns}, from_snapshot_id, {{}} from data.{{}} where source = '{source}'"
        both = f"{span.format('null', table)} union all {span.format('to_snapshot_id', f'ended_{table}')}"
        found = ask(warehouse, both).rows

        assert len(found) == len(set(found)), f"{table} holds a row twice"
        return set(found)

    return Model(
        spans("tag_specs", "tag, package, spec_hash, stacks_text, is_in_root"),
        spans("memberships", "tag, stack, package, spec_hash"),
        rows(f"select snapshot_id, tag, stack from data.gaps where source = '{source}'"),
        rows(f"select tag, package from data.documents where source = '{source}' and is_stale"),
    )
