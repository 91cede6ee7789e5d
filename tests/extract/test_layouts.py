"""What a page says of itself: its package and tag, its layout, its claims."""

import json

import pytest


@pytest.mark.parametrize("layout", ["E", "F", "G"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_layout_is_told_by_the_order_of_keys_and_the_tarball(page, spec, one, layout, count):
    """By content, not by date or tag: pages follow the day of their writing. A page without specs is told by `meta`."""
    specs = [spec(f"{number}") for number in range(count)]
    expected = "F" if layout == "G" and not specs else layout  # `meta` is the same in F and G

    assert expected == one(page(layout=layout, specs=specs))["document"]["layout"]


@pytest.mark.parametrize("layout", ["E", "F", "G"])
def test_the_same_specs_are_the_same_in_every_layout(page, spec, one, layout):
    """The order of keys is form; the tarball's address is no property of a spec."""
    specs = [spec("a", stacks=["root", "e4s"]), spec("b", stacks=["root"], versions=["3.31.6"])]
    found = one(page("cmake", "v1.0.0", layout, specs))

    assert ("cmake", "v1.0.0", 2) == tuple(found["document"][key] for key in ("package", "tag", "published_spec_count"))
    assert {None: 2, "e4s": 1, "root": 2} == found["counts"]
    assert [specs[0] | {"entry": 1}, specs[1] | {"entry": 2}] == found["specs"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"title": "zlib"}, id="unquoted title"),
        pytest.param({"title": "'zlib'"}, id="title in single quotes"),
        pytest.param({"categories": '["package", "develop"]'}, id="quoted list"),
        pytest.param({"categories": "[ package,develop ]"}, id="other white space"),
        pytest.param({"categories": "\n- package\n- develop"}, id="block list"),
        pytest.param({"kind": '"cache"'}, id="quoted layout"),
    ],
)
def test_short_values_may_be_yaml_of_any_form(page, one, fields):
    """An edited page means what it meant."""
    assert one(page())["specs"] == one(page(**fields))["specs"]
    assert ("develop", "zlib") == tuple(one(page(**fields))["document"][key] for key in ("tag", "package"))


def test_a_tag_or_title_that_looks_like_a_number_stays_text(page, one):
    """`1.10` is not 1.1."""
    found = one(page(title="1.10", categories="[package, 2025.10]"))["document"]

    assert ("1.10", "2025.10") == (found["package"], found["tag"])


def test_claims_may_be_yaml(page, one):
    """Block YAML says `num_specs: 1` as text; it is the number 1."""
    found = one(page(meta="\n  num_specs: 1\n  num_specs_by_stack:\n    e4s: 1\n    root: 1"))

    assert {None: 1, "e4s": 1, "root": 1} == found["counts"]


@pytest.mark.parametrize("meta", ["{}", '{"num_specs": null, "num_specs_by_stack": null}', '{"versions": ["1.3.1"], "compilers": []}'])
def test_what_is_not_claimed_is_not_zero(page, one, meta):
    """A page that says nothing of its count has none."""
    found = one(page(meta=meta))

    assert found["document"]["published_spec_count"] is None
    assert {} == found["counts"]


@pytest.mark.parametrize("odd", ["1" * 6000, "1e999", "-0.0", "NaN", '{"deep": [[[]]]}', '"\\u0000"'])
def test_what_is_not_read_of_the_claims_may_be_anything(page, one, odd):
    """A key that nobody knows yet is passed over, whatever stands behind it."""
    assert {None: 1} == one(page(meta=f'{{"num_specs": 1, "new": {odd}}}'))["counts"]


@pytest.mark.parametrize("key", ["title", "layout", "categories", "meta", "spec_details"])
def test_each_key_must_be_there(page, refused, key):
    """`missing_key`: the excerpt shows the keys that are."""
    others = [other for other in ("title", "layout", "categories", "meta", "spec_details") if other != key]

    assert ("document", "missing_key", 1, ", ".join(others)) == refused(page(**{"kind" if key == "layout" else key: None}))


@pytest.mark.parametrize("kind", ["table", "", "post", "[cache]", "cached"])
def test_a_page_of_another_kind_is_refused(page, refused, kind):
    """`no_cache_page`: the site's pages of tags look alike, `layout: table` apart."""
    assert ("document", "no_cache_page", 3, kind) == refused(page(kind=kind))


@pytest.mark.parametrize("categories", ["[package]", "[stack, develop]", "[package, develop, v1.0.0]", "[]"])
def test_a_page_must_name_its_tag(page, refused, categories):
    """`no_tag`: `category: package`, without one, is a page of 2021."""
    assert ("document", "no_tag", 4, categories) == refused(page(categories=categories))


@pytest.mark.parametrize("key", ["title", "categories", "meta", "spec_details"])
@pytest.mark.parametrize("inner", ["1", '"a" "b"', '"\\ud800"', "*a", "!!int x"])
def test_what_is_neither_json_nor_yaml_is_refused(page, refused, key, inner):
    """`broken_json`, with the line and the beginning of the value: here a list or mapping that nothing closes, or worse."""
    value = f'{{"new": {inner}' if key == "meta" else f"[{inner}"
    line = 2 + ("title", "layout", "categories", "meta", "spec_details").index(key)

    assert ("document", "broken_json", line, value[:200]) == refused(page(**{key: value}))


@pytest.mark.parametrize("key", ["title", "categories", "meta", "spec_details"])
def test_what_is_nested_beyond_sense_is_refused(page, refused, key):
    """`too_deep`, before a reader that calls itself meets it."""
    value = "[" * 100_000
    line = 2 + ("title", "layout", "categories", "meta", "spec_details").index(key)

    assert ("document", "too_deep", line, value[:200]) == refused(page(**{key: value}))


@pytest.mark.parametrize(
    ("key", "line", "value"),
    [
        ("title", 2, ""),
        ("title", 2, "null"),
        ("title", 2, '["zlib"]'),
        ("categories", 4, "package"),
        ("categories", 4, "[package, [develop]]"),
        ("categories", 4, "[package, ~]"),
        ("meta", 5, "[]"),
        ("meta", 5, ""),
        ("meta", 5, '{"num_specs": "1"}'),
        ("meta", 5, '{"num_specs": -1}'),
        ("meta", 5, '{"num_specs": 1.5}'),
        ("meta", 5, '{"num_specs": true}'),
        ("meta", 5, '{"num_specs": NaN}'),
        ("meta", 5, '{"num_specs": 1e999}'),
        ("meta", 5, '{"num_specs": 9007199254740993}'),
        ("meta", 5, f'{{"num_specs": {"1" * 6000}}}'),
        ("meta", 5, "{num_specs: one}"),
        ("meta", 5, '{"num_specs_by_stack": ["e4s"]}'),
        ("meta", 5, '{"num_specs_by_stack": {"e4s": null}}'),
        ("meta", 5, '{"versions": "1.3.1"}'),
        ("meta", 5, '{"versions": [1.10]}'),
        ("meta", 5, '{"stacks": [null]}'),
        ("spec_details", 6, "{}"),
        ("spec_details", 6, "null"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(page, refused, key, line, value):
    """`wrong_type`: a count is a whole number that every reader holds exactly, at most 2 to the power of 53."""
    assert ("document", "wrong_type", line, value[:200]) == refused(page(**{key: value}))


@pytest.mark.parametrize(
    ("key", "line", "value"),
    [
        ("title", 2, '""'),
        ("title", 2, '"zl\\nib"'),
        ("categories", 4, '[package, "dev\\u0000elop"]'),
        ("categories", 4, '[package, ""]'),
        ("meta", 5, '{"num_specs_by_stack": {"e4s\\u001f": 1}}'),
        ("meta", 5, '{"num_specs_by_stack": {"": 1}}'),
    ],
)
def test_a_name_is_printable_text(page, refused, key, line, value):
    """`control_character`: it would break tables and terminals, and an empty name names nothing."""
    assert ("document", "control_character", line, value) == refused(page(**{key: value}))


@pytest.mark.parametrize("name", ["größe", "日本", "\\ud83d\\ude00", "a b"])
def test_names_beyond_ascii_are_names(page, one, name):
    """Whatever is printable may be one, as it stands or in JSON's escapes."""
    assert json.loads(f'"{name}"') == one(page(title=f'"{name}"'))["document"]["package"]
