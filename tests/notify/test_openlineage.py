"""A run as OpenLineage tells it."""

import datetime as dt
import json
from pathlib import Path

from etl.load.manifest import DataFile, Manifest
from etl.notify.openlineage import events
from etl.run_report import RunReport

WAREHOUSE = Path("/srv/warehouse")
BEGUN = dt.datetime(2026, 11, 22, 4)
FILES = [DataFile("tags", f"data/tags/{number}.parquet", rows=2, bytes=10, sha256="0" * 64) for number in (1, 2)]
MANIFEST = Manifest(7, 2, "0", {}, [], FILES, locations={"public": "/srv/cache"})


def told(report: RunReport, manifest: Manifest | None = MANIFEST, traceback: str | None = None) -> list[dict]:
    """The events of a run, as they are sent."""
    return [json.loads(one) for one in events(report, manifest, WAREHOUSE, BEGUN, traceback)]


def test_a_run_that_published_began_and_is_complete():
    """Both events are of one run and one job, and the times are those of the run."""
    start, end = told(RunReport(status="published", release=7, seconds=61.5))

    assert ("START", "2026-11-22T04:00:00.000Z") == (start["eventType"], start["eventTime"])
    assert ("COMPLETE", "2026-11-22T04:01:01.500Z") == (end["eventType"], end["eventTime"])
    assert start["run"]["runId"] == end["run"]["runId"]
    assert {"spack-cache-etl /srv/warehouse"} == {f"{one['job']['namespace']} {one['job']['name']}" for one in (start, end)}


def test_what_was_read_and_written_is_named():
    """A source with its place; a stored table with its release, columns, rows and bytes, as its files together have them."""
    _, end = told(RunReport(status="published", release=7))
    [source], [table] = end["inputs"], end["outputs"]

    assert ("public", "/srv/cache") == (source["name"], source["facets"]["dataSource"]["uri"])
    assert ("file", "/srv/warehouse/data/tags") == (table["namespace"], table["name"])
    assert "7" == table["facets"]["version"]["datasetVersion"]
    assert ("tag_date", "DATE") in [(field["name"], field["type"]) for field in table["facets"]["schema"]["fields"]]
    statistics = table["outputFacets"]["outputStatistics"]
    assert (4, 20, 2) == (statistics["rowCount"], statistics["size"], statistics["fileCount"])


def test_a_run_that_was_refused_or_failed_says_why_and_wrote_nothing():
    """With the traceback where it was a bug."""
    for status, traceback in (("refused", None), ("failed", "Traceback ...")):
        _, end = told(RunReport(status=status, reason="develop lost 60 %"), traceback=traceback)
        error = end["run"]["facets"]["errorMessage"]

        assert ("FAIL", [], "develop lost 60 %") == (end["eventType"], end["outputs"], error["message"])
        assert traceback == error.get("stackTrace")


def test_a_run_that_found_nothing_changed_is_complete_and_wrote_nothing():
    """It did what it was asked to."""
    _, end = told(RunReport(status="unchanged", release=7))

    assert ("COMPLETE", [], {}) == (end["eventType"], end["outputs"], end["run"]["facets"])


def test_a_failure_before_the_first_release_names_no_source():
    """None is known yet."""
    assert [[], []] == [one["inputs"] for one in told(RunReport(status="failed", reason="no such folder"), manifest=None)]


def test_each_run_has_an_id_of_its_own_which_its_events_share():
    """The same for the same run, so that an event that is sent twice is one."""
    report = RunReport(status="published")

    assert told(report)[0]["run"] == told(report)[0]["run"]
    assert told(report)[0]["run"] != told(RunReport(run_id="another", status="published"))[0]["run"]
