"""A value is read as JSON; where it is none, as the YAML that front matter is by its nature."""

import json

import msgspec
import pytest
import yaml

from etl.extract import yaml_value
from etl.extract.json_value import json_list
from etl.extract.page import Field, Refusal
from etl.extract.yaml_value import DEEPEST, from_yaml

DEEP = 100_000  # nested this deep, recursive readers crash the process


def field(value: str, *more: str) -> Field:
    """A value on line 5, with lines below it."""
    return Field(value.encode(), 5, [line.encode() for line in more])


def read(value: str, *more: str) -> object:
    """What the YAML of a field says."""
    return json.loads(from_yaml("key", field(value, *more), "no JSON"))


@pytest.fixture(params=["libyaml", "pure Python"])
def yaml_reader(request, monkeypatch):
    """YAML's two readers: PyYAML comes without libyaml on some machines."""
    if request.param == "pure Python":
        monkeypatch.setattr(yaml_value, "_LOADER", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml here")


def test_a_list_is_cut_into_its_elements_as_they_stand():
    """No object is built for a spec here: its text goes on as it is."""
    slices, text = json_list("spec_details", field('[{"hash": "a"}, null, 1.50]'))

    assert [b'{"hash": "a"}', b"null", b"1.50"] == [bytes(one) for one in slices]
    assert b'[{"hash": "a"}, null, 1.50]' == text


def test_json_may_be_spread_over_lines():
    """Pretty-printed JSON is JSON: numbers stay numbers, and it may be longer than YAML may."""
    slices, _ = json_list("spec_details", field("[", '  {"size":', "    1}", "]"))

    assert [{"size": 1}] == [json.loads(bytes(one)) for one in slices]


@pytest.mark.parametrize(
    ("value", "more", "expected"),
    [
        pytest.param("[1.10, 0x1f, 1e3, 2020-01-01]", (), ["1.10", "0x1f", "1e3", "2020-01-01"], id="plain words stay text"),
        pytest.param("[yes, No, true, .nan, NaN]", (), ["yes", "No", "true", ".nan", "NaN"], id="whatever they look like"),
        pytest.param("[null, ~, \"null\", '']", (), [None, None, "null", ""], id="but null, unless it is quoted"),
        pytest.param("", (), None, id="nothing is null"),
        pytest.param("", ("- hash: a", "  os:", "- [b]"), [{"hash": "a", "os": None}, ["b"]], id="block form"),
        pytest.param("[{hash: a,", ("  os: b},", "  c]"), [{"hash": "a", "os": "b"}, "c"], id="flow form over several lines"),
        pytest.param("['it''s', \"a\\tb\"]  # both", (), ["it's", "a\tb"], id="both kinds of quotes, and a comment"),
        pytest.param("{<<: {a: b}}", (), {"<<": {"a": "b"}}, id="no merging"),
        pytest.param("[größe, '\u2028']", (), ["größe", "\u2028"], id="beyond ASCII"),
    ],
)
@pytest.mark.usefixtures("yaml_reader")
def test_yaml_says_what_stands_on_the_page(value, more, expected):
    """A version 1.10 is not 1.1, and an operating system `no` is not false."""
    assert expected == read(value, *more)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("[1", "expected", id="cut off"),
        pytest.param("[1] [2]", "expected", id="two values"),
        pytest.param("a\n--- b", "more than one document", id="two documents"),
        pytest.param("&all [*all]", "references", id="a list that holds itself"),
        pytest.param("[&one a, *one]", "references", id="a reference"),
        pytest.param("!!int abc", "tags", id="a tag that its value does not fit"),
        pytest.param("!!python/object/apply:os.getcwd", "tags", id="a tag that would call a function"),
        pytest.param("{hash: a, hash: b}", "stands twice", id="a key twice"),
        pytest.param("{[a]: b}", "no text", id="a key that is a list"),
        pytest.param("{null: b}", "no text", id="a key that is null"),
        pytest.param('"\\udc00"', "", id="half a surrogate pair"),
        pytest.param('"a\0b"', "", id="a control character"),
    ],
)
@pytest.mark.usefixtures("yaml_reader")
def test_what_is_neither_is_refused(value, words):
    """`broken_json`: the detail says what was wrong with it as JSON, then what as YAML."""
    with pytest.raises(Refusal, match=f"`key`: no JSON; nor YAML: .*{words}") as caught:
        read(value)

    assert ("broken_json", 5, value.encode()) == (caught.value.rule, caught.value.line, caught.value.excerpt)


@pytest.mark.parametrize(
    ("value", "more"),
    [
        pytest.param("[" * DEEP, (), id="brackets that open"),
        pytest.param("[" * DEEP + "]" * DEEP, (), id="and close"),
        pytest.param("{a: " * DEEP + "}" * DEEP, (), id="mappings"),
        pytest.param("", ("- " * DEEP,), id="block lists"),
        pytest.param("", ("? " * DEEP,), id="block keys"),
    ],
)
@pytest.mark.usefixtures("yaml_reader")
def test_nesting_ends_somewhere(value, more):
    """`broken_json`, at once: YAML's own loader crashes the process on this, after taking time by the square of the depth."""
    with pytest.raises(Refusal, match=f"nested more than {DEEPEST} deep"):
        read(value, *more)


def test_deep_json_is_refused_too():
    """`broken_json`: the JSON reader gives up in good order, and the YAML reader after it."""
    with pytest.raises(Refusal, match=f"recursion.*; nor YAML: nested more than {DEEPEST} deep"):
        json_list("key", field("[" * DEEP + "]" * DEEP))


def test_references_cannot_blow_up():
    """`broken_json`: nine lines of references to references would be 387 million words."""
    lines = [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]

    with pytest.raises(Refusal, match=r"references \(`\*name`\) are not allowed"):
        read("", "- &a0 [lol]", *lines)


def test_a_long_value_is_never_read_as_yaml():
    """`broken_json`: YAML is read at 3 MB/s, and a damaged page of 16 MB should not hold up a night."""
    with pytest.raises(Refusal, match="`key`: no JSON$") as caught:
        read("[" + "a," * 1_000_001 + "]")

    assert "broken_json" == caught.value.rule


@pytest.mark.parametrize(
    ("value", "found"),
    [("null", "null"), ("{}", "object"), ('"one"', "str"), ("7", "int"), ("", "null"), ("one", "str"), ("{a: b}", "object")],
)
def test_a_list_must_be_a_list(value, found):
    """`wrong_type`, in JSON and in YAML alike."""
    with pytest.raises(Refusal, match=f"`spec_details`: Expected `array`, got `{found}`") as caught:
        json_list("spec_details", field(value))

    assert ("wrong_type", 5, value.encode()) == (caught.value.rule, caught.value.line, caught.value.excerpt)


def test_json_is_not_read_as_yaml():
    """JSON's escapes and pairs of surrogates, which YAML would refuse, mean what they mean in JSON."""
    slices, _ = json_list("spec_details", field('["\\/\\ud83d\\ude00"]'))

    assert ["/😀"] == [msgspec.json.decode(one) for one in slices]
