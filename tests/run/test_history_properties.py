"""What holds for any history: real runs night by night come to what the brute-force model says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import parts, pipeline, reading, shards
from etl.config import RejectBudget, RunOptions
from etl.load.store import Store
from etl.quality import run_checks
from etl.query import ask

from .conftest import go, later
from .history_model import BROKEN, Night, model, show, stored, told_apart

SETTINGS = settings(deadline=None, max_examples=15)

TAGS = ("develop", "v1.0.0")
LETTERS = {"zlib": "ab", "zstd": "cd", "xz": "e"}
PLACES = [(tag, package) for tag in TAGS for package in LETTERS]
LABELS = st.frozensets(st.sampled_from(["e4s", "hep", "root"]))
KINDS = st.sampled_from(["as before", "as before", "as before", "other", "other", "gone", "broken"])
SHARD_BYTES = st.sampled_from([shards.SHARD_BYTES, 1])  # all packages at once, or each for itself
# From which share of changed bytes on all is read, and how large the recent part may grow: as usual, or read and kept apart what can be.
SHARES = st.sampled_from([(reading.MOST, parts.MOST_RECENT), (1.0, 1.0), (1.0, 0.5), (1.0, 0.0)])
LISTS = st.none() | st.dictionaries(st.sampled_from(TAGS), LABELS)

# What the views say of now, but for when it was first seen or changed.
NOW = {
    "tag_specs": "select * exclude (first_seen_at) from tag_specs",
    "memberships": "select * exclude (first_seen_at) from memberships",
    "documents": "select * exclude (first_seen_at, changed_at) from documents",
    "specs": "select * exclude (first_seen_at, last_seen_at) from specs where is_current",
    "spec_conflicts": "select * from spec_conflicts where spec_hash in (select spec_hash from specs where is_current)",
    "spec_variants": "select * from spec_variants where spec_hash in (select spec_hash from specs where is_current)",
    "versions": """
        select package, version, row_number() over (partition by package order by version_order) from versions
        where (package, version) in (select (package, version) from specs where is_current)
    """,
    "tags": "select * from tags",
    "published_counts": "select * from published_counts",
    "reconciliation": "select * from reconciliation",
}
KEYS = {"tag_specs": "tag, package, spec_hash", "memberships": "tag, stack, package, spec_hash"}
FIRST = """
    with rows as (
        select {key}, first_snapshot_id, from_snapshot_id from data.{table}
        union all select {key}, first_snapshot_id, from_snapshot_id from data.ended_{table}
    )
    select * from rows qualify first_snapshot_id <> min(from_snapshot_id) over (partition by {key})
"""
# What is said twice of how a spec stands says the same.
COUNTS = """
    select * from (from data.tag_specs union all by name from data.ended_tag_specs)
    where stack_count is distinct from if(stacks_text = '', 0, len(string_split(stacks_text, ',')))
        or is_root_only is distinct from (is_in_root and stack_count = 0)
"""


@st.composite
def contents(draw, package):
    """The specs of a page, in any order."""
    return [(letter * 32, draw(LABELS)) for letter in draw(st.lists(st.sampled_from(LETTERS[package]), unique=True))]


@st.composite
def histories(draw):
    """Some nights: from one to the next most pages stay as they are, others change, go, come back or break."""
    nights: list[Night] = []
    shown: dict[tuple[str, str], list | None] = dict.fromkeys(PLACES)  # None: no page
    for number in range(draw(st.integers(2, 6))):
        broken = set()
        for place in PLACES:
            kind = draw(KINDS) if number else draw(st.sampled_from(["other", "gone", "broken"]))
            if kind == "other":
                shown[place] = draw(contents(place[1]))
            elif kind == "gone":
                shown[place] = None
            elif kind == "broken":
                broken.add(place)
        pages = {place: BROKEN if place in broken else shown[place] for place in PLACES if place in broken or shown[place] is not None}
        nights.append(Night(pages or {PLACES[0]: []}, draw(LISTS)))  # a cache without any page is an error
    return told_apart(nights)


@dataclass(frozen=True)
class Loaded:
    """A warehouse, with the files of each release that are to stay; and what its last run was told."""

    warehouse: Path
    files: list[set[str]]
    options: RunOptions


@contextmanager
def loaded(nights: list[Night], shard_bytes: int, shares: tuple[float, float]) -> Iterator[Loaded]:
    """Run night by night, in shards of so many bytes, with what has changed kept apart or not."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "plan", lambda listed, known=frozenset(): shards.plan(listed, known, shard_bytes))
        patch.setattr(reading, "MOST", shares[0])
        patch.setattr(parts, "MOST_RECENT", shares[1])
        cache, files = Path(folder) / "cache", []
        options = RunOptions(Path(folder) / "warehouse", (("public", str(cache)),), max_rejects=RejectBudget(share=1.0), accept_shrink=True)
        for number, night in enumerate(nights):
            show(night, cache, is_contradictory=True)
            assert "published" == go(options, observed_at=later(number)).status
            manifest = Store(options.warehouse).manifest()
            assert manifest is not None
            files.append({file.path for file in manifest.files if file.table.startswith("ended_") or file.table == "gaps"})
        yield Loaded(options.warehouse, files, options)


@settings(SETTINGS)
@given(histories(), SHARD_BYTES, SHARES)
def test_runs_night_by_night_come_to_the_history(nights, shard_bytes, shares):
    """Open and ended rows, gaps and stale pages are those of the model; nothing that ended is ever written again.

    `first_snapshot_id` of each row is the first snapshot that any row of its key stood from; and every key points at a row.
    """
    with loaded(nights, shard_bytes, shares) as found:
        assert model(nights) == stored(found.warehouse)
        assert all(before <= after for before, after in zip(found.files, found.files[1:], strict=False))
        for table, key in KEYS.items():
            assert [] == list(ask(found.warehouse, FIRST.format(table=table, key=key)).rows)
        assert [] == list(ask(found.warehouse, COUNTS).rows)
        broken = {one.name: one.broken.rows for one in run_checks(found.warehouse) if one.broken.rows}
        # A list of tags and stacks may say what no page does; and one page tells a spec's system otherwise.
        assert {"pages_agree_with_themselves", "pages_agree_about_specs"} >= broken.keys()


@settings(SETTINGS)
@given(histories(), SHARD_BYTES, SHARES, st.booleans())
def test_the_state_after_a_whole_night_is_that_of_a_fresh_load(nights, shard_bytes, shares, is_listed):
    """Where the last night shows all that it lists, and every page can be read, nothing is left of the nights before but times."""
    nights = told_apart([*nights, whole(nights[-1], is_listed)])
    with loaded(nights, shard_bytes, shares) as found:
        assert (set(), set()) == (model(nights[-1:]).gaps, stored(found.warehouse).stale)
        fresh = found.warehouse.parent / "fresh"
        go(found.options, warehouse=fresh)
        for view, query in NOW.items():
            expected, got = (sorted(ask(warehouse, query).rows, key=repr) for warehouse in (fresh, found.warehouse))

            assert expected == got, view


def whole(night: Night, is_listed: bool) -> Night:
    """The pages of a night that can be read, and if wanted the list of all that they name."""
    pages = {place: page for place, page in night.pages.items() if page != BROKEN} or {PLACES[0]: []}
    named = {
        tag: frozenset(label for place, page in pages.items() if place[0] == tag for _, labels in page for label in labels)
        for tag, _ in pages
    }
    return Night(pages, named if is_listed else None)
