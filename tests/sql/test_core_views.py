"""The core views: rows of the stored tables -> rows of the view, on both DuckDB versions."""

import datetime as dt
import json

from etl.transform import version_order

from .conftest import NEXT_NIGHT, NIGHT, snapshot

A, B, C = ("a" * 32, "b" * 32, "c" * 32)


def test_a_row_carries_the_time_of_the_snapshot_it_was_first_seen_in(warehouse, ask):
    """`first_seen_at` is the snapshot's time, of the row's own source."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own", 1, NEXT_NIGHT)),
        tag_specs=[{"source": "public"}, {"source": "own"}],
    )

    assert [("own", str(NEXT_NIGHT)), ("public", str(NIGHT))] == ask(catalog, "select source, first_seen_at from tag_specs order by source")


def test_a_spec_is_as_old_as_its_first_sighting_in_any_source(warehouse, ask):
    """First seen is the earliest over sources, last seen the latest snapshot of those that hold it."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own", 1, NEXT_NIGHT)),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[{"source": "public", "spec_hash": A}, {"source": "own", "spec_hash": A}, {"source": "own", "spec_hash": B}],
    )

    expected = [(A, str(NIGHT), str(NEXT_NIGHT), True), (B, str(NEXT_NIGHT), str(NEXT_NIGHT), True)]
    assert expected == ask(catalog, "select spec_hash, first_seen_at, last_seen_at, is_current from specs order by spec_hash")


def test_a_spec_under_no_tag_is_not_current(warehouse, ask):
    """It stays a row, and no time is made up for it."""
    catalog = warehouse(specs=[{"spec_hash": A}])

    assert [(A, None, False)] == ask(catalog, "select spec_hash, first_seen_at, is_current from specs")


def test_a_spec_has_its_targets_family_and_keeps_an_unknown_target(warehouse, ask):
    """The family comes from the dimension; a target that archspec does not know has none."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "target": "zen4"}, {"spec_hash": B, "target": "z80"}],
        targets=[{"target": "zen4", "family": "x86_64"}],
    )

    assert [("z80", None), ("zen4", "x86_64")] == ask(catalog, "select target, target_family from specs order by target")


def test_a_tag_counts_its_pages_specs_and_stacks(warehouse, ask):
    """A spec in two stacks counts once; a tag whose pages are empty still is a row."""
    catalog = warehouse(
        documents=[
            {"package": "zlib", "published_spec_count": 2},
            {"package": "zstd", "published_spec_count": 1},
            {"tag": "develop-2026-11-15"},
        ],
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "package": "zstd"}],
        memberships=[{"spec_hash": A, "stack": "e4s"}, {"spec_hash": A, "stack": "hep"}, {"spec_hash": B, "stack": "hep"}],
        tags=[{"tag": "develop"}, {"tag": "develop-2026-11-15", "kind": "weekly", "tag_date": dt.date(2026, 11, 15)}],
    )

    query = "select tag, kind, tag_date, package_count, spec_count, stack_count, published_spec_count, is_observed from tags order by tag"
    assert [
        ("develop", "develop", None, 2, 3, 2, 3, True),
        ("develop-2026-11-15", "weekly", "2026-11-15", 1, 0, 0, None, True),
    ] == ask(catalog, query)


def test_a_package_knows_its_newest_version_in_spacks_order(warehouse, ask):
    """1.10 is newer than 1.9, whatever the text says."""
    catalog = warehouse(
        specs=[{"spec_hash": A, "version": "1.9"}, {"spec_hash": B, "version": "1.10"}, {"spec_hash": C, "version": "1.10"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C}],
        versions=[
            {"version": "1.9", "version_order": 1, "is_newest": False},
            {"version": "1.10", "version_order": 2, "is_newest": True},
        ],
    )

    query = "select package, spec_count, version_count, newest_version, is_current from packages"
    assert [("zlib", 3, 2, "1.10", True)] == ask(catalog, query)


def test_a_development_version_is_told_from_a_release(warehouse, ask):
    """Each name that Spack takes for newer than any number, also as a part; not in a longer word, in large letters or before the `=`."""
    development = [
        "1.2-stable",
        "3.develop",
        "1.main2x",
        "develop-rc1",
        "git.abc=main",
        "git.v1.2",
        "0123456789abcdef" * 2 + "01234567",
        "x=y=head",
    ]
    releases = ["1.9", "1.2-11", "Main", "mainline", "premain", "1.2rc1", "git.main=1.2", "0123456789abcdef", "=1.0"]
    development += version_order._INFINITY_NAMES
    texts = [*development, *releases]
    catalog = warehouse(versions=[{"version": text, "version_order": order} for order, text in enumerate(texts, start=1)])

    assert sorted(development) == [
        version for (version,) in ask(catalog, "select version from versions where is_development order by version")
    ]
    assert sorted(releases) == [version for (version,) in ask(catalog, "select version from versions where not is_development order by 1")]


def test_the_order_of_releases_has_development_versions_first(warehouse, ask):
    """In each of both Spack's order; the newest in Spack's order stays what it was."""
    catalog = warehouse(
        versions=[
            {"version": version, "version_order": order, "is_newest": version == "develop"}
            for order, version in enumerate(("1.9", "1.10", "main", "develop"), start=1)
        ]
    )

    assert [("main", 1, False), ("develop", 2, True), ("1.9", 3, False), ("1.10", 4, False)] == ask(
        catalog, "select version, release_order, is_newest from versions order by release_order"
    )


def test_compilers_are_those_that_are_known(warehouse, ask):
    """An unknown compiler is none."""
    catalog = warehouse(
        specs=[
            {"spec_hash": A},
            {"spec_hash": B},
            {"spec_hash": C, "compiler_name": None, "compiler_version": None},
        ],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B}, {"spec_hash": C}],
    )

    assert [("gcc", "13.2.0", 2)] == ask(catalog, "select compiler_name, compiler_version, spec_count from compilers")


def test_reconciliation_sets_each_claim_beside_what_was_counted(warehouse, ask):
    """Equal rows are kept: what does not differ was counted as it was claimed."""
    catalog = warehouse(
        reconciliation=[
            {"claim": "num_specs", "published": "3", "differs": "2"},
            {"claim": "oss", "published": "centos7,rhel8", "differs": None},
        ],
    )

    query = "select package, claim, published, computed, is_equal from reconciliation order by claim"
    assert [("zlib", "num_specs", "3", "2", False), ("zlib", "oss", "centos7,rhel8", "centos7,rhel8", True)] == ask(catalog, query)


def test_reconciliation_sets_a_tags_pages_beside_its_specs(warehouse, ask):
    """The claims of all pages together, without a package; a tag whose pages claim nothing has no row."""
    catalog = warehouse(
        documents=[{"published_spec_count": 2}, {"package": "zstd", "published_spec_count": 1}, {"tag": "v0.18"}],
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}],
        tags=[{"tag": "develop"}, {"tag": "v0.18", "kind": "release"}],
    )

    assert [("develop", None, "num_specs", "3", "2", False)] == ask(
        catalog, "select tag, package, claim, published, computed, is_equal from reconciliation"
    )


def test_conflicts_show_what_pages_say_otherwise(warehouse, ask):
    """As they say it."""
    catalog = warehouse(spec_conflicts=[{"field": "compiler", "value": "gcc@=12", "document_count": 2}])

    assert [(A, "compiler", "gcc@=12", 2)] == ask(catalog, "select spec_hash, field, value, document_count from spec_conflicts")


def test_rejects_name_the_run_that_refused_them(warehouse, ask):
    """The run is that of the snapshot they belong to."""
    catalog = warehouse(rejects=[{"rule": "bad_hash", "scope": "spec", "line": 6}])

    expected = [("run-1", str(NIGHT), "_cache/develop/zlib/specs.md", "spec", "bad_hash", 6)]
    assert expected == ask(catalog, "select run_id, observed_at, path, scope, rule, line from rejects")


def test_runs_are_read_from_their_records_as_they_are_now(warehouse, ask):
    """A run that ended after the release was made is there; one under way is not; `rejects` in a record is no matter."""
    catalog = warehouse()
    runs = catalog.parent / "runs"
    told = {"status": "refused", "seconds": 1.5, "rejects": [{"rule": "empty"}], "reason": "why", "warnings": ["a", "b"]}
    (runs / "s.json").write_text(json.dumps({"run_id": "s"} | told))
    (runs / "t.json").write_text('{"run_id": "t", "status": "running"}')

    expected = [("r", "published", None, None, ""), ("s", "refused", 1.5, "why", "a; b")]
    assert expected == ask(catalog, "select run_id, status, seconds, reason, warnings_text from runs order by run_id")


def test_plain_views_show_their_table(warehouse, ask):
    """Documents, memberships, variants, versions and dimensions come as they are stored."""
    catalog = warehouse(
        documents=[{"spec_count": 1, "size_bytes": 224}],
        memberships=[{"stack": "hep"}],
        spec_variants=[{"variant": "mpi", "value": "true", "kind": "boolean", "is_propagated": False}],
        published_counts=[{"stack": "root", "published_spec_count": 5}],
        operating_systems=[{"os": "ubuntu24.04", "distribution": "ubuntu", "release": "24.04"}],
        stacks=[{"stack": "hep", "family": "hep", "platform": "linux"}],
    )

    assert [("F", 224, 1, str(NIGHT))] == ask(catalog, "select layout, size_bytes, spec_count, changed_at from documents")
    assert [("hep", A, str(NIGHT))] == ask(catalog, "select stack, spec_hash, first_seen_at from memberships")
    assert [("mpi", "true", "boolean", False)] == ask(catalog, "select variant, value, kind, is_propagated from spec_variants")
    assert [("root", 5)] == ask(catalog, "select stack, published_spec_count from published_counts")
    assert [("ubuntu", "24.04")] == ask(catalog, "select distribution, release from operating_systems")
    assert [("hep", "linux", None)] == ask(catalog, "select family, platform, accelerator from stacks")
    assert [("public", 1, str(NIGHT), "run-1")] == ask(catalog, "select source, snapshot_id, observed_at, run_id from snapshots")


def test_totals_of_a_tag_are_claims_with_no_package(warehouse, ask):
    """`count` beside the specs held, `stacks` beside those that have specs, `root` among them."""
    catalog = warehouse(
        documents=[{}],
        tags=[{}],
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "stack_count": 1}],
        memberships=[{"spec_hash": A, "stack": "e4s"}],
        published_tag_counts=[{"published_spec_count": 1}, {"tag": "v1.0", "published_spec_count": 5}],
        published_tag_stacks=[{"stack": "e4s"}, {"stack": "root"}, {"tag": "v1.0", "stack": "hep"}],
    )

    assert [
        ("develop", "count", "1", "1", True),
        ("develop", "stacks", "e4s,root", "e4s,root", True),
        ("v1.0", "count", "5", "0", False),
        ("v1.0", "stacks", "hep", "", False),
    ] == ask(catalog, "select tag, claim, published, computed, is_equal from reconciliation where package is null order by tag, claim")
    assert [(None, None, 1), (None, None, 5)] == ask(
        catalog, "select package, stack, published_spec_count from published_counts order by tag"
    )


def test_a_tag_is_partial_if_specs_or_stacks_are_missing(warehouse, ask):
    """Fewer specs than the source counts, or a listed stack without one; a source that says neither leaves it open. `root` is no stack."""
    catalog = warehouse(
        documents=[{"tag": tag} for tag in ("few", "open", "stackless", "whole")],
        tags=[{"tag": tag} for tag in ("few", "open", "stackless", "whole")],
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "tag": tag} for tag in ("few", "open", "stackless", "whole")],
        memberships=[{"spec_hash": A, "tag": "whole", "stack": "e4s"}],
        published_tag_counts=[{"tag": "few", "published_spec_count": 2}, {"tag": "whole", "published_spec_count": 1}],
        published_tag_stacks=[
            {"tag": "stackless", "stack": "e4s"},
            {"tag": "whole", "stack": "e4s"},
            {"tag": "whole", "stack": "root"},
        ],
    )

    assert [("few", True), ("open", None), ("stackless", True), ("whole", False)] == ask(
        catalog, "select tag, is_partial from tags order by tag"
    )


def test_a_leftover_page_is_stale(warehouse, ask):
    """Whether it could be read or not."""
    catalog = warehouse(
        documents=[{"package": "gone"}, {"package": "kept", "is_stale": True}, {"package": "zlib"}], leftovers=[{"package": "gone"}]
    )

    assert [("gone", True), ("kept", True), ("zlib", False)] == ask(catalog, "select package, is_stale from documents order by package")
