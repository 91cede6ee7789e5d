"""Pages of layouts A to D: specs by their text, and what the files beside the page add to them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.extract.old_layouts import OldDocument, old_document
from etl.extract.page import Refusal, front_matter
from etl.extract.records import Dependency, SpecRecord
from etl.extract.spec_text import spec_hash_of

PAGES = Path(__file__).resolve().parents[1] / "documents"
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "documents"

TEXT = "lzo@2.10%gcc@9.1.0+pic libs=static arch=linux-centos8-zen4"
HASH = "lzo7dmb5pqi6svirhovljrkp3uyfiytz"
WHOLE = "5e" * 32


def folder(path: Path) -> OldDocument:
    """What the page in a folder says, with the spec files that lie beside it."""
    (page,) = path.glob("*.md")
    return old_document(front_matter(page.read_bytes()), {file.name: file.read_bytes() for file in path.glob("spec-*.json")})


def said(raw: str, **spec_files: bytes | Refusal) -> OldDocument:
    """What a page says, with files beside it: `spec_0=b"..."` is spec-0.json."""
    files = {f"{name.replace('_', '-')}.json": content for name, content in spec_files.items()}
    return old_document(front_matter(raw.encode()), files)


def page(*texts: str, files: tuple[str, ...] | None = None, **fields: str) -> str:
    """A page of layout C of `lzo` under v0.18."""
    names = [f"spec-{number}.json" for number in range(len(texts))] if files is None else files
    lists = {"spec_files": "".join(f"\n - {name}" for name in names), "spec_names": "".join(f"\n - {text}" for text in texts)}
    top = {"title": '"lzo"', "layout": "cache", "categories": "[package, v0.18]", "meta": "{}"}
    return "\n".join(["---", *(f"{key}: {value}" for key, value in (top | lists | fields).items() if value != "-"), "---"])


def details(**changes: Any) -> str:
    """A page of layout D of `lzo` with one entry; a key changed to `...` is left out."""
    entry = {"hash": HASH, "compiler": "gcc@=9.1.0", "versions": ["2.10"], "arches": "linux-centos8-zen4", "variants": ["pic", "libs"]}
    entry |= {"stacks": ["root", "e4s"], "size": 1048576} | changes
    return page(spec_details=json.dumps([{key: value for key, value in entry.items() if value is not ...}]), spec_files="[]")


def spec_file(*others: dict[str, Any], **changes: Any) -> bytes:
    """The spec file of `TEXT`, with other nodes behind its own; a key changed to `...` is left out."""
    node = {"name": "lzo", "version": "2.10", "arch": {"platform": "linux", "platform_os": "centos8", "target": "zen4"}}
    node |= {"compiler": {"name": "gcc", "version": "9.1.0"}, "hash": HASH, "parameters": {"pic": True, "libs": ["static"], "cflags": []}}
    nodes = [{key: value for key, value in (node | changes).items() if value is not ...}, *others]
    return json.dumps({"spec": {"_meta": {"version": 2}, "nodes": nodes}}).encode()


def test_layout_a_maps_texts_to_files():
    """A text may hold quotes of its own. One spec has a file beside the page, the other is known by its text."""
    found = folder(PAGES / "layout-a")
    first = 'lzo@2.10%xl@16.1 cflags="-O2 -qpic" +pic~docs libs=static arch=linux-rhel7-power9le'

    assert ("untagged", "lzo", "A", []) == (found.tag, found.package, found.layout, found.refused)
    assert [
        SpecRecord(
            hash=spec_hash_of(first),
            versions=["2.10"],
            os="rhel7",
            platform="linux",
            target="power9le",
            compiler="xl@16.1",
            variants=["+pic", "~docs", "libs=static"],
            flags=("cflags=-O2 -qpic",),
        ),
        SpecRecord(
            hash=HASH,
            versions=["2.10"],
            os="centos8",
            platform="linux",
            target="zen4",
            compiler="gcc@9.1.0",
            variants=["~docs", "+pic", "libs=shared,static", "patches=5e5e5e5,0b0b0b0"],
            dependencies=[],
            flags=(),
            patches=("0b" * 32, WHOLE),
        ),
    ] == found.records


def test_layout_b_lists_files_and_texts_apart():
    """Without the files, a spec has no hash of its own and no dependencies."""
    found = folder(PAGES / "layout-b")

    assert ("untagged", "lzo", "B", []) == (found.tag, found.package, found.layout, found.refused)
    assert [("2.10", ["+pic"], ("cflags=-O2",)), ("2.09", ["~pic"], ())] == [(s.versions[0], s.variants, s.flags) for s in found.records]
    assert {(None, "x-")} == {(spec.dependencies, spec.hash[:2]) for spec in found.records}


def test_layout_c_is_b_under_a_tag():
    """A file knows the dependencies by hash; their versions stand at their own nodes."""
    found = folder(PAGES / "layout-c")

    assert ("v0.18", "cmake", "C", []) == (found.tag, found.package, found.layout, found.refused)
    assert [Dependency("lzomynrynlnjlbcv75dqz5fl4jmz4toq", "lzo", "2.10", ("build", "link"))] == found.records[0].dependencies
    assert "cmakermynrynlnjlbcv75dqz5fl4jmz4" == found.records[0].hash


def test_layout_d_says_values_of_variants_only_where_a_file_does():
    """The names alone do not tell whether an option is on. Its size is a constant, no fact."""
    found = folder(PAGES / "layout-d")
    first, second = found.records

    assert ("develop", "gmake", "D", []) == (found.tag, found.package, found.layout, found.refused)
    assert (None, ["e4s", "root"], None, None) == (first.variants, first.stacks, first.size, first.dependencies)
    assert (("~guile",), ["root"], None, []) == (second.variants, second.stacks, second.size, second.dependencies)
    assert ("gcc@=9.1.0", "linux", "centos8", "zen4") == (first.compiler, first.platform, first.os, first.target)


def test_what_a_page_does_not_claim_is_not_said():
    """These pages have no counts; of D's `arches` there is no such claim elsewhere."""
    claims = folder(PAGES / "layout-d").claims

    assert (["4.3", "4.4"], ["gcc@=9.1.0"], ["e4s", "root"]) == (claims.versions, claims.compilers, claims.stacks)
    assert {None} == {claims.num_specs, claims.num_specs_by_stack, claims.oss, claims.platforms, claims.targets}
    assert None is folder(PAGES / "layout-a").claims.stacks


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        pytest.param("a='c,c++'", "'lzo@2.10 a=''c,c++'' arch=linux-centos8-zen4'", id="as YAML doubles a quote"),
        pytest.param("a='c,c++'", "'lzo@2.10 a='c,c++' arch=linux-centos8-zen4'", id="put between quotes as it was"),
    ],
)
def test_a_quote_in_a_listed_text_may_be_doubled_or_not(expected, line):
    """The one who wrote these pages put quotes around and left the rest as it was."""
    assert [expected] == said(page(line)).records[0].variants


def test_whole_patches_of_a_text_are_kept_and_cut_among_the_variants():
    """As pages of later layouts have them."""
    record = said(page(f"'lzo@2.10 patches={WHOLE} arch=linux-centos8-zen4'")).records[0]

    assert (["patches=5e5e5e5"], [WHOLE]) == (record.variants, record.patches)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("broken_spec_text", "'lzo arch=linux-centos8-zen4'"),
        ("broken_spec_text", "'lz4@1.9.3 arch=linux-centos8-zen4'"),
        ("wrong_type", "lzo@2.09 arch=linux-centos8-zen4"),
        ("wrong_type", "'lzo@2.09 arch=linux-centos8-zen4"),
        ("wrong_type", "'"),
    ],
)
def test_a_bad_text_is_refused_by_itself(rule, line):
    """With its line; the others load, each with the file of its own number."""
    found = said(page(line, f"'{TEXT}'"), spec_0=b"{}", spec_1=spec_file())

    assert [(rule, 10, "spec")] == [(one.rule, one.line, one.scope) for one in found.refused]
    assert [HASH] == [spec.hash for spec in found.records]


def test_a_line_of_layout_a_needs_its_divider():
    """A text without a file is no entry of the map."""
    entries = f'\n - "{TEXT}"\n - {TEXT}": spec-0.json\n - "{TEXT}": spec-1.json'
    found = said(page(category="package", categories="-", spec_names="-", spec_files=entries))

    assert [("wrong_type", 6), ("wrong_type", 7)] == [(one.rule, one.line) for one in found.refused]
    assert ("A", [spec_hash_of(TEXT)]) == (found.layout, [spec.hash for spec in found.records])


def test_lists_of_different_length_are_no_page():
    """Which text has which file cannot be told."""
    with pytest.raises(Refusal) as refused:
        said(page(f"'{TEXT}'", files=("spec-0.json", "spec-1.json")))

    assert ("wrong_type", "2 `spec_files`, but 1 `spec_names`") == (refused.value.rule, refused.value.detail)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("no_cache_page", {"layout": "table"}),
        ("no_tag", {"category": "project", "categories": "-"}),
        ("no_tag", {"categories": "[tags, v0.18]"}),
        ("missing_key", {"categories": "-"}),
        ("missing_key", {"meta": "-"}),
        ("missing_key", {"spec_files": "-"}),
        ("missing_key", {"spec_names": "-"}),
        ("wrong_type", {"meta": '{"versions": "2.10"}'}),
        ("wrong_type", {"spec_names": "all of them"}),
        ("control_character", {"title": '""'}),
        ("control_character", {"categories": r'["package", "v0\u0000"]'}),
        ("broken_json", {"spec_details": "[{]"}),
        ("wrong_type", {"spec_details": "{}"}),
    ],
)
def test_a_page_that_is_none_is_refused_as_a_whole(rule, fields):
    """Like pages of other layouts."""
    with pytest.raises(Refusal) as refused:
        said(page(f"'{TEXT}'", **fields))

    assert rule == refused.value.rule


def test_a_page_may_list_no_spec():
    """Then it says that there is none."""
    assert ([], []) == (said(page()).records, said(page(spec_files="[]", spec_names="[]")).refused)


@pytest.mark.parametrize(
    ("detail", "content"),
    [
        ("malformed", b"\xff"),
        ("truncated", b'{"spec": {"nodes": ['),
        ("missing required field `spec`", b"{}"),
        ("Expected `object`, got `array`", b"[]"),
        ("it holds no node", b'{"spec": {"nodes": []}}'),
        ("recursion depth", b'{"spec": {"nodes": ' + b"[" * 100_000),
        ("Expected `str`, got `int`", spec_file(version=2)),
        ("no hash of 32 characters", spec_file(hash=...)),
        ("no hash of 32 characters", spec_file(hash="not one")),
        ("its package is lz4, that of the page lzo", spec_file(name="lz4")),
        ("its version is 2.09, that of the page 2.10", spec_file(version="2.09")),
        ("its os is rhel7", spec_file(arch={"platform": "linux", "platform_os": "rhel7", "target": "zen4"})),
        ("its compiler is gcc@8.1.0", spec_file(compiler={"name": "gcc", "version": "8.1.0"})),
        ("its pic is not that of the page", spec_file(parameters={"pic": False})),
        ("its libs is not that of the page", spec_file(parameters={"libs": ["static", "shared"]})),
        ("missing required field `hash`", spec_file({"name": "zlib", "version": "1.3"})),
        ("it cannot be opened", Refusal("unreadable", "it cannot be opened")),
    ],
)
def test_a_bad_or_foreign_spec_file_is_left_out_and_its_spec_stays(detail, content):
    """The number of a file is its place on a page, not a name: one of another night would lend a foreign hash."""
    found = said(page(f"'{TEXT}'"), spec_0=content)
    (refusal,) = found.refused

    assert ("bad_spec_file", 9, "variant") == (refusal.rule, refusal.line, refusal.scope)
    assert refusal.detail.startswith("spec-0.json: ")
    assert detail in refusal.detail
    assert [spec_hash_of(TEXT)] == [spec.hash for spec in found.records]


def test_a_file_may_say_the_same_in_other_words():
    """`libs=a,b` of a text is a list in any order; options that only one of both has do not contradict."""
    text = "lzo@2.10%gcc@9.1.0+pic libs=b,a old=1 arch=linux-centos8-zen4"
    file = spec_file(parameters={"pic": True, "libs": ["a", "b"], "new": "1", "cflags": ["-O2"]}, compiler=...)
    found = said(page(f"'{text}'"), spec_0=file)

    assert ([], ["+pic", "libs=b,a", "old=1"]) == (found.refused, found.records[0].variants)
    assert (HASH, ("cflags=-O2",)) == (found.records[0].hash, found.records[0].flags)


@pytest.mark.parametrize("name", ["spec-0.txt", "../spec-0.json", "spec-.json", "'spec-0.json'", "https://example.org/spec-0.json"])
def test_a_file_of_another_name_is_not_read(name):
    """A page names no file but those beside it; the spec stays."""
    found = old_document(front_matter(page(f"'{TEXT}'", files=(name,)).encode()), {name: spec_file()})

    assert ["bad_spec_file"] == [one.rule for one in found.refused]
    assert [spec_hash_of(TEXT)] == [spec.hash for spec in found.records]


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ({"variants": ["+pic", "libs=static"]}, {"variants": ["+pic", "libs=static"]}),
        ({"variants": []}, {"variants": []}),
        ({"target": "zen4"}, {"arches": ["linux-centos8-zen4"]}),
        ({"size": "4096"}, {"size": 4096}),
        ({"size": "4096"}, {"size": "4096"}),
        ({"size": None}, {"size": "-"}),
        ({"size": None}, {"size": ...}),
    ],
)
def test_an_entry_of_layout_d_may_say_more(expected, changes):
    """Options with signs are options, an empty list is none of them, and a size other than the constant is one."""
    (spec,) = said(details(**changes)).records

    assert expected == {key: getattr(spec, key) for key in expected}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("missing_key", {"hash": ...}),
        ("missing_key", {"arches": ...}),
        ("wrong_type", {"versions": "2.10"}),
        ("wrong_type", {"variants": {"pic": True}}),
        ("wrong_type", {"arches": "zen4"}),
        ("wrong_type", {"arches": []}),
        ("wrong_type", {"arches": ["linux-centos8-zen4", "linux-rhel8-zen4"]}),
    ],
)
def test_a_bad_entry_of_layout_d_is_refused_by_its_number(rule, changes):
    """All entries stand on one line."""
    found = said(details(**changes))
    (refusal,) = found.refused

    assert (rule, 8, "spec", []) == (refusal.rule, refusal.line, refusal.scope, found.records)
    assert refusal.detail.startswith("entry 1: ")


@pytest.mark.parametrize("changes", [{"hash": "lzo" + "2" * 29}, {"version": "2.09"}])
def test_a_file_of_no_entry_of_layout_d_is_refused(changes):
    """By hash it is of none, or it contradicts the one that it is of."""
    found = said(details().replace("spec_files: []", "spec_files:\n - spec-0.json"), spec_0=spec_file(**changes))

    assert [("bad_spec_file", 7)] == [(one.rule, one.line) for one in found.refused]
    assert [(HASH, None)] == [(spec.hash, spec.variants) for spec in found.records]


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.text(alphabet="lzo@2.10%'\" +~=^-:\\\n", max_size=60))
def test_whatever_stands_there_is_read_or_refused(content, line):
    """Neither a line nor a file ends the run."""
    try:
        found = said(page(f"'{TEXT}'", line.replace("\n", "\n - ")), spec_0=content)
    except Refusal as refusal:
        assert refusal.detail
    else:
        assert spec_hash_of(TEXT) in [spec.hash for spec in found.records]


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/documents is not here")
@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (("A", "untagged", "zlib", 50), "a083123a/_cache/zlib"),
        (("B", "untagged", "zlib", 50), "84edadc4/_cache/zlib"),
        (("C", "v0.18", "apcomp", 1), "67ef5004/_cache/v0.18/apcomp"),
        (("C", "v0.18", "bmi", 1), "695e510d/_cache/v0.18/bmi"),
        (("C", "develop", "cinch", 1), "695e510d/_cache/develop/cinch"),
    ],
)
def test_real_pages_are_read_whole(expected, path):
    """Every spec of them, of 54 texts that say the same only one; what they claim of versions and compilers is what their specs say."""
    found = folder(REAL / path)

    assert (*expected, []) == (found.layout, found.tag, found.package, len(found.records), found.refused)
    assert set(found.claims.versions or ()) == {spec.versions[0] for spec in found.records}
    assert set(found.claims.compilers or ()) == {spec.compiler for spec in found.records}


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/documents is not here")
def test_a_real_spec_file_gives_its_spec_a_hash():
    """One of the 54 has its file here; of the others some texts are the same, and only files could tell those specs apart."""
    hashes = [spec.hash for spec in folder(REAL / "a083123a/_cache/zlib").records]

    assert 50 == len(set(hashes))
    assert [0] == [place for place, one in enumerate(hashes) if not one.startswith("x-")]
