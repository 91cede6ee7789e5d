"""The tables of some packages once a history is added to them: built from the last commit, with the intervals of all."""

import gc
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from etl.backfill.survey import spans_of
from etl.backfill.versions import Numbered, Place, Stretch, batch_of, joined
from etl.backfill.work import Task, Work
from etl.extract import Batch, Listed, read_batch
from etl.load.last_good import last_good
from etl.load.manifest import DataFile
from etl.load.parquet import write_tables
from etl.load.released import read_table
from etl.schema import COUNTED, OF_SPECS, ROOT, TABLES
from etl.shards import peak_rss_bytes
from etl.succession import LASTING
from etl.transform import build, with_last_good
from etl.transform.courses import Course, Held, course
from etl.transform.intervals import Gaps, intervals, merged
from etl.transform.list_keys import as_key
from etl.transform.versions import versions

__all__ = ["BuiltRange", "build_range"]

_PAGE = ["tag", "package"]
_SPEC = [*_PAGE, "spec_hash"]
_MEMBER = [*_SPEC, "stack"]
_LOOKS = ["stack_count", "stacks_text", "is_in_root"]
_STILL = 2**62  # the end of what stands in the last snapshot
_BY_PACKAGE = [name for name, table in TABLES.items() if table.sort_by[0] == "package" and name not in (*LASTING, *COUNTED)]
_SNAPSHOT_COLUMNS = ("first_snapshot_id", "changed_snapshot_id", "from_snapshot_id", "to_snapshot_id")

Courses = dict[Place, Course]


@dataclass(frozen=True, slots=True)
class BuiltRange:
    """What some packages became. `alone` are files of what the last commit shows by itself; counts are by snapshot.

    `spec_steps`: by how much the number of distinct specs changes at a snapshot; `refused_steps`: likewise of refused documents.
    """

    files: list[DataFile]
    alone: list[DataFile]
    digests: dict[str, str]
    names: dict[str, set[str]]
    rejects: list[dict[str, object]]
    stale_count: int
    renewed: Counter[int]
    refused_steps: Counter[int]
    spec_steps: Counter[int]
    size_bytes: int
    process: tuple[int, int]


def build_range(task: Task, work: Work) -> BuiltRange:
    """Put the intervals of a task's packages together, and stage all their tables."""
    return _Range(task, work).built()


class _Range:
    def __init__(self, task: Task, work: Work) -> None:
        self.task, self.work, self.name = task, work, work.source.name
        self.documents, rows, self.details, self.extras = (
            work.progress.read(task.name, table) for table in ("documents", "rows", "details", "extras")
        )
        self.rows = rows.join(self.details.select("detail", "spec_hash"), on="detail")
        self.digests: dict[int, str] = dict(self.documents.select("version", "sha256").iter_rows())
        stored = {name: _within(work, task, name) for name in [*_BY_PACKAGE, "ended_tag_specs", "ended_memberships"]}
        self.others = {name: frame.filter(pl.col("source") != self.name) for name, frame in stored.items() if "source" in frame.columns}
        self.own = {name: self._shifted(frame) for name, frame in stored.items() if "source" in frame.columns}
        self.stored = stored
        self.placed: list[pl.DataFrame] = []  # spans of each stretch
        self.courses: list[Courses] = []
        self.left = self.rows.select("spec_hash").clear()  # specs of which new versions say last what they are
        self.spec_steps: Counter[int] = Counter()

    def built(self) -> BuiltRange:
        """All tables, staged."""
        task, work = self.task, self.work
        standing, members = [], []
        for stretch, gaps in zip(task.stretches, work.gaps, strict=True):
            specs, stacks = self._stretch(stretch, gaps)
            standing.append(specs)
            members.append(stacks)
        tables, alone, batch, rejects, names = self._last_state()
        tables |= self._spec_tables(tables)
        tables |= self._since("tag_specs", standing, _SPEC, _LOOKS) | self._since("memberships", members, _MEMBER, [])
        names["stacks"] = names.get("stacks", set()) | {stack for frame in members for stack in frame["stack"].unique()}
        names["tags"] = names.get("tags", set()) | {tag for frame in self.placed for tag in frame["tag"].unique()}
        for table, column in (("targets", "target"), ("operating_systems", "os")):
            names[table] = set(tables["specs"][column].unique())
        stored = {name: _stored(name, frame) for name, frame in tables.items()}
        every = [one for courses in self.courses for one in courses.values()]
        refused = Counter[int]()
        for one in every:
            for begin, end, count in one.refused:
                refused[begin] += count
                refused[end] -= count
        return BuiltRange(
            files=write_tables(stored, work.staging),
            alone=write_tables({name: _stored(name, frame) for name, frame in alone.items()}, work.staging / "alone"),
            digests={path: digest for (_, path), digest in batch.digests.items()} if batch else {},
            names=names,
            rejects=rejects.drop("snapshot_id").to_dicts(),
            stale_count=int(tables["documents"].filter(pl.col("source") == self.name)["is_stale"].sum()),
            renewed=Counter(at for one in every for at in one.renewed),
            refused_steps=refused,
            spec_steps=self.spec_steps,
            size_bytes=task.size_bytes,
            process=(os.getpid(), peak_rss_bytes()),
        )

    def _shifted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The source's own rows, by the numbers that its snapshots will have."""
        numbers = [pl.col(name) + self.work.shift for name in _SNAPSHOT_COLUMNS if name in frame.columns]
        return frame.filter(pl.col("source") == self.name).with_columns(numbers)

    def _stretch(self, stretch: Stretch, gaps: Gaps) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The intervals of one stretch: of specs under tags, and in stacks."""
        rows = self.rows.select("version", "spec_hash", "stacks_key")
        held: dict[Place, Held] = {}
        if stretch.continues:
            held, more = self._held()
            rows = pl.concat([rows, more])
        missed: dict[str | None, list[tuple[int, int]]] = {}
        for tag, begin, end in gaps.tags.select("tag", "begin", "end").iter_rows():
            missed.setdefault(tag, []).append((begin, end))
        places = [*stretch.changes, *(place for place in held if place not in stretch.changes)]
        courses = {
            place: course(
                stretch.changes.get(place, ()), self.digests, missed.get(place[0], ()), stretch.begin, stretch.end, held.get(place)
            )
            for place in places
        }
        self.courses.append(courses)
        spans = spans_of(courses.items())
        before = [(*place, one.version, one.is_stale, stretch.begin - 1, stretch.begin) for place, one in held.items()]
        spans = pl.concat([spans, pl.DataFrame(before, schema=spans.schema, orient="row")])  # what was there may be kept
        self.placed.append(spans)
        found = intervals(spans, rows, gaps)
        if stretch.continues:
            self.left = self._told_anew(spans, found.tag_specs)
        if not stretch.continues and self.own["documents"].height:
            self._join_documents(stretch, courses)
        specs = merged(found.tag_specs.filter(pl.col("end") > stretch.begin), ["spec_hash"])
        for begin, end in specs.select("begin", "end").iter_rows():
            self.spec_steps[max(begin, stretch.begin)] += 1
            self.spec_steps[end] -= 1
        ends = _STILL if stretch.end > self.work.last_id else stretch.end
        until = pl.when(pl.col("end") == stretch.end).then(pl.lit(ends, pl.Int64)).otherwise("end")
        return found.tag_specs.with_columns(end=until), found.memberships.with_columns(end=until)

    def _told_anew(self, spans: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        """The specs (spec_hash) of which new versions say last what they are: what was stored of them is older."""
        last = found.group_by("spec_hash").agg(end=pl.col("end").max())
        shown = self.rows.select("version", "spec_hash").join(spans.select("version", "end"), on="version")
        elsewhere = self.others["tag_specs"].select("spec_hash")
        return (
            shown.join(last, on=["spec_hash", "end"], how="semi").select("spec_hash").unique().join(elsewhere, on="spec_hash", how="anti")
        )

    def _held(self) -> tuple[dict[Place, Held], pl.DataFrame]:
        """What the warehouse holds last, each document as a version of its own, and the rows of these."""
        documents = self.own["documents"].sort(_PAGE).with_row_index("number").with_columns(version=-1 - pl.col("number").cast(pl.Int64))
        held = {}
        columns = ("tag", "package", "path", "version", "is_stale", "first_snapshot_id", "changed_snapshot_id", "sha256")
        for tag, package, *rest, digest in documents.select(columns).iter_rows():
            held[tag, package] = Held(*rest)
            self.digests[rest[1]] = digest
        text = pl.col("stacks_text")
        none = pl.lit([], pl.List(pl.String))
        stacks = pl.when(text == "").then(none).otherwise(text.str.split(","))
        root = pl.when("is_in_root").then(pl.lit([ROOT], pl.List(pl.String))).otherwise(none)
        rows = self.own["tag_specs"].join(documents.select(*_PAGE, "version"), on=_PAGE)
        rows = rows.with_columns(labels=pl.concat_list(stacks, root)).with_columns(stacks_key=as_key("labels"))
        return held, rows.select("version", "spec_hash", "stacks_key")

    def _join_documents(self, stretch: Stretch, courses: Courses) -> None:
        """Let documents that the old first snapshot held go on from where the new ones before it began."""
        ends = [(*place, one.held.first, one.held.changed, self.digests[one.held.version]) for place, one in courses.items() if one.held]
        schema = {"tag": pl.String, "package": pl.String, "first": pl.Int64, "changed": pl.Int64, "digest": pl.String}
        documents = self.own["documents"]
        rows = documents.join(pl.DataFrame(ends, schema=schema, orient="row"), on=_PAGE, how="left")
        joins = pl.col("first").is_not_null() & (pl.col("first_snapshot_id") == stretch.end)
        goes_on = joins & (pl.col("changed_snapshot_id") == stretch.end) & (pl.col("sha256") == pl.col("digest"))
        self.own["documents"] = rows.with_columns(
            first_snapshot_id=pl.when(joins).then("first").otherwise("first_snapshot_id"),
            changed_snapshot_id=pl.when(goes_on).then("changed").otherwise("changed_snapshot_id"),
        ).select(documents.columns)

    def _since(self, name: str, found: Sequence[pl.DataFrame], key: list[str], looks: list[str]) -> dict[str, pl.DataFrame]:
        """A table's open rows, and those that ended: what is found joined to what is stored."""
        is_rewritten = self.work.shift > 0
        columns = [*key, *looks]
        continued = [stretch for stretch in self.task.stretches if stretch.continues]
        still = continued[0].begin if continued else _STILL
        own, own_ended = self.own[name], self.own[f"ended_{name}"]
        rows = [frame.select(*columns, "begin", "end") for frame in found]
        rows.append(own.select(*columns, begin="from_snapshot_id", end=pl.lit(still, pl.Int64)))
        if is_rewritten:
            rows.append(own_ended.select(*columns, begin="from_snapshot_id", end="to_snapshot_id"))
        every = merged(pl.concat(rows), key, looks)
        first = pl.concat(
            [every.select(*key, first="begin"), *(frame.select(*key, first="first_snapshot_id") for frame in (own, own_ended))]
        )
        every = every.join(first.group_by(key).agg(pl.col("first").min()), on=key).with_columns(source=pl.lit(self.name))
        every = every.rename({"first": "first_snapshot_id", "begin": "from_snapshot_id", "end": "to_snapshot_id"})
        if looks:
            every = every.with_columns(is_root_only=pl.col("is_in_root") & (pl.col("stack_count") == 0))
        still_there = pl.col("to_snapshot_id") == _STILL
        tables = {name: every.filter(still_there), f"ended_{name}": every.filter(~still_there)}
        kept = [name, f"ended_{name}"] if is_rewritten else [name]
        return tables | {one: pl.concat([tables[one].select(self.others[one].columns), self.others[one]]) for one in kept}

    def _last_state(self) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame], Batch | None, pl.DataFrame, dict[str, set[str]]]:
        """The tables of the last snapshot, what it shows alone, what it was read from, its rejects, and the names of dimensions."""
        of_pages = ("documents", "published_counts", "reconciliation")
        if self.task.listed is None:
            tables = {name: pl.concat([self.others[name], self.own[name]]) for name in of_pages}
            return tables, {}, None, pl.DataFrame(schema=TABLES["rejects"].polars_schema), {}
        courses = self.courses[-1]
        fresh = _read([(self.work.source, one) for one in self.task.listed], self.work)
        batch = self._with_kept(fresh, courses)
        built = build(batch, {self.name: self.work.last_id})
        tables = dict(built.tables)
        stale = {one.held.path for one in courses.values() if one.held and one.held.is_stale}
        rejects = tables.pop("rejects").filter((pl.col("scope") == "document") | ~pl.col("path").is_in(sorted(stale)))
        ends = [(*place, one.held.first, one.held.changed, one.held.is_stale) for place, one in courses.items() if one.held]
        schema = {"tag": pl.String, "package": pl.String, "first": pl.Int64, "changed": pl.Int64, "stale": pl.Boolean}
        rows = tables["documents"].join(pl.DataFrame(ends, schema=schema, orient="row"), on=_PAGE)
        tables["documents"] = rows.with_columns(first_snapshot_id="first", changed_snapshot_id="changed", is_stale="stale")
        # Pages put together again from stored rows claim in canonical words what they claimed in their own: those were stored too.
        kept = [place for place, one in courses.items() if one.held and one.held.version < 0]
        again = pl.DataFrame(kept, schema={"tag": pl.String, "package": pl.String}, orient="row")
        told = [tables["reconciliation"].join(again, on=_PAGE, how="anti"), self.own["reconciliation"].join(again, on=_PAGE, how="semi")]
        tables["reconciliation"] = pl.concat(told)
        missed = self.work.gaps[-1].tags.filter(pl.col("end") == self.task.stretches[-1].end).select("tag")
        alone = {name: tables[name].join(missed, on="tag", how="anti") for name in ("tag_specs", "memberships")}
        for name in of_pages:
            tables[name] = pl.concat([tables[name].select(self.others[name].columns), self.others[name]])
        tables["rejects"] = rejects
        return tables, alone, fresh, rejects, {kind: set(names) for kind, names in built.names.items()}

    def _with_kept(self, batch: Batch, courses: Mapping[Place, Course]) -> Batch:
        """The batch, with the last good versions of documents that cannot be read, or were not observed."""
        stale = [one.held for one in courses.values() if one.held and one.held.is_stale]
        numbers = {one.version for one in stale}
        again = [one for source, one in self.task.documents if isinstance(source, Numbered) and source.number in numbers]
        if again:
            batch = joined(batch, _read([(self.work.source, one) for one in again], self.work))
        paths = [(self.name, one.path) for one in stale if one.version < 0]
        return with_last_good(batch, last_good(self.work.root, self.work.before, paths)) if paths else batch

    def _spec_tables(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The tables by spec: as the last snapshot has them, else as they were stored, else as the last that showed them had them."""
        parts = {name: [self.stored[name]] for name in OF_SPECS}
        if "specs" in tables:
            there = pl.concat([tables["specs"].select("spec_hash"), self.left]).unique()
            parts = {name: [tables[name], self.stored[name].join(there, on="spec_hash", how="anti")] for name in OF_SPECS}
            elsewhere = tables["specs"].select("spec_hash", "package").join(self.others["tag_specs"], on="spec_hash", how="semi")
            said = tables["unsettled_specs"].join(elsewhere, on="spec_hash", how="anti")
            # What other sources say of a spec is not weighed here: the next run will, once any page of it changes.
            parts["unsettled_specs"][0] = pl.concat([said, elsewhere], how="diagonal")
        known = pl.concat([frame.select("spec_hash") for frame in parts["specs"]])
        for name, frame in self._ended_specs(known).items():
            parts[name].append(frame)
        found = {name: pl.concat([frame.select(self.stored[name].columns) for frame in frames]) for name, frames in parts.items()}
        return found | {"versions": versions(found["specs"])}

    def _ended_specs(self, known: pl.DataFrame) -> dict[str, pl.DataFrame]:
        spans = pl.concat(self.placed).select("version", "begin", "end")
        shown = self.rows.join(known, on="spec_hash", how="anti").join(spans, on="version")
        last = shown.filter(pl.col("end") == pl.col("end").max().over("spec_hash"))
        if last.is_empty():
            return {}
        last = last.select("version", "detail", "stacks_key").unique().join(self.details, on="detail")
        built = build(batch_of(self.name, self.documents, last, self.extras), {self.name: self.work.last_id})
        return {name: built.tables[name] for name in OF_SPECS}


def _within(work: Work, task: Task, name: str) -> pl.DataFrame:
    rows = read_table(work.root, work.before, name)
    low, high = task.packages
    if low is not None:
        rows = rows.filter(pl.col("package") >= low)
    if high is not None:
        rows = rows.filter(pl.col("package") < high)
    return rows.collect()


def _read(documents: Sequence[tuple[object, Listed]], work: Work) -> Batch:
    gc.disable()
    try:
        return read_batch(((work.source, one) for _, one in documents), work.limits)
    finally:
        gc.enable()


def _stored(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    table = TABLES[name]
    return frame.select(pl.col(column).cast(dtype) for column, dtype in table.polars_schema.items()).sort(table.sort_by)
