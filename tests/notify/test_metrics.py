"""The file for Prometheus: its form, and what stands in it."""

import datetime as dt
import re

import pytest

from etl.load.runs import RunRecord
from etl.load.store import Store
from etl.notify.metrics import METRICS, Standing, metrics_text, standing, write_metrics

NIGHT = dt.datetime(2026, 11, 22, 4)
UNIX = 1795320000
FAILED = RunRecord("x", NIGHT, "1", status="failed", finished_at=NIGHT, seconds=1.5, peak_rss_bytes=7, documents_seen=9, warnings=["w"])
WHOLE = Standing(3, {"public": NIGHT}, 2, 227, 567, 1000, NIGHT)


def samples(text: str) -> dict[str, str]:
    """Each sample line: name with labels, without the prefix, and its value."""
    return dict(line.removeprefix("spack_cache_etl_").rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_every_metric_is_a_gauge_with_help_before_its_samples():
    """As the text format asks for: HELP, TYPE, samples, each name once, a newline at the end."""
    text = metrics_text(FAILED, WHOLE)
    lines = text.splitlines()
    sample = re.compile(r'spack_cache_etl_[a-z_]+(\{[a-z]+="[^"]*"\})? -?[0-9]+(\.[0-9]+)?')

    assert list(METRICS) == [line.split()[2].removeprefix("spack_cache_etl_") for line in lines if line.startswith("# HELP ")]
    for number, line in enumerate(lines):
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert f"# TYPE {name} gauge" == lines[number + 1]
            assert lines[number + 2].startswith(name)
    assert all(sample.fullmatch(line) for line in lines if not line.startswith("#"))
    assert text.endswith("\n") and all(
        re.search("(_seconds|_bytes|_status|[a-z]s|release|read|seen|rejected|stale)$", one) for one in METRICS
    )


def test_a_run_is_told_by_its_end():
    """One gauge a status; numbers as they are."""
    found = samples(metrics_text(FAILED, WHOLE))
    statuses = {name: value for name, value in found.items() if name.startswith("last_run_status")}

    assert {
        f'last_run_status{{status="{one}"}}': str(int(one == "failed")) for one in ("published", "unchanged", "refused", "failed")
    } == statuses
    assert (str(UNIX), "1.500", "7", "9", "1") == tuple(
        found[f"last_run_{name}"] for name in ("timestamp_seconds", "duration_seconds", "peak_memory_bytes", "documents_seen", "warnings")
    )
    assert ("3", str(UNIX), "2") == (
        found["release"],
        found['source_observed_timestamp_seconds{source="public"}'],
        found["documents_stale"],
    )


def test_what_is_not_known_has_no_line():
    """A zero would be a claim."""
    found = samples(metrics_text(FAILED, Standing(release=0)))

    assert "0" == found["release"]
    assert set() == {"specs", "memberships", "documents_stale", "warehouse_bytes", "last_success_timestamp_seconds"} & set(found)
    assert {"release": "0"} == samples(metrics_text(None, Standing(release=0)))


def test_a_name_cannot_leave_its_quotes():
    """Sources are named by people."""
    text = metrics_text(None, Standing(observed_at={'a"\\\nb': NIGHT}))

    assert rf'spack_cache_etl_source_observed_timestamp_seconds{{source="a\"\\\nb"}} {UNIX}' in text.splitlines()


def test_the_last_success_is_the_last_run_that_published_or_found_nothing_changed(tmp_path):
    """A failed one after it does not count; where nothing was ever published, there is no release."""
    ends = [NIGHT, NIGHT + dt.timedelta(days=1), NIGHT + dt.timedelta(days=2)]
    runs = [RunRecord("x", NIGHT, "1", status, end) for status, end in zip(("published", "unchanged", "failed"), ends, strict=True)]
    now = standing(Store(tmp_path / "none"), runs)

    assert (ends[1], 0, None) == (now.last_success_at, now.release, now.specs)


def test_the_file_is_replaced_as_a_whole(tmp_path):
    """Readable for others; nothing is left beside it, also where it could not be written."""
    file = tmp_path / "etl.prom"
    write_metrics(file, "old\n")
    write_metrics(file, "new\n")
    with pytest.raises(FileNotFoundError):
        write_metrics(tmp_path / "none" / "etl.prom", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_metrics(tmp_path / "folder", "x")

    assert "new\n" == file.read_text()
    assert {"etl.prom", "folder"} == {one.name for one in tmp_path.iterdir()}
