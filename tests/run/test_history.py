"""What a history holds after some nights, worked out by hand: of the brute-force model, and of real runs night by night."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from etl.config import RejectBudget
from etl.load.store import Store
from etl.query import ask
from etl.run_report import RunReport

from .conftest import go, later, page, spec
from .history_model import BROKEN, Model, Night, model, show, stored

ALL = {"max_rejects": RejectBudget(share=1.0), "accept_shrink": True}
A, B, C = "a" * 32, "b" * 32, "c" * 32
ZLIB, ZSTD = ("develop", "zlib"), ("develop", "zstd")
V1_ZLIB = ("v1.0.0", "zlib")


def night(listed: dict[str, str] | None = None, **pages: str | None) -> Night:
    """A night in short: `zlib="a:e4s,root b:"` is the page of develop with two specs, `v1_zlib` that of v1.0.0, BROKEN a broken one."""
    places = {"zlib": ZLIB, "zstd": ZSTD, "v1_zlib": V1_ZLIB}
    told = {tag: frozenset(labels.split()) for tag, labels in listed.items()} if listed is not None else None
    return Night({places[name]: text if text == BROKEN else content(text) for name, text in pages.items()}, told)


def content(text: str) -> list[tuple[str, frozenset[str]]]:
    """The specs of a page with their labels."""
    words = [word.partition(":") for word in text.split()]
    return [(letter * 32, frozenset(labels.split(",")) - {""}) for letter, _, labels in words]


@pytest.fixture
def runs(options, tmp_path) -> Callable[..., list[RunReport]]:
    """Run night by night on one folder; a second call goes on from the first."""
    numbers = count()

    def go_on(*nights: Night, **changes: object) -> list[RunReport]:
        reports = []
        for one in nights:
            show(one, tmp_path / "cache")
            reports.append(go(options, observed_at=later(next(numbers)), **ALL | changes))
        return reports

    return go_on


@pytest.fixture(params=["model", "runs"])
def history(request, runs, options) -> Callable[..., Model]:
    """What some nights come to: the model says it, or runs do."""

    def come_to(*nights: Night) -> Model:
        if request.param == "model":
            return model(nights)
        reports = runs(*nights)

        assert ["published"] * len(nights) == [report.status for report in reports]
        return stored(options.warehouse)

    return come_to


def stands(found: Model, letter: str = "a", place: tuple[str, str] = ZLIB) -> list[tuple[str, bool, int, int | None]]:
    """How a spec stood under a tag: its stacks, whether in root, since and until which snapshot."""
    return sorted((row[3:] for row in found.tag_specs if row[:3] == (*place, letter * 32)), key=lambda row: row[2])


def members(found: Model, letter: str = "a") -> set[tuple[str, int, int | None]]:
    """The stacks of develop that a spec was in, since and until which snapshot."""
    return {(row[1], *row[4:]) for row in found.memberships if row[3] == letter * 32 and row[0] == "develop"}


def test_a_spec_that_appears_stands_since_that_night(history):
    """What was there on the first night stands since the first."""
    found = history(night(zlib="a:e4s,root"), night(zlib="a:e4s,root b:root"))

    assert (
        Model({(*ZLIB, A, "e4s", True, 1, None), (*ZLIB, B, "", True, 2, None)}, {("develop", "e4s", "zlib", A, 1, None)}, set(), set())
        == found
    )


def test_a_change_of_stacks_ends_a_row_and_begins_another(history):
    """At the same snapshot. The stack that it stays in goes on."""
    found = history(night(zlib="a:e4s,root"), night(zlib="a:e4s,hep,root"), night(zlib="a:hep,root"))

    assert [("e4s", True, 1, 2), ("e4s,hep", True, 2, 3), ("hep", True, 3, None)] == stands(found)
    assert {("e4s", 1, 3), ("hep", 2, None)} == members(found)


def test_leaving_root_is_a_change_too(history):
    """Of how the spec stands, not of its stacks."""
    found = history(night(zlib="a:e4s,root"), night(zlib="a:e4s"))

    assert [("e4s", True, 1, 2), ("e4s", False, 2, None)] == stands(found)
    assert {("e4s", 1, None)} == members(found)


def test_a_spec_that_leaves_its_tag_leaves_all_stacks(history):
    """It stays under the other tag."""
    found = history(night(zlib="a:e4s,hep b:", v1_zlib="a:e4s"), night(zlib="b:", v1_zlib="a:e4s"))

    assert [("e4s,hep", False, 1, 2)] == stands(found)
    assert {("e4s", 1, 2), ("hep", 1, 2)} == members(found)
    assert [("e4s", False, 1, None)] == stands(found, place=V1_ZLIB)


def test_a_page_that_is_gone_ends_what_it_said(history):
    """Where the source lists no tags, also the last page of a tag."""
    found = history(night(zlib="a:e4s", v1_zlib="a:"), night(v1_zlib="a:"))

    assert [("e4s", False, 1, 2)] == stands(found)
    assert (set(), set()) == (found.gaps, found.stale)


def test_what_comes_back_stands_since_it_came_back(history):
    """The time before is a row of its own."""
    found = history(night(zlib="a:e4s b:"), night(zlib="b:"), night(zlib="a:e4s b:"))

    assert [("e4s", False, 1, 2), ("e4s", False, 3, None)] == stands(found)
    assert {("e4s", 1, 2), ("e4s", 3, None)} == members(found)


def test_what_comes_back_was_first_seen_before_it_left(runs, options):
    """Under a tag, and in a stack; also when it comes back with other stacks."""
    runs(night(zlib="b:"), night(zlib="a:e4s b:"), night(zlib="b:"), night(zlib="a:hep b:"), night(zlib="a:e4s b:"))
    first = "select stacks_text, first_snapshot_id, from_snapshot_id from data.tag_specs where spec_hash = '{}'"
    stacks = "select stack, first_snapshot_id, from_snapshot_id from data.{} order by all"

    assert [("e4s", 2, 5)] == ask(options.warehouse, first.format(A)).rows
    assert [("e4s", 2, 5)] == ask(options.warehouse, stacks.format("memberships")).rows
    assert [("e4s", 2, 2), ("hep", 4, 4)] == ask(options.warehouse, stacks.format("ended_memberships")).rows


def test_the_order_of_a_page_means_nothing(history):
    """Its bytes are others, its specs go on."""
    found = history(night(zlib="a:e4s,hep b:root"), night(zlib="b:root a:hep,e4s"))

    assert [("e4s,hep", False, 1, None)] == stands(found)
    assert [("", True, 1, None)] == stands(found, "b")


def test_the_order_of_stacks_means_nothing(cache, options):
    """No row ends, none begins, though the page changed."""
    for number, stacks in enumerate((["e4s", "hep", "root"], ["root", "hep", "e4s", "hep"])):
        cache({"develop/zlib": [spec("a", stacks=stacks)]})
        assert "published" == go(options, observed_at=later(number)).status

    assert Model(
        {(*ZLIB, A, "e4s,hep", True, 1, None)}, {("develop", stack, "zlib", A, 1, None) for stack in ("e4s", "hep")}, set(), set()
    ) == stored(options.warehouse)


def test_a_broken_page_ends_nothing(history):
    """Its rows go on, marked stale, over every night that it is broken."""
    found = history(night(zlib="a:e4s", zstd="c:"), night(zlib=BROKEN, zstd="c:"), night(zlib=BROKEN, zstd="c:root"))

    assert [("e4s", False, 1, None)] == stands(found)
    assert (set(), {ZLIB}) == (found.gaps, found.stale)


def test_what_a_mended_page_says_counts_from_then(history):
    """What it said before it broke stands until it can be read again."""
    found = history(night(zlib="a:e4s", zstd="c:"), night(zlib=BROKEN, zstd="c:"), night(zlib="b:hep", zstd="c:"))

    assert ([("e4s", False, 1, 3)], [("hep", False, 3, None)]) == (stands(found), stands(found, "b"))
    assert set() == found.stale


def test_a_broken_page_that_is_gone_ends_what_it_said(history):
    """At the snapshot that no longer lists it."""
    found = history(night(zlib="a:e4s", zstd="c:"), night(zlib=BROKEN, zstd="c:"), night(zstd="c:"))

    assert [("e4s", False, 1, 3)] == stands(found)


def test_a_page_that_breaks_after_it_was_gone_says_nothing(history):
    """What it said has ended, and does not come back with a page that cannot be read."""
    found = history(night(zlib="a:e4s", zstd="c:"), night(zstd="c:"), night(zlib=BROKEN, zstd="c:"))

    assert [("e4s", False, 1, 2)] == stands(found)
    assert set() == found.stale


def test_a_tag_that_is_listed_and_has_no_page_is_not_observed(history):
    """Its pages are stale, its rows stay."""
    listed = {"develop": "e4s", "v1.0.0": ""}
    found = history(night(listed, zlib="a:e4s", v1_zlib="a:"), night(listed, v1_zlib="a:"))

    assert [("e4s", False, 1, None)] == stands(found)
    assert {("e4s", 1, None)} == members(found)
    assert ({(2, "develop", None)}, {ZLIB}) == (found.gaps, found.stale)


def test_a_tag_of_broken_pages_alone_is_not_observed(history):
    """A page that cannot be read does not name its tag; a page that is gone from such a tag stays."""
    listed = {"develop": "e4s", "v1.0.0": ""}
    found = history(night(listed, zlib="a:e4s", zstd="c:", v1_zlib="a:"), night(listed, zlib=BROKEN, v1_zlib="a:"))

    assert ([("e4s", False, 1, None)], [("", False, 1, None)]) == (stands(found), stands(found, "c", ZSTD))
    assert ({(2, "develop", None)}, {ZLIB, ZSTD}) == (found.gaps, found.stale)


def test_a_tag_that_is_seen_again_ends_what_it_lost(history):
    """At the snapshot that shows it again."""
    listed = {"develop": "", "v1.0.0": ""}
    found = history(night(listed, zlib="a: b:", v1_zlib="a:"), night(listed, v1_zlib="a:"), night(listed, zlib="b:", v1_zlib="a:"))

    assert ([("", False, 1, 3)], [("", False, 1, None)]) == (stands(found), stands(found, "b"))
    assert ({(2, "develop", None)}, set()) == (found.gaps, found.stale)


def test_a_tag_that_is_listed_no_more_ends(history):
    """At the snapshot whose list leaves it out, not at the one that missed it."""
    both = {"develop": "", "v1.0.0": ""}
    found = history(night(both, zlib="a:", v1_zlib="a:"), night(both, v1_zlib="a:"), night({"v1.0.0": ""}, v1_zlib="a:"))

    assert [("", False, 1, 3)] == stands(found)
    assert ({(2, "develop", None)}, set()) == (found.gaps, found.stale)


def test_a_stack_that_is_listed_and_nobody_names_is_not_observed(history):
    """Who is under the tag stays in it; who left the tag leaves it; who is new does not join."""
    listed = {"develop": "e4s hep"}
    found = history(night(listed, zlib="a:e4s,hep b:e4s,hep"), night(listed, zlib="a:hep c:hep"))

    assert [("e4s,hep", False, 1, None)] == stands(found)
    assert [("e4s,hep", False, 1, 2)] == stands(found, "b")
    assert {("e4s", 1, None), ("hep", 1, None)} == members(found)
    assert {("e4s", 1, 2), ("hep", 1, 2)} == members(found, "b")
    assert {("hep", 2, None)} == members(found, "c")
    assert {(2, "develop", "e4s")} == found.gaps


def test_root_may_be_missed_as_a_stack_may(history):
    """Who was in it stays in it."""
    listed = {"develop": "e4s root"}
    found = history(night(listed, zlib="a:e4s,root b:e4s"), night(listed, zlib="a:e4s b:e4s"))

    assert ([("e4s", True, 1, None)], [("e4s", False, 1, None)]) == (stands(found), stands(found, "b"))
    assert {(2, "develop", "root")} == found.gaps


def test_a_stack_that_one_spec_names_is_observed(history):
    """Who is not in it has left it."""
    listed = {"develop": "e4s"}
    found = history(night(listed, zlib="a:e4s b:e4s"), night(listed, zlib="a: b:e4s"))

    assert {("e4s", 1, 2)} == members(found)
    assert set() == found.gaps


def test_a_stack_of_another_tag_names_none_of_this_one(history):
    """Each tag is observed for itself."""
    listed = {"develop": "e4s", "v1.0.0": "e4s"}
    found = history(night(listed, zlib="a:e4s", v1_zlib="a:e4s"), night(listed, zlib="a:", v1_zlib="a:e4s"))

    assert {("e4s", 1, None)} == members(found)
    assert {(2, "develop", "e4s")} == found.gaps


def test_a_stale_page_names_no_stack(history):
    """A stack that it alone has is not observed; it stays, also for those whose pages name it no more."""
    listed = {"develop": "e4s hep"}
    found = history(night(listed, zlib="a:e4s,hep", zstd="c:e4s,hep"), night(listed, zlib=BROKEN, zstd="c:hep"))

    assert ({("e4s", 1, None), ("hep", 1, None)},) * 2 == (members(found), members(found, "c"))
    assert ({(2, "develop", "e4s")}, {ZLIB}) == (found.gaps, found.stale)


def test_a_stack_that_is_listed_no_more_ends(history):
    """At the snapshot whose list leaves it out."""
    both, one = {"develop": "e4s hep"}, {"develop": "hep"}
    found = history(night(both, zlib="a:e4s,hep"), night(both, zlib="a:hep"), night(one, zlib="a:hep"))

    assert [("e4s,hep", False, 1, 3), ("hep", False, 3, None)] == stands(found)
    assert {(2, "develop", "e4s")} == found.gaps


def test_a_stale_page_stays_as_it_stood(history):
    """In a stack that it was left in while nobody observed that one, too, until it can be read again."""
    both, one = {"develop": "e4s hep"}, {"develop": "hep"}
    nights = night(both, zlib="a:e4s", zstd="c:hep"), night(both, zlib="a:", zstd="c:hep"), night(one, zlib=BROKEN, zstd="c:hep")
    found = history(*nights, night(one, zlib="a:", zstd="c:hep"))

    assert {("e4s", 1, 4)} == members(found)
    assert {(2, "develop", "e4s")} == found.gaps


def test_a_list_that_was_never_true_is_a_gap_all_the_same(history):
    """On the first night too: there are no rows to keep."""
    found = history(night({"develop": "e4s hep", "v1.0.0": "e4s"}, zlib="a:hep"))

    assert {(1, "develop", "e4s"), (1, "v1.0.0", None)} == found.gaps
    assert {("hep", 1, None)} == members(found)


def test_each_source_has_snapshots_of_its_own(cache, options, tmp_path):
    """One that joins later begins with 1; both go on when one of them changes."""
    here = cache({"develop/zlib": [spec("a", stacks=[])]})
    there = cache({"develop/zlib": [spec("a", stacks=[]), spec("b", stacks=[])]}, "own")
    public, both = (("public", str(here)),), (("public", str(here)), ("own", str(there)))
    go(options, sources=public)
    cache({"develop/zlib": [spec("a", stacks=[]), spec("c", stacks=[])]})
    go(options, sources=public, observed_at=later(1))
    go(options, sources=both, observed_at=later(2))
    cache({"develop/zlib": [spec("b", stacks=[])]}, "own")
    go(options, sources=both, observed_at=later(3))

    assert {(*ZLIB, A, "", False, 1, None), (*ZLIB, C, "", False, 2, None)} == stored(options.warehouse).tag_specs
    assert {(*ZLIB, A, "", False, 1, 2), (*ZLIB, B, "", False, 1, None)} == stored(options.warehouse, "own").tag_specs


def test_a_night_that_changes_nothing_is_no_snapshot(runs, options):
    """No release, and no file of it."""
    one = night({"develop": "e4s"}, zlib="a:e4s")
    runs(one, night({"develop": "e4s"}, zlib="b:e4s"))
    before = {file.name for file in (options.warehouse / "data").rglob("*.parquet")}
    report = go(options, observed_at=later(2))

    assert ("unchanged", 2) == (report.status, report.release)
    assert before == {file.name for file in (options.warehouse / "data").rglob("*.parquet")}
    assert [(1,), (2,)] == ask(options.warehouse, "select snapshot_id from snapshots order by all").rows
    assert 2 == len(stored(options.warehouse).tag_specs)


def test_what_ended_is_never_written_again(runs, options):
    """Each release has the files of what ended that the one before had, and its own."""
    files = []
    for letters in ("a: b:e4s", "b:hep", "c:", "a:", "a: b:"):
        runs(night(zlib=letters))
        manifest = Store(options.warehouse).manifest()

        assert manifest is not None
        files.append({name: {file.path for file in manifest.table(name)} for name in ("ended_tag_specs", "ended_memberships", "gaps")})
    for before, after in zip(files, files[1:], strict=False):
        assert all(before[name] <= after[name] for name in before)

    assert [0, 1, 2, 3, 3] == [len(one["ended_tag_specs"]) for one in files]
    assert [0, 1, 2, 2, 2] == [len(one["ended_memberships"]) for one in files]


def test_a_night_that_lost_too_much_does_not_become_history(runs, options):
    """It is refused: no snapshot, and nothing has ended. The next night goes on from the last that was published."""
    nights = night(zlib="a:e4s b:e4s c:e4s"), night(zlib="a:e4s"), night(zlib="a:e4s b:e4s")
    reports = runs(*nights, accept_shrink=False)

    assert ["published", "refused", "published"] == [report.status for report in reports]
    found = stored(options.warehouse)
    assert [[("e4s", False, 1, None)], [("e4s", False, 1, None)], [("e4s", False, 1, 2)]] == [stands(found, letter) for letter in "abc"]


def test_a_night_of_broken_pages_does_not_become_history(runs, options):
    """Too many rejects refuse it."""
    reports = runs(night(zlib="a:"), night(zlib=BROKEN, zstd="c:"), max_rejects=RejectBudget(count=0))

    assert ["published", "refused"] == [report.status for report in reports]
    assert {(*ZLIB, A, "", False, 1, None)} == stored(options.warehouse).tag_specs


def test_a_refused_spec_of_a_page_that_can_be_read_ends(cache, options):
    """The page speaks, and does not show it: only a page that cannot be read keeps its rows."""
    cache({"develop/zlib": [spec("a"), spec("b")]})
    go(options)
    cache({"develop/zlib": page("zlib", "develop", spec("a"), {"hash": B})})
    go(options, observed_at=later(), **ALL)

    assert [(2,)] == ask(options.warehouse, f"select to_snapshot_id from data.ended_tag_specs where spec_hash = '{B}'").rows


def test_what_a_kept_page_claims_holds_as_it_did(cache, options):
    """In its own spelling, though its specs are stored in another; a page of a tag that was not observed, too."""
    root = cache({"develop/zlib": claiming("zlib", "gcc@=13.2.0"), "develop/xz": [spec("b")], "v1.0.0/zlib": [spec("c")]})
    show_tags(root, "develop", "v1.0.0")
    go(options)
    told = "select package, claim, published, is_equal from reconciliation where claim = 'compilers'"
    for number, change in enumerate(({"develop/zlib": BROKEN}, {"develop/zlib": None, "develop/xz": None}), 1):
        cache(change)
        go(options, observed_at=later(number), **ALL)

        assert [("zlib", "compilers", "gcc@=13.2.0", True)] == ask(options.warehouse, told).rows


def claiming(package: str, compiler: str) -> str:
    """A page that says which compilers it has."""
    return page(package, "develop", spec("a", compiler=compiler)).replace("meta: {", f'meta: {{"compilers": ["{compiler}"], ')


def show_tags(root: Path, *tags: str) -> None:
    """List tags."""
    (root / "_data").mkdir()
    (root / "_data/tags.yaml").write_text("".join(f"- name: {tag}\n" for tag in tags))
