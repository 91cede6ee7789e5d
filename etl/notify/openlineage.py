"""A run as OpenLineage tells it: that it began and how it ended, what it read and which tables it wrote.

The two events go out together when the run has ended: the catalogs that collect them take a duration from both times, and a
run that is killed has none to send in either case.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec

from etl import __version__
from etl.load.manifest import Manifest
from etl.run_report import RunReport
from etl.schema import STORED

__all__ = ["events"]

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_PRODUCER = f"urn:spack-cache-etl:{__version__}"
_NAMESPACE = "spack-cache-etl"  # of the job and of sources; a source's own place is in its facet
_ENDS = {"published": "COMPLETE", "unchanged": "COMPLETE", "refused": "FAIL", "failed": "FAIL"}


def events(
    report: RunReport, manifest: Manifest | None, warehouse: Path, started_at: dt.datetime, traceback: str | None = None
) -> tuple[bytes, ...]:
    """The events START and COMPLETE or FAIL of a run; a refused one failed, one that found nothing changed is complete.

    The job is named for the warehouse. Inputs are its sources, with their places; outputs the stored tables of a release that
    was published, with columns, rows and bytes. The manifest is the one that stands now; None: there is no release yet.
    """
    run_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{warehouse.as_uri()}#{report.run_id}"))
    ended_at = started_at + dt.timedelta(seconds=report.seconds)
    common = {
        "producer": _PRODUCER,
        "schemaURL": _EVENT,
        "job": {"namespace": _NAMESPACE, "name": str(warehouse), "facets": {"jobType": _job_type()}},
        "inputs": [_input(name, place) for name, place in sorted(manifest.locations.items())] if manifest else [],
    }
    start = {"eventType": "START", "eventTime": _time(started_at), "run": {"runId": run_id, "facets": {}}, "outputs": []}
    problem = report.reason if _ENDS[report.status] == "FAIL" else None
    end = {
        "eventType": _ENDS[report.status],
        "eventTime": _time(ended_at),
        "run": {"runId": run_id, "facets": {"errorMessage": _error(problem, traceback)} if problem else {}},
        "outputs": list(_outputs(manifest, warehouse)) if manifest and report.status == "published" else [],
    }
    return tuple(msgspec.json.encode(common | one) for one in (start, end))


def _input(name: str, place: str) -> dict[str, object]:
    return {
        "namespace": _NAMESPACE,
        "name": name,
        "facets": {"dataSource": _facet("1-0-1", "DatasourceDatasetFacet", name=name, uri=place)},
    }


def _outputs(manifest: Manifest, warehouse: Path) -> Iterator[dict[str, object]]:
    """A dataset for each stored table; as the files have it, so that a row which the recent part has anew counts twice."""
    for name, table in STORED.items():
        if not (files := manifest.table(name)):
            continue
        fields = [
            {"name": column, "type": table.duckdb_types[column], "description": declared.description or ""}
            for column, declared in table.columns.items()
        ]
        sizes = {"rowCount": sum(file.rows for file in files), "size": sum(file.bytes for file in files), "fileCount": len(files)}
        yield {
            "namespace": "file",
            "name": str(warehouse / "data" / name),
            "facets": {
                "schema": _facet("1-1-1", "SchemaDatasetFacet", fields=fields),
                "version": _facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=str(manifest.release)),
            },
            "outputFacets": {"outputStatistics": _facet("1-0-2", "OutputStatisticsOutputDatasetFacet", **sizes)},
        }


def _job_type() -> dict[str, object]:
    return _facet("2-0-3", "JobTypeJobFacet", processingType="BATCH", integration="SPACK_CACHE_ETL", jobType="JOB")


def _error(problem: str, traceback: str | None) -> dict[str, object]:
    more = {"stackTrace": traceback} if traceback else {}
    return _facet("1-0-1", "ErrorMessageRunFacet", message=problem, programmingLanguage="Python", **more)


def _facet(version: str, kind: str, **content: object) -> dict[str, object]:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}", **content}


def _time(time: dt.datetime) -> str:
    return f"{time.isoformat(timespec='milliseconds')}Z"
