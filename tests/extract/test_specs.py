"""Specs are read column by column; a bad one is named and set aside, the others of its page and batch are as if it were not there."""

import json
import sys

import pytest

from etl.extract.specs import PAGES, Slices, columns

PAGE = "_cache/develop/zlib/specs.md"
LISTS = ("stacks", "variants", "versions")
REQUIRED = ("compiler", "hash", "os", "platform", "target", *LISTS)


@pytest.fixture
def beside(page, spec, batch, said, all_refused):
    """`beside(entry)` puts the text of an entry between two good ones: the entries that were loaded, and what was refused.

    Read among good pages it has to be the same as on a page that is alone.
    """

    def read(entry: str):
        first, last = json.dumps(spec("first")), json.dumps(spec("last"))
        raw = page(spec_details=f"[{first}, {entry}, {last}]")
        found = batch({PAGE: raw})
        refused = all_refused(raw)
        assert len(refused) == found.rejects.num_rows
        return {row["entry"]: row for row in said(found)[PAGE]["specs"]}, refused

    return read


def test_a_spec_has_the_values_of_its_keys(spec, beside):
    """They are as published: nothing is judged here but the type."""
    odd = spec("odd", compiler="none", versions=["1", "2"], os="", stacks=[], variants=["++ä", "a:='b,c'"], hash="no hash")
    loaded, refused = beside(json.dumps(odd, ensure_ascii=False))

    assert [] == refused
    assert odd | {"entry": 2} == loaded[2]


@pytest.mark.parametrize(
    ("size", "expected"), [('"-"', "-"), ("1048576", "1048576"), ('"1048576"', "1048576"), ("null", None), ("1" * 400, "1" * 400)]
)
def test_a_size_is_text_or_a_number(spec, beside, size, expected):
    """It is the one value that may be absent, and the one that may be a number; as text it is handed on."""
    loaded, refused = beside(json.dumps(spec("sized", size="?")).replace('"?"', size))

    assert [] == refused
    assert expected == loaded[2]["size"]


def test_a_size_need_not_be_there(spec, beside):
    """Absent is null."""
    entry = spec("sized")
    del entry["size"]

    assert beside(json.dumps(entry))[0][2]["size"] is None


@pytest.mark.parametrize(
    "more",
    [
        pytest.param('"new": {"os": 1, "os": 2}', id="an object, whatever it repeats"),
        pytest.param('"new": 1, "new": 2', id="twice"),
        pytest.param('"new": ' + "[" * 45 + "]" * 45, id="deep"),
        pytest.param('"new": 1e999', id="a number beyond numbers"),
        pytest.param('"new": ' + "1" * 5000, id="a whole number longer than Python reads"),
        pytest.param('"new": "\\u0000\\u001f"', id="control characters"),
        pytest.param('"": null, "spec": null, "entry": 0', id="names that mean something elsewhere"),
    ],
)
@pytest.mark.parametrize("neighbour", ["{}", '{"escaped": "\\n"}', None], ids=["bad neighbour", "bad neighbour with escape", "alone"])
def test_a_key_that_nobody_knows_is_passed_over(spec, page, batch, said, more, neighbour):
    """Whatever stands behind it, and whatever entry stands beside it: two readers, one answer."""
    entry = json.dumps(spec("one")).removesuffix("}") + f", {more}}}"
    found = batch({PAGE: page(spec_details=f"[{', '.join(filter(None, (entry, neighbour)))}]")})

    assert [spec("one") | {"entry": 1}] == said(found)[PAGE]["specs"]


@pytest.mark.parametrize("key", REQUIRED)
def test_each_key_of_a_spec_must_be_there(spec, beside, key):
    """`missing_key`, also for the hash: the excerpt is the spec, the line that of `spec_details`."""
    entry = spec("bad")
    del entry[key]
    loaded, refused = beside(json.dumps(entry))

    assert {1, 3} == loaded.keys()
    assert [("spec", "missing_key", 6, json.dumps(entry)[:200])] == refused


@pytest.mark.parametrize("entry", ["null", "7", '"text"', "[]", "true", "[null]", "-1.5e3"])
def test_an_entry_must_be_an_object(beside, entry):
    """`wrong_type`. A bare `null` crashes the columnar reader, and the process with it: it never gets there as such."""
    loaded, refused = beside(entry)

    assert {1, 3} == loaded.keys()
    assert [("spec", "wrong_type", 6, entry)] == refused


@pytest.mark.parametrize("entries", ["null", "null, null", "null, 7, {}"])
def test_a_page_may_have_no_good_entry(page, all_refused, entries):
    """Each is refused by itself; the page is read, and has no specs."""
    refused = all_refused(page(spec_details=f"[{entries}]"))

    assert entries.split(", ") == [reject.excerpt for reject in refused]
    assert {"spec"} == {reject.scope for reject in refused}


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key in REQUIRED for value in (None, 7, True, {}, [None], [7], [["a"]], "a" if key in LISTS else [])],
)
def test_each_value_must_have_its_type(spec, beside, key, value):
    """`wrong_type`: null says nothing, and none of these may say nothing."""
    entry = spec("bad", **{key: value})
    loaded, refused = beside(json.dumps(entry))

    assert {1, 3} == loaded.keys()
    assert [("spec", "wrong_type", 6, json.dumps(entry)[:200])] == refused


@pytest.mark.parametrize("size", ["1.5", "true", "[]", "{}", "1" * 6000])
def test_a_size_is_nothing_else(spec, beside, size):
    """`wrong_type`: no fraction, no truth value, no number longer than Python reads."""
    loaded, refused = beside(json.dumps(spec("bad", size="?")).replace('"?"', size))

    assert {1, 3} == loaded.keys()
    assert [("spec", "wrong_type", 6)] == [reject[:3] for reject in refused]


@pytest.mark.parametrize("key", [*REQUIRED, "size"])
def test_a_key_of_a_spec_may_stand_but_once(spec, beside, key):
    """`repeated_key`: JSON's readers differ on which of two counts. Also where both say the same."""
    value = spec("bad")[key]
    entry = f'{{"{key}": {json.dumps(value)}, {json.dumps(spec("bad"))[1:]}'
    loaded, refused = beside(entry)

    assert {1, 3} == loaded.keys()
    assert [("spec", "repeated_key", 6, entry[:200])] == refused


def test_a_key_in_disguise_is_the_same_key(spec, beside):
    r"""`repeated_key`: `\u006fs` is `os`."""
    _, refused = beside('{"\\u006fs": "sequoia", ' + json.dumps(spec("bad"))[1:])

    assert ["repeated_key"] == [reject.rule for reject in refused]


@pytest.mark.parametrize("key", [*REQUIRED, "size"])
@pytest.mark.parametrize("character", ["\0", "\t", "\n", "\x1f"])
def test_no_value_holds_a_control_character(spec, beside, key, character):
    """`control_character`: they would break tables, and one of them parts the elements of a list further on."""
    value = [f"a{character}b"] if key in LISTS else f"{character}ab"
    entry = spec("bad", **{key: value})
    loaded, refused = beside(json.dumps(entry))

    assert {1, 3} == loaded.keys()
    assert [("spec", "control_character", 6, json.dumps(entry)[:200])] == refused


def test_yaml_smuggles_no_control_character_in(page, all_refused):
    r"""A tab in YAML's single quotes is a tab, though no `\` announces it as JSON would."""
    entry = "{hash: 'a\tb', compiler: c, versions: [v], os: o, platform: p, target: t, variants: [], stacks: []}"

    assert ["control_character"] == [reject.rule for reject in all_refused(page(spec_details=f"[{entry}]"))]
    assert ["control_character"] == [reject.rule for reject in all_refused(page(spec_details=f"\n- {entry}"))]


@pytest.mark.parametrize("text", ['\\"\\\\\\/', "\\u00e4", "\\ud83d\\ude00", "\x7f", "\u2028", "ä😀"])
def test_all_other_characters_stay(spec, beside, text):
    """As they stand or in JSON's escapes."""
    loaded, refused = beside(json.dumps(spec("odd", os="?")).replace('"?"', f'"{text}"'))

    assert [] == refused
    assert json.loads(f'"{text}"') == loaded[2]["os"]


@pytest.mark.parametrize("depth", range(sys.getrecursionlimit() - 80, sys.getrecursionlimit(), 2))
def test_however_deep_an_unknown_value_is_the_page_is_accounted_for(page, spec, batch, depth):
    """Near the depth that Python allows, a page or its spec may be refused; it is loaded or a reject, and no error."""
    entry = json.dumps(spec("one")).removesuffix("}") + f', "new": {"[" * depth}{"]" * depth}}}'
    found = batch({PAGE: page(spec_details=f"[{entry}, null]")})
    refused = [row["scope"] for row in found.rejects.to_pylist()]

    assert (found.specs.num_rows, refused) in [(1, ["spec"]), (0, ["spec", "spec"]), (0, ["document"])]


def test_specs_know_their_document_and_place(batch, page, spec):
    """`document` is the row of `documents`, `entry` counts from 1 on each page, refused entries included."""
    found = batch(
        {
            "_cache/develop/cmake/specs.md": page("cmake", specs=[spec("a"), spec("b")]),
            "_cache/develop/gmake/specs.md": b"",
            "_cache/develop/zlib/specs.md": page(specs=[None, spec("c")]),
        }
    )

    assert [(0, "cmake"), (1, "zlib")] == list(
        zip(found.documents["document"].to_pylist(), found.documents["package"].to_pylist(), strict=True)
    )
    assert [(0, 1), (0, 2), (1, 2)] == list(zip(found.specs["document"].to_pylist(), found.specs["entry"].to_pylist(), strict=True))


def test_no_specs_are_a_table_without_rows():
    """Its columns are there all the same."""
    table, refused = columns(Slices(PAGES))

    assert (0, []) == (table.num_rows, refused)
    assert {*REQUIRED, "size", "document", "entry"} == set(table.column_names)
