"""The state of a warehouse and of its last run as a file that Prometheus reads (node_exporter's textfile collector)."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from etl.load import durable
from etl.load.runs import RunRecord
from etl.load.store import Store
from etl.query import ask

__all__ = ["METRICS", "Standing", "metrics_text", "standing", "write_metrics"]

_OUTCOMES = ("published", "unchanged", "refused", "failed")
_GOOD = ("published", "unchanged")
_PREFIX = "spack_cache_etl_"

# Name without the prefix, and what it tells. All are gauges.
METRICS: Mapping[str, str] = {
    "last_run_timestamp_seconds": "When the last run ended, in Unix time.",
    "last_run_status": "1 for what became of the last run, 0 for the others.",
    "last_success_timestamp_seconds": "When a run last published or found nothing changed, in Unix time.",
    "last_run_duration_seconds": "How long the last run took.",
    "last_run_peak_memory_bytes": "Most memory that the processes of the last run held, each at its peak.",
    "last_run_documents_seen": "Documents that the sources of the last run listed.",
    "last_run_documents_read": "Documents that the last run opened.",
    "last_run_documents_rejected": "Documents of the last run with anything refused.",
    "last_run_warnings": "Warnings of the last run, such as a hook that failed.",
    "source_observed_timestamp_seconds": "Time of a source's newest snapshot, in Unix time.",
    "documents_stale": "Documents of the current release that keep what they said before.",
    "specs": "Distinct specs under the tags of the current release.",
    "memberships": "Memberships of specs in named stacks of the current release.",
    "release": "Number of the current release; 0 before the first.",
    "warehouse_bytes": "Size of all files of the warehouse.",
}

_COUNTS = """
select
    (select count(*) from documents where is_stale),
    (select count(distinct spec_hash) from tag_specs),
    (select count(*) from memberships)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the current release holds, and when a run last went well. None: not known, or there is no release."""

    release: int | None = None
    observed_at: Mapping[str, dt.datetime] = field(default_factory=dict)  # of each source
    documents_stale: int | None = None
    specs: int | None = None
    memberships: int | None = None
    warehouse_bytes: int | None = None
    last_success_at: dt.datetime | None = None


class _Sample(NamedTuple):
    name: str
    labels: Mapping[str, str]
    value: float | None


def standing(store: Store, runs: Sequence[RunRecord]) -> Standing:
    """How a warehouse stands; also where there is none yet. Raises StoreError, or UsageError where a view cannot be asked."""
    last_success_at = max((one.finished_at for one in runs if one.status in _GOOD and one.finished_at), default=None)
    manifest = store.manifest()
    if manifest is None:
        return Standing(release=0, warehouse_bytes=store.size_bytes(), last_success_at=last_success_at)
    newest = [one for source in manifest.inputs if (one := manifest.latest(source)) is not None]
    stale, specs, memberships = (int(str(count)) for count in ask(store.root, _COUNTS).rows[0])
    return Standing(
        release=manifest.release,
        observed_at={one.source: one.observed_at for one in newest},
        documents_stale=stale,
        specs=specs,
        memberships=memberships,
        warehouse_bytes=store.size_bytes(),
        last_success_at=last_success_at,
    )


def metrics_text(last: RunRecord | None, now: Standing) -> str:
    """The text of the file. What is not known has no line."""
    lines = []
    samples = [*_of_run(last), *_of_release(now)]
    for name, told in METRICS.items():
        known = [one for one in samples if one.name == name and one.value is not None]
        if known:
            lines += [f"# HELP {_PREFIX}{name} {told}", f"# TYPE {_PREFIX}{name} gauge"]
            lines += [f"{_PREFIX}{name}{_labels(one.labels)} {_number(one.value or 0)}" for one in known]
    return "\n".join(lines) + "\n"


def write_metrics(path: Path, text: str) -> None:
    """Put the text into the file: a reader sees the one before, or all of it. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}{durable.PART}")  # two runs may end at the same time
    try:
        part.write_text(text, encoding="utf-8")
        durable.sync(part)
        durable.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _of_run(last: RunRecord | None) -> Iterator[_Sample]:
    if last is None:
        return
    yield _Sample("last_run_timestamp_seconds", {}, _unix(last.finished_at or last.started_at))
    for outcome in _OUTCOMES:
        yield _Sample("last_run_status", {"status": outcome}, float(outcome == last.status))
    yield _Sample("last_run_duration_seconds", {}, last.seconds)
    yield _Sample("last_run_peak_memory_bytes", {}, last.peak_rss_bytes)
    yield _Sample("last_run_documents_seen", {}, last.documents_seen)
    yield _Sample("last_run_documents_read", {}, last.documents_read)
    yield _Sample("last_run_documents_rejected", {}, last.documents_rejected)
    yield _Sample("last_run_warnings", {}, len(last.warnings))


def _of_release(now: Standing) -> Iterator[_Sample]:
    yield _Sample("last_success_timestamp_seconds", {}, _unix(now.last_success_at) if now.last_success_at else None)
    for source, time in now.observed_at.items():
        yield _Sample("source_observed_timestamp_seconds", {"source": source}, _unix(time))
    yield _Sample("documents_stale", {}, now.documents_stale)
    yield _Sample("specs", {}, now.specs)
    yield _Sample("memberships", {}, now.memberships)
    yield _Sample("release", {}, now.release)
    yield _Sample("warehouse_bytes", {}, now.warehouse_bytes)


def _unix(time: dt.datetime) -> float:
    return time.replace(tzinfo=dt.UTC).timestamp()


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
