"""Real pages of the public cache, where they lie beside the checkout (`../shared/documents`): loaded whole, as published."""

import csv
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.pipeline import run
from etl.quality import run_checks
from etl.query import ask
from etl.run_report import RunReport

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
DOCUMENTS = SHARED / "documents"

pytestmark = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="../shared/documents is not here")


def index() -> list[dict[str, str]]:
    """The pages of layouts E, F and G, with how many specs each holds."""
    with (DOCUMENTS / "INDEX.tsv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["layout"] in ("E", "F", "G")]


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
    assert [(8 * len(index()),)] == ask(warehouse, "select count(*) from reconciliation where package is not null").rows


def test_a_spec_in_root_alone_and_a_tag_without_root_lose_nothing(warehouse):
    """amg2013 has one spec in `root` and no stack; the two-part tags have no root at all."""
    alone = "select package, spec_hash like '6e4s22p6%' from tag_specs where is_root_only"
    rootless = "select distinct tag, is_in_root from tag_specs where tag in ('v0.18', 'v0.19', 'v0.20') order by tag"

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
