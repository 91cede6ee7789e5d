"""Which entries of a page are refused, and what is kept of them; their neighbours stay."""

import json

import pytest

PATH = "_cache/develop/zlib/specs.md"
SPECS_LINE = 6

# what the entry says, the rule it breaks, in words
BROKEN = [
    ({"hash": ""}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "a" * 31}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "a" * 33}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "A" * 32}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "a" * 31 + "1"}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "a" * 31 + "é"}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"hash": "a" * 32 + " "}, "bad_hash", "a hash has 32 characters of a-z and 2-7"),
    ({"versions": []}, "version_count", "`versions` should hold just one"),
    ({"versions": ["1.3", "1.2"]}, "version_count", "`versions` should hold just one"),
    ({"versions": ["1.3", "1.3"]}, "version_count", "`versions` should hold just one"),
    ({"versions": [""]}, "empty_value", "a text that must say something is empty"),
    ({"compiler": ""}, "empty_value", "a text that must say something is empty"),
    ({"platform": ""}, "empty_value", "a text that must say something is empty"),
    ({"os": ""}, "empty_value", "a text that must say something is empty"),
    ({"target": ""}, "empty_value", "a text that must say something is empty"),
    ({"stacks": [""]}, "empty_value", "a text that must say something is empty"),
    ({"stacks": ["e4s", ""]}, "empty_value", "a text that must say something is empty"),
    ({"size": ""}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": "--"}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": "-1"}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": "1.5"}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": "12 kB"}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": "1" * 16}, "bad_size", "`size` should be a number of bytes or -"),
    ({"size": -1}, "bad_size", "`size` should be a number of bytes or -"),
]


def ids(case):
    """A case by what the entry says."""
    return json.dumps(case) if isinstance(case, dict) else ""


@pytest.mark.parametrize(("said", "rule", "words"), BROKEN, ids=ids)
def test_an_entry_that_breaks_a_rule_is_refused_alone(built, page, spec, said, rule, words):
    """It is a reject with its page, line, number and text; the entries before and behind it stay."""
    broken = spec("b", **said)
    tables = built(page(spec("a"), broken, spec("c"))).tables
    reject = tables["rejects"].row(0, named=True)
    excerpt = json.loads(reject.pop("excerpt"))
    assert tables["documents"]["sha256"][0] == reject.pop("sha256")

    assert ["a" * 32, "c" * 32] == tables["specs"]["spec_hash"].to_list()
    assert 1 == tables["rejects"].height
    assert {
        "source": "public",
        "snapshot_id": 1,
        "path": PATH,
        "scope": "spec",
        "rule": rule,
        "detail": f"entry 2: {words}",
        "line": SPECS_LINE,
    } == reject
    del broken["variants"]  # the longest, and never the reason
    assert broken | {"size": str(broken["size"])} == excerpt


def test_a_hash_seen_already_on_the_page_is_refused(built, page, spec):
    """The first stays, whatever the others say."""
    tables = built(page(spec("a", os="rhel8"), spec("b"), spec("a", os="centos7"), spec("a", os="rhel8"))).tables

    assert ["rhel8", "ubuntu22.04"] == tables["specs"]["os"].to_list()
    assert [
        (PATH, "spec", "repeated_hash", "entry 3: the page has this hash already", SPECS_LINE, "centos7"),
        (PATH, "spec", "repeated_hash", "entry 4: the page has this hash already", SPECS_LINE, "rhel8"),
    ] == [
        (*row[:-1], json.loads(row[-1])["os"])
        for row in tables["rejects"].select("path", "scope", "rule", "detail", "line", "excerpt").rows()
    ]


def test_the_same_hash_on_another_page_is_no_repeat(built, page, spec):
    """A spec may stand under many tags and in many sources."""
    tables = built(page(spec("a")), page(spec("a"), tag="v0.22.0"), page(spec("a"), source="own")).tables

    assert 0 == tables["rejects"].height
    assert 3 == tables["tag_specs"].height


def test_a_refused_entry_does_not_stand_before_its_hash(built, page, spec):
    """Of two entries of one hash, the good one stays though it comes second."""
    tables = built(page(spec("a", size="big"), spec("a"))).tables

    assert ["a" * 32] == tables["specs"]["spec_hash"].to_list()
    assert ["bad_size"] == tables["rejects"]["rule"].to_list()


def test_an_entry_that_breaks_several_rules_is_refused_once(built, page, spec):
    """The first rule counts: hash, versions, empty texts, size."""
    tables = built(
        page(spec("b", hash="x", versions=[], os="", size="big"), spec("c", versions=[], os=""), spec("d", os="", size="big"))
    ).tables

    assert {"bad_hash": "entry 1", "version_count": "entry 2", "empty_value": "entry 3"} == {
        rule: detail.partition(":")[0] for rule, detail in tables["rejects"].select("rule", "detail").rows()
    }


def test_a_page_without_a_good_entry_is_still_a_document(built, page, spec):
    """It was read, and holds no spec."""
    tables = built(page(spec("a", size="big"), spec("a", size="huge"), meta={"num_specs": 2})).tables

    assert [(0, 2)] == tables["documents"].select("spec_count", "published_spec_count").rows()
    assert 2 == tables["rejects"].height


def test_a_long_entry_is_cut(built, page, spec):
    """Of a refused text 200 characters are kept."""
    rejects = built(page(spec("a", size="big", stacks=["é" * 100, "e4s" * 100]), spec("b", variants=["é" * 300]))).tables["rejects"]

    assert {("spec", 200), ("variant", 200)} == set(rejects.select("scope", rejects["excerpt"].str.len_chars()).rows())


@pytest.mark.parametrize("size", ["-", "0", "9" * 15, 12, None])
def test_a_size_may_be_a_number_or_not_be_said(built, page, spec, size):
    """As text or as a number; `-` and null say nothing."""
    assert 0 == built(page(spec("a", size=size))).tables["rejects"].height
