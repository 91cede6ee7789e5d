"""Warehouses as programs of earlier schema versions left them: this one reads them, and goes on."""

import json
import re
import tarfile
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.errors import StoreError
from etl.load.manifest import OLDEST
from etl.query import ask
from etl.schema import SCHEMA_VERSION

from .conftest import NIGHT, go, later

KEPT = Path(__file__).resolve().parent / "kept"
VERSIONS = range(OLDEST, SCHEMA_VERSION + 1)
_HASH = re.compile('"hash"')
HISTORY = "select tag, spec_hash, valid_from, valid_to from tag_spec_history order by all"


@pytest.fixture(params=VERSIONS)
def kept(request, tmp_path):
    """Such a warehouse with the pages of its last night, unpacked; what a run of them is told."""
    with tarfile.open(KEPT / f"schema-{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return RunOptions(tmp_path / "warehouse", (("public", str(tmp_path / "cache")),), observed_at=later(2))


def test_a_run_over_the_same_pages_changes_nothing_and_mends_the_views(kept, tmp_path):
    """Neither views nor caches were kept: they are made anew, and what was current still is."""
    pages = sorted((tmp_path / "cache" / "_cache").iterdir())
    expected = [(tag.name, sum(len(_HASH.findall(page.read_text())) for page in tag.glob("*/specs.md"))) for tag in pages]

    assert "unchanged" == go(kept).status
    assert expected == list(ask(kept.warehouse, "select tag, count(*) from tag_specs group by tag order by tag").rows)


def test_a_run_over_other_pages_goes_on_from_it(kept, tmp_path):
    """The history is that of before, and what just ended."""
    go(kept)
    before = ask(kept.warehouse, HISTORY).rows
    page = next((tmp_path / "cache" / "_cache" / "develop-2025-07-13").glob("*/specs.md"))
    lost = len(_HASH.findall(page.read_text()))
    page.unlink()
    report = go(kept, accept_shrink=True)
    after = ask(kept.warehouse, HISTORY).rows

    assert ("published", 3, 1) == (report.status, report.release, report.documents["removed"])
    assert {(tag, one, begin) for tag, one, begin, _ in before} == {(tag, one, begin) for tag, one, begin, _ in after}
    assert lost == len(set(after) - set(before))
    assert {NIGHT, later()} == {begin for _, _, begin, _ in after}


def test_a_warehouse_older_than_any_release_is_refused(kept):
    """In words; nothing is touched."""
    manifest = kept.warehouse / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema_version": OLDEST - 1}))
    with pytest.raises(StoreError, match="older than any that was released; load into another"):
        go(kept)


def test_one_warehouse_of_each_schema_version_is_kept():
    """`python -m bench.kept` writes that of today."""
    assert [f"schema-{version}.tar.xz" for version in VERSIONS] == sorted(path.name for path in KEPT.iterdir())
