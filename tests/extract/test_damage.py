"""Whatever happens to a page: nothing is raised, no good page is lost, and the damaged one is loaded or refused."""

import json
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.extract.specs import PAGES, Slices, columns

BAD = "_cache/develop/zlib/specs.md"

# What damage, editors and ill will put into a page; every one of these has a meaning to some reader.
PIECES = [
    *(b"\0", b"\n", b"\r\n", b"\t", b" ", b"\xff", b"\xef\xbb\xbf", b"\xc3\xa9", b"\\", b'"', b"'", b",", b":", b": ", b"#", b" # "),
    *(b"[", b"]", b"{", b"}", b"[[", b"]]", b"---\n", b"---", b"null", b"NaN", b"-", b"- ", b"? ", b"| ", b"> ", b"%", b"@", b"~"),
    *(b"\\u0000", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\x41", b"\\/", b"1e999", b"1" * 5000, b"-0", b"true", b"*a ", b"&a "),
    *(b"!!int ", b"!a ", b"<<: ", b"{}, ", b"null, ", b"[], ", b'"", ', b'"hash": 1, ', b'"size": 1, ', b'"new": {"a": 1, "a": 2}, '),
    *(b"meta: {}\n", b"title: x\n", b"\n  - ", b"\n  a: ", b"[" * 2000, b'{"a":' * 2000),
]
PLACE = st.floats(0, 1, exclude_max=True)
DAMAGE = st.one_of(
    st.tuples(st.just("cut"), PLACE),
    st.tuples(st.just("flip"), PLACE, st.integers(1, 255)),
    st.tuples(st.just("delete"), PLACE, PLACE),
    st.tuples(st.just("double"), PLACE, PLACE),
    st.tuples(st.just("swap"), PLACE, PLACE, st.integers(1, 40)),
    st.tuples(st.just("insert"), PLACE, st.sampled_from(PIECES)),
    st.tuples(st.just("replace"), PLACE, st.sampled_from(PIECES)),
)


def damaged(raw: bytes, damage) -> bytes:
    """The page after one piece of damage. Places are shares of its length."""
    kind, place, *rest = damage
    at = int(place * len(raw))
    if kind == "cut":
        return raw[:at]
    if kind == "flip":
        return raw[:at] + bytes(byte ^ rest[0] for byte in raw[at : at + 1]) + raw[at + 1 :]
    if kind in ("delete", "double"):
        start, end = sorted((at, int(rest[0] * len(raw))))
        return raw[:start] + raw[end:] if kind == "delete" else raw[:end] + raw[start:]
    if kind == "swap":
        size = rest[1]
        first, second = sorted((at, int(rest[0] * len(raw))))
        second = max(second, first + size)
        one, two = raw[first : first + size], raw[second : second + size]
        return raw[:first] + two + raw[first + size : second] + one + raw[second + size :]
    return raw[:at] + rest[0] + raw[at if kind == "insert" else at + len(rest[0]) :]


@pytest.fixture(scope="module")
def whole(page, spec) -> list[bytes]:
    """Pages of every form, of two specs each."""
    specs = [spec("one", variants=["+a", "b:='c,d'"]), spec("two", stacks=["root"])]
    block = "\n- hash: a\n  compiler: c\n  versions: [1.10]\n  os: o\n  platform: p\n  target: t\n  variants: []\n  stacks: [e4s]"
    return [page(layout=layout, specs=specs) for layout in "EFG"] + [page(spec_details=block), page(title="zlib", meta="\n  num_specs: 1")]


@pytest.fixture(scope="module")
def alone(batch, said, neighbours):
    """What the good pages say without a bad one."""
    return said(batch(neighbours))


@settings(max_examples=150, deadline=None)
@given(form=st.integers(0, 4), damages=st.lists(DAMAGE, min_size=1, max_size=4))
def test_a_damaged_page_is_loaded_or_refused_and_harms_no_other(batch, said, whole, neighbours, alone, form, damages):
    """Cut, flipped, deleted, doubled, swapped, written over: of each page, and of each entry, something is told."""
    raw = whole[form]
    for damage in damages:
        raw = damaged(raw, damage)
    found = batch(neighbours | {BAD: raw})
    loaded = said(found)
    rejects = found.rejects.to_pylist()
    entries = [row["entry"] for row in loaded[BAD]["specs"]] if BAD in loaded else []
    refused = [int(re.match(r"entry (\d+):", row["detail"])[1]) for row in rejects if row["scope"] == "spec"]

    assert alone == {path: rows for path, rows in loaded.items() if path != BAD}
    assert {BAD} >= {row["path"] for row in rejects}
    assert ["document"] * (BAD not in loaded) == [row["scope"] for row in rejects if row["scope"] == "document"]
    assert list(range(1, len(entries) + len(refused) + 1)) == sorted(entries + refused)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**400), 10**400) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)
KEYS = st.sampled_from(["hash", "compiler", "versions", "os", "platform", "target", "variants", "stacks", "size", "new", ""])


def as_json(pairs, ascii_only: bool) -> bytes:
    """An object with its keys in order, repeated ones included."""
    inner = ", ".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=ascii_only)}" for key, value in pairs)
    return f"{{{inner}}}".encode()


def read(texts: list[bytes], is_escaped: bool = False):
    """Entries of one page as rows by their place, and the rules that refused the others."""
    slices = Slices(PAGES)
    slices.add(0, [msgspec.Raw(text) for text in texts], b"[" + b",".join(texts) + b"]")
    slices.is_plain = slices.is_plain and not is_escaped
    table, refused = columns(slices)
    return {row["entry"]: row for row in table.to_pylist()}, [refusal.rule for _, refusal in refused]


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(KEYS, VALUES), max_size=3),
    drop=st.none() | KEYS,
    ascii_only=st.booleans(),
    whole=st.none() | VALUES,
)
def test_both_readers_of_specs_agree(spec, changes, drop, ascii_only, whole):
    """The fast one, and the careful one that is called where it stumbles, give an entry the same values or refuse it both."""
    pairs = [(key, value) for key, value in spec("odd").items() if key != drop] + changes
    odd = as_json(pairs, ascii_only) if whole is None else json.dumps(whole).encode()
    good = json.dumps(spec("good")).encode()
    by_itself, rule = read([odd])
    careful, careful_rule = read([odd], is_escaped=True)
    among, among_rule = read([good, odd, good, b"null"])

    assert (by_itself, rule) == (careful, careful_rule)
    assert {1, 3} <= among.keys()
    assert {key: value for key, value in by_itself.get(1, {}).items() if key != "entry"} == {
        key: value for key, value in among.get(2, {}).items() if key != "entry"
    }
    assert [*rule, "wrong_type"] == among_rule
