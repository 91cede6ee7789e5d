"""Real pages of the public cache, where they lie beside the checkout (`../shared/documents`): loaded whole, as published."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from etl.config import RejectBudget, RunOptions
from etl.pipeline import run
from etl.quality import run_checks
from etl.query import ask
from etl.run_report import RunReport

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
DOCUMENTS = SHARED / "documents"

pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="../shared/documents is not here")


# What the list counts of these two are lines; four of them say what another says, and without hashes nothing tells those apart.
DISTINCT = {"a083123a/_cache/zlib/index.md": "50", "84edadc4/_cache/zlib/specs.md": "50"}


def index(layouts: str = "ABCEFG") -> list[dict[str, str]]:
    """The pages, with how many specs each holds."""
    with (DOCUMENTS / "INDEX.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["layout"] in layouts]
    return [row | {"specs": DISTINCT.get(row["path"], row["specs"])} for row in rows]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """Each commit's folder is a cache of its own: one named source each."""
    folder = tmp_path_factory.mktemp("real") / "warehouse"
    sources = {row["path"].split("/")[0] for row in index()}
    report = RunReport()
    run(RunOptions(folder, tuple((name, str(DOCUMENTS / name)) for name in sorted(sources))), report, lambda *_: None)

    assert ("published", 0) == (report.status, report.documents["rejected"])
    return folder


def test_the_seed_gives_its_68_specs(tmp_path):
    """One document as the source: it names its own tag and package. 68 specs stand in 104 stacks between them."""
    (seed,) = (DOCUMENTS / "seed").iterdir()
    command = [sys.executable, "-m", "etl", "run", str(seed), "--warehouse", str(tmp_path / "w"), "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    warehouse = tmp_path / "w"

    assert (68, 104, 0) == (report["specs"]["current"], report["memberships"]["current"], report["documents"]["rejected"])
    for view, count in {"specs": 68, "tag_specs": 68, "memberships": 104, "rejects": 0}.items():
        assert [(count,)] == ask(warehouse, f"select count(*) from {view}").rows
    assert [("develop", "py-propcache", "F", 68, 68)] == ask(
        warehouse, "select tag, package, layout, spec_count, published_spec_count from documents"
    ).rows
    claims = ["compilers", "num_specs", "num_specs", "num_specs_by_stack", "oss", "platforms", "stacks", "targets", "versions"]
    assert [(claim, True) for claim in claims] == ask(warehouse, "select claim, is_equal from reconciliation order by claim").rows


def test_every_page_has_the_layout_and_specs_it_is_known_to_have(warehouse):
    """As they were counted by hand when the pages were collected."""
    expected = sorted((row["path"].split("/", 1)[0], row["path"].split("/", 1)[1], row["layout"], int(row["specs"])) for row in index())

    assert expected == sorted(ask(warehouse, "select source, path, layout, spec_count from documents").rows)


def test_nothing_is_refused_and_every_claim_holds(warehouse):
    """No reject, and each published count is the computed one."""
    assert [] == list(ask(warehouse, "select path, rule, excerpt from rejects").rows)
    assert [] == list(ask(warehouse, "select * from reconciliation where not is_equal").rows)
    claims = 8 * len(index("EFG")) + 2 * len(index("ABC"))  # the old layouts claim versions and compilers alone
    assert [(claims,)] == ask(warehouse, "select count(*) from reconciliation where package is not null").rows


def test_what_an_old_page_does_not_say_is_null(warehouse):
    """No counts, no stacks, no sizes; and no hash but for the one spec whose own file lies beside its page."""
    old = """
        select {} from tag_specs join documents using (source, tag, package) join specs using (spec_hash)
        where layout in ('A', 'B', 'C')
    """
    silent = old.format("distinct stack_count, stacks_text, is_root_only, specs.size_bytes, documents.published_spec_count")

    assert [(None, None, None, None, None)] == ask(warehouse, silent).rows
    assert [(1, 102)] == ask(warehouse, old.format("count(*) filter (where is_hashed), count(*) filter (where not is_hashed)")).rows
    kinds = "select distinct tag, kind from tags join documents using (source, tag) where layout in ('A', 'B', 'C') order by tag"
    assert [("develop", "develop"), ("untagged", "other"), ("v0.18", "release")] == ask(warehouse, kinds).rows


def test_a_spec_in_root_alone_and_a_tag_without_root_lose_nothing(warehouse):
    """amg2013 has one spec in `root` and no stack; the two-part tags have no root at all."""
    alone = "select package, spec_hash like '6e4s22p6%' from tag_specs where is_root_only"
    rootless = """
        select distinct tag, is_in_root from tag_specs join documents using (source, tag, package)
        where tag in ('v0.18', 'v0.19', 'v0.20') and layout = 'E' order by tag
    """

    assert [("amg2013", True)] == ask(warehouse, alone).rows
    assert [("v0.18", False), ("v0.19", False), ("v0.20", False)] == ask(warehouse, rootless).rows


def test_two_spellings_of_one_fact_are_one(warehouse):
    """The pages of rocblas before and after the change of spelling differ in their hashes alone."""
    told = "version, compiler_name, compiler_version, platform, os, target, variants_text, configuration_id, stacks_text"
    query = f"select {told} from specs join tag_specs using (spec_hash) where tag = '{{}}' and specs.package = 'rocblas' order by all"
    before, after = (ask(warehouse, query.format(f"develop-2025-03-{day}")).rows for day in (23, 30))

    assert 2 == len(before)
    assert before == after


def test_every_option_is_understood_and_every_page_agrees_with_the_others(warehouse):
    """No reject of an option, no spec of which two pages say different things, no broken claim but targets unknown to archspec."""
    broken = {one.name: one.broken.rows for one in run_checks(warehouse) if one.broken.rows}

    assert {"every_target_is_known": [("graviton2",)]} == broken
    assert [] == list(ask(warehouse, "select * from spec_conflicts").rows)


def test_the_seed_has_as_many_configurations_as_a_plain_script_counts(tmp_path):
    """Builds that look the same but for their hash are one: counted here by reading the page with nothing of ours."""
    (seed,) = (DOCUMENTS / "seed").iterdir()
    details = next(line for line in seed.read_text().splitlines() if line.startswith("spec_details: "))
    seen = set()
    for spec in json.loads(details.removeprefix("spec_details: ")):
        looks = {key: value for key, value in spec.items() if key not in ("hash", "stacks", "size")}
        seen.add(json.dumps(looks, sort_keys=True))
    run(RunOptions(tmp_path / "w", (("seed", str(seed)),)), RunReport(), lambda *_: None)

    assert [(68, len(seen))] == ask(tmp_path / "w", "select count(*), count(distinct configuration_id) from specs").rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Thousands of pages that Spack's own generator wrote, in a new and an old dialect: a source each."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("../shared/corpus is not here")
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("site", "site-old-dialect"):
        with tarfile.open(SHARED / "corpus" / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    sources = (("new", str(folder / "site")), ("old", str(folder / "site-old-dialect")))
    report = RunReport()
    run(RunOptions(folder / "warehouse", sources, workers=2), report, lambda *_: None)

    assert ("published", 0) == (report.status, report.documents["rejected"])
    return folder / "warehouse"


def test_thousands_of_pages_hold_together(corpus):
    """Every key points at a row, every claim is the count, every option is understood, no page contradicts another."""
    assert {} == {one.name: one.broken.rows[:5] for one in run_checks(corpus) if one.broken.rows}
    assert [(0, 0)] == ask(corpus, "select (select count(*) from rejects), (select count(*) from spec_conflicts)").rows
    assert [(9_642 + 2_840,)] == ask(corpus, "select count(*) from tag_specs").rows


def test_two_dialects_of_the_same_pages_say_the_same(corpus):
    """Layout E and layout F of one tag: the same specs in the same stacks, though order, keys and spelling differ."""
    told = "tag, package, spec_hash, stacks_text, is_root_only"
    rows = f"select {told} from tag_specs where source = '{{}}' and tag = 'develop-2024-03-31' order by all"

    assert [("E", 689), ("F", 2592)] == ask(corpus, "select layout, count(*) from documents group by layout order by layout").rows
    assert ask(corpus, rows.format("old")).rows == ask(corpus, rows.format("new")).rows


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Path:
    """The pages, and the build cache index of the same tags: two sources of one warehouse."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip("../shared/corpus is not here")
    folder = tmp_path_factory.mktemp("both")
    with tarfile.open(SHARED / "corpus" / "manifest.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    index = folder / "manifest" / "cache_spack_io_index.json"
    sources = (("pages", str(SHARED / "corpus" / "site.tar.gz")), ("index", f"buildcache+{index}"))
    report = RunReport()
    run(RunOptions(folder / "warehouse", sources, workers=2), report, lambda *_: None)

    assert ("published", 0) == (report.status, report.documents["rejected"])
    return folder / "warehouse"


def test_pages_and_index_of_the_same_tags_say_the_same(both):
    """The same specs in the same stacks under the same tags; what they say of a spec differs in nothing."""
    rows = "select tag, package, spec_hash, stacks_text, is_in_root from tag_specs where source = '{}' order by all"

    assert 9_642 == len(ask(both, rows.format("pages")).rows)
    assert ask(both, rows.format("pages")).rows == ask(both, rows.format("index")).rows
    assert [] == list(ask(both, "select * from spec_conflicts").rows)
    assert [("index", "pages", 8_651, 8_651, 0, 0), ("pages", "index", 8_651, 8_651, 0, 0)] == ask(
        both,
        "select * exclude (same_share) from source_overlap order by all",
    ).rows
    assert {} == {one.name: one.broken.rows[:5] for one in run_checks(both) if one.broken.rows}


def test_the_index_says_what_builds_depend_on(both):
    """Counted by a plain script over the index of one tag: builds that link to one zlib-ng or run with it, at whatever version."""
    index = json.loads((both.parent / "manifest" / "develop-2024-05-12" / "build_cache" / "index.json").read_text())["database"]["installs"]
    expected = sum(
        any(
            one["name"] == "zlib-ng" and {"link", "run"} & set(one["parameters"]["deptypes"])
            for one in entry["spec"].get("dependencies", ())
        )
        for entry in index.values()
        if entry["in_buildcache"]
    )
    query = """
        select count(distinct spec_hash) from spec_dependencies join tag_specs using (spec_hash)
        where source = 'index' and tag = 'develop-2024-05-12' and dependency_package = 'zlib-ng' and kind in ('link', 'run')
    """

    assert 0 < expected
    assert [(expected,)] == ask(both, query).rows


def test_the_totals_of_the_source_hold(both):
    """`count` and `stacks` of each tag, as the source publishes them beside its pages; the index lists stacks alone."""
    claims = (
        "select source, claim, count(*), bool_and(is_equal) from reconciliation where package is null group by source, claim order by all"
    )

    assert [
        ("index", "stacks", 4, True),
        ("pages", "count", 4, True),
        ("pages", "num_specs", 4, True),
        ("pages", "stacks", 4, True),
    ] == ask(both, claims).rows
    assert [(False, True)] == ask(both, "select distinct is_partial, is_observed from tags").rows


def test_a_history_is_read_at_its_last_night(tmp_path):
    """The last commit of the branch, without a checkout; it takes its time and revision from there."""
    bundle = SHARED / "corpus" / "history.bundle"
    if not bundle.is_file():
        pytest.skip("../shared/corpus is not here")
    subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), str(tmp_path / "nights.git")], check=True)
    git = ["git", "-C", str(tmp_path / "nights.git"), "log", "-1", "--format=%H %ct", "nights"]
    commit, seconds = subprocess.run(git, check=True, capture_output=True, text=True).stdout.split()
    run(RunOptions(tmp_path / "w", (("night", f"git+{tmp_path / 'nights.git'}@nights"),)), RunReport(), lambda *_: None)

    assert [(commit, int(seconds))] == ask(tmp_path / "w", "select revision, cast(epoch(observed_at) as bigint) from snapshots").rows


def git(*words: str, at: Path, **variables: str) -> str:
    """What git says of a checkout."""
    who = ["-c", "user.name=night", "-c", "user.email=night@example.org"]
    command = ["git", *who, "-C", str(at), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **variables}).stdout


@pytest.fixture(scope="module")
def nights(tmp_path_factory) -> tuple[Path, list[str]]:
    """A checkout of the history, and its commits; one of ours comes last: it has lost a tag that it lists, and half a page."""
    bundle = SHARED / "corpus" / "history.bundle"
    if not bundle.is_file():
        pytest.skip("../shared/corpus is not here")
    checkout = tmp_path_factory.mktemp("history") / "nights"
    git("clone", "--quiet", "--branch", "nights", str(bundle), str(checkout), at=checkout.parent)
    shutil.rmtree(checkout / "_cache" / "v0.21.2")
    half = checkout / "_cache" / "develop" / "zlib-ng" / "specs.md"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    day_after = str(int(git("log", "-1", "--format=%ct", at=checkout)) + 86_400)
    git("commit", "--quiet", "--all", "--message", "half a night", at=checkout, GIT_COMMITTER_DATE=f"{day_after} +0000")
    return checkout, git("log", "--first-parent", "--reverse", "--format=%H", at=checkout).split()


def load_night(warehouse: Path, checkout: Path, commit: str) -> None:
    """Publish one commit, whatever it lost."""
    source = (("cache", f"git+{checkout}@{commit}"),)
    report = RunReport()
    run(RunOptions(warehouse, source, workers=2, max_rejects=RejectBudget(count=1), accept_shrink=True), report, lambda *_: None)

    assert "published" == report.status


@pytest.fixture(scope="module")
def followed(nights, tmp_path_factory) -> Path:
    """The nights one by one, each on top of those before."""
    checkout, commits = nights
    for commit in commits:
        load_night(warehouse := tmp_path_factory.getbasetemp() / "followed", checkout, commit)
    return warehouse


AS_OF = {
    "tag_specs": "tag, package, spec_hash, stack_count, stacks_text, is_in_root, is_root_only",
    "memberships": "tag, package, spec_hash, stack",
}


def as_of(warehouse: Path, view: str, commit: str) -> set[tuple[object, ...]]:
    """The rows of a view as they were at the time of a commit."""
    ((time,),) = ask(warehouse, f"select observed_at from snapshots where revision = '{commit}'").rows
    return set(ask(warehouse, f"select {AS_OF[view]} from {view}_as_of(timestamp '{time}')").rows)


@pytest.mark.parametrize("number", [0, 3, 6, 10])
def test_a_night_long_past_is_still_what_a_load_of_it_alone_shows(nights, followed, tmp_path, number):
    """Nothing of it was refused or missed, so each row is the same, of specs under tags and of specs in stacks."""
    checkout, commits = nights
    load_night(tmp_path / "alone", checkout, commits[number])
    missed = f"select tag, stack from data.gaps join data.snapshots using (source, snapshot_id) where revision = '{commits[number]}'"

    assert [] == list(ask(followed, missed).rows)
    for view, columns in AS_OF.items():
        alone = set(ask(tmp_path / "alone", f"select {columns} from {view}").rows)

        assert 1_000 < len(alone)
        assert alone == as_of(followed, view, commits[number])


def test_what_a_night_did_not_show_is_as_it_was_and_said_to_be(nights, followed, tmp_path):
    """The tag that is gone is a gap and its pages are stale, as the half page is; their rows are those of the night before."""
    checkout, commits = nights
    load_night(tmp_path / "alone", checkout, commits[-1])
    stale = set(ask(followed, "select tag, package from data.documents where is_stale").rows)

    assert [(12, "v0.21.2", None)] == ask(followed, "select snapshot_id, tag, stack from data.gaps").rows
    assert ("develop", "zlib-ng") in stale and {"develop", "v0.21.2"} == {tag for tag, _ in stale}
    for view, columns in AS_OF.items():
        alone = set(ask(tmp_path / "alone", f"select {columns} from {view}").rows)
        kept = {row for row in as_of(followed, view, commits[-2]) if row[:2] in stale}

        assert kept and alone
        assert alone | kept == as_of(followed, view, commits[-1])


def test_every_claim_holds_after_twelve_nights(followed):
    """Every key points at a row, and every page adds up to what it claims: also those that are kept."""
    assert {} == {one.name: one.broken.rows[:5] for one in run_checks(followed) if one.broken.rows}
