"""The marts of how far the data can be trusted, on both DuckDB versions."""

import datetime as dt

import pytest

from .conftest import nights, snapshot


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_freshness_is_counted_in_utc(zone, warehouse, ask, monkeypatch):
    """A source that changed three hours ago is three hours old, whatever the time zone of the reader; so is a run."""
    monkeypatch.setenv("TZ", zone)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    catalog = warehouse(snapshots=(snapshot(at=now - dt.timedelta(hours=3)),))

    since_run = (now - dt.datetime(2026, 11, 22, 4)) / dt.timedelta(hours=1)
    query = f"""select source, last_run_at, last_run_status, round(hours_since_run - {since_run}, 1), round(hours_unchanged, 1), is_complete
                from freshness"""
    assert [("public", "2026-11-22 04:00:00", "published", 0.0, 3.0, True)] == ask(catalog, query)


def test_freshness_looks_at_the_last_snapshot_of_each_source(warehouse, ask):
    """What the night before could not see is no gap of the last one; what one source lacks is no fault of another."""
    catalog = warehouse(
        snapshots=(*nights(2), snapshot("own"), snapshot("third")),
        gaps=[{"snapshot_id": 1, "stack": None}, {"snapshot_id": 1, "source": "own", "stack": None}, {"snapshot_id": 1, "source": "own"}],
        rejects=[{"source": "third"}],
    )

    query = """select source, last_changed_at, snapshot_count, document_count, gap_count, reject_count, is_complete
               from freshness order by source"""
    assert [
        ("own", "2026-11-22 04:00:00", 1, 1, 2, 0, False),
        ("public", "2026-11-23 04:00:00", 2, 1, 0, 0, True),
        ("third", "2026-11-22 04:00:00", 1, 1, 0, 1, False),
    ] == ask(catalog, query)


# Four pages: of zlib's nothing is wrong, zstd's cannot be read, curl's and that of bzip2, which cannot be read either, are left over.
# The page of v1.0 stands still because its tag was not observed.
DOUBTFUL = {
    "documents": [
        {},
        {"package": "zstd", "is_stale": True},
        {"package": "curl"},
        {"package": "bzip2", "is_stale": True},
        {"tag": "v1.0", "is_stale": True},
    ],
    "leftovers": [{"package": "curl"}, {"package": "bzip2"}],
    "gaps": [{"tag": "v1.0", "stack": None}],
    "tags": [{}, {"tag": "v1.0", "kind": "release"}],
}


def test_documents_that_cannot_be_read_are_counted_apart_from_those_left_over(warehouse, ask):
    """Those of a tag that was not observed are neither: the tag is a gap."""
    catalog = warehouse(**DOUBTFUL)

    assert [(1, 2, 1, False)] == ask(catalog, "select stale_document_count, leftover_document_count, gap_count, is_complete from freshness")
    assert [("develop", 4, 1, 2), ("v1.0", 1, 0, 0)] == ask(
        catalog, "select tag, document_count, stale_document_count, leftover_document_count from page_consistency order by tag"
    )


def test_what_is_frozen_or_left_over_leaves_a_source_complete(warehouse, ask):
    """A weekly tag that nobody can observe any more, one of which nothing was ever had, a release of one page, a page left over."""
    catalog = warehouse(
        documents=[{}, {"package": "curl"}, {"tag": "develop-2026-11-15", "is_stale": True}, {"tag": "v1.0"}],
        tag_specs=[{"spec_hash": "a" * 32, "tag": "v1.0"}],
        leftovers=[{"package": "curl"}],
        gaps=[{"tag": tag, "stack": None} for tag in ("develop-2026-11-08", "develop-2026-11-15")] + [{"tag": "v1.0", "stack": "hep"}],
        published_tag_counts=[{"tag": "v1.0", "published_spec_count": 7}],
        tags=[{}, {"tag": "develop-2026-11-15", "kind": "weekly"}, {"tag": "v1.0", "kind": "release"}],
    )

    assert [(0, 1, 3, 1, 0, True)] == ask(
        catalog,
        "select stale_document_count, leftover_document_count, gap_count, partial_tag_count, reject_count, is_complete from freshness",
    )


@pytest.mark.parametrize(
    ("lacking", "gap_count", "partial_tag_count"),
    [
        ({"published_tag_counts": [{"published_spec_count": 7}]}, 0, 1),
        ({"published_tag_stacks": [{"stack": "hep"}]}, 0, 1),
        ({"gaps": [{"stack": "hep"}]}, 1, 0),
        ({"gaps": [{"tag": "untagged", "stack": None}]}, 1, 0),
    ],
    ids=["fewer specs than counted", "no spec of a stack", "a stack not observed", "a tag never observed"],
)
def test_a_source_is_not_complete_where_a_tag_that_changes_lacks_something(lacking, gap_count, partial_tag_count, warehouse, ask):
    """It is wrong today, and may be well tomorrow."""
    catalog = warehouse(documents=[{}], tags=[{}], tag_specs=[{"spec_hash": "a" * 32}], **lacking)

    query = "select gap_count, partial_tag_count, is_complete from freshness"
    assert [(gap_count, partial_tag_count, False)] == ask(catalog, query)


def test_a_claim_that_fails_leaves_a_source_complete(warehouse, ask):
    """It is counted; one that holds is not."""
    catalog = warehouse(
        documents=[{}],
        tags=[{}],
        reconciliation=[{"claim": "targets", "published": "zen4", "differs": "zen3"}, {"claim": "oss", "published": "rhel8"}],
    )

    assert [(1, True)] == ask(catalog, "select unequal_claim_count, is_complete from freshness")


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


def test_the_share_of_claims_that_agree_has_no_digit_too_many(warehouse, ask):
    """One of five: 0.2, and not what is left of 1 after 0.8."""
    said = ["compilers", "oss", "platforms", "targets"]
    catalog = warehouse(
        documents=[{}],
        tags=[{}],
        reconciliation=[{"claim": claim, "published": "a", "differs": "b"} for claim in said] + [{"claim": "versions", "published": "1.3"}],
    )

    assert [(0.2,)] == ask(catalog, "select equal_share from page_consistency")


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
