"""The marts of how far the data can be trusted, on both DuckDB versions."""

import datetime as dt

import pytest

from .conftest import nights, snapshot

PAGE = {"source": "public", "tag": "develop", "package": "zlib"}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_freshness_is_counted_in_utc(zone, warehouse, ask, monkeypatch):
    """A source seen three hours ago is three hours old, whatever the time zone of the reader."""
    monkeypatch.setenv("TZ", zone)
    seen = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(hours=3)
    catalog = warehouse(snapshots=(snapshot(at=seen),))

    assert [("public", 3.0, True, "2026-11-22 04:00:00", "published")] == ask(
        catalog, "select source, round(age_hours, 1), is_complete, last_run_at, last_run_status from freshness"
    )


def test_freshness_looks_at_the_last_snapshot_of_each_source(warehouse, ask):
    """What the night before could not see is no gap of the last one; what one source lacks is no fault of another."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own"), snapshot("third")),
        gaps=[{"snapshot_id": 1, "stack": None}, {"snapshot_id": 1, "source": "own", "stack": None}, {"snapshot_id": 1, "source": "own"}],
        rejects=[{"source": "third"}],
    )

    query = """select source, observed_at, snapshot_count, document_count, gap_count, reject_count, is_complete
               from freshness order by source"""
    assert [
        ("own", "2026-11-22 04:00:00", 1, 1, 2, 0, False),
        ("public", "2026-11-23 04:00:00", 2, 1, 0, 0, True),
        ("third", "2026-11-22 04:00:00", 1, 1, 0, 1, False),
    ] == ask(catalog, query)


def test_freshness_counts_stale_documents_and_unequal_claims(warehouse, ask):
    """What cannot be read and what left its tag is stale; a claim that fails leaves a source complete, one that holds is not counted."""
    catalog = warehouse(
        documents=[{"is_stale": True}, {"package": "zstd", "path": "_cache/develop/zstd/specs.md"}, {"source": "own"}],
        leftovers=[{**PAGE, "package": "zstd"}],
        tags=[{}],
        reconciliation=[
            {"source": "own", "claim": "targets", "published": "zen4", "differs": "zen3"},
            {"source": "own", "claim": "oss", "published": "rhel8"},
        ],
        snapshots=(snapshot(), snapshot("own")),
    )

    assert [("own", 0, 1, True), ("public", 2, 0, False)] == ask(
        catalog, "select source, stale_document_count, unequal_claim_count, is_complete from freshness order by source"
    )


def test_page_consistency_counts_claims_and_the_pages_that_break_them(warehouse, ask):
    """Two of four claims fail, both on one page: one page of two contradicts itself."""
    catalog = warehouse(
        documents=[{}, {"package": "zstd", "is_stale": True}],
        tags=[{}],
        reconciliation=[
            {"claim": "targets", "published": "zen4", "differs": "zen3"},
            {"claim": "oss", "published": "rhel8", "differs": "rhel9"},
            {"claim": "versions", "published": "1.3"},
            {"claim": "versions", "published": "1.5", "package": "zstd"},
        ],
    )

    query = """select tag, document_count, stale_document_count, claim_count, unequal_claim_count, unequal_document_count, equal_share
               from page_consistency"""
    assert [("develop", 2, 1, 4, 2, 1, 0.5)] == ask(catalog, query)


def test_page_consistency_has_what_the_source_claims_of_a_tag(warehouse, ask):
    """A tag that the source counts and of which nothing could be had is a row: of no page, with a claim that fails."""
    catalog = warehouse(published_tag_counts=[{"tag": "v1.0", "published_spec_count": 7}])

    assert [("v1.0", 0, 1, 1, 0, 0.0)] == ask(
        catalog, "select tag, document_count, claim_count, unequal_claim_count, unequal_document_count, equal_share from page_consistency"
    )


def test_page_consistency_gives_each_reject_to_the_tag_of_its_page(warehouse, ask):
    """By the page that is held, else by the path; where neither tells, there is a row without a tag. Scopes are counted apart."""
    catalog = warehouse(
        documents=[{"path": "page.md"}],
        rejects=[
            {"path": "page.md", "scope": "spec"},
            {"path": "page.md", "scope": "variant", "line": 1},
            {"path": "page.md", "scope": "variant", "line": 2},
            {"path": "_cache/v1.0/curl/specs.md"},
            {"path": "_cache/curl/index.md"},
            {"path": "other.md"},
            {"path": "_cache/develop/curl/specs.md", "source": "own"},
        ],
        snapshots=(snapshot(), snapshot("own")),
    )

    query = """select source, tag, document_count, rejected_document_count, rejected_spec_count, rejected_variant_count, equal_share
               from page_consistency order by source, tag nulls first"""
    assert [
        ("own", "develop", 0, 1, 0, 0, None),
        ("public", None, 0, 1, 0, 0, None),
        ("public", "develop", 1, 0, 1, 2, None),
        ("public", "untagged", 0, 1, 0, 0, None),
        ("public", "v1.0", 0, 1, 0, 0, None),
    ] == ask(catalog, query)
