"""Pages of every layout to damaged ones, by seeded dice: bytes, lines, JSON, YAML, texts of specs, names and files.

A mutation takes a case and gives another, or the same where it has nothing to take hold of; `mutated` then takes another.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from random import Random
from typing import Any

import yaml

__all__ = ["MUTATIONS", "Case", "Odd", "mutated"]


class Odd(Enum):
    """What stands where a file should."""

    FOLDER = "a folder"
    PIPE = "a pipe"
    DEAD_LINK = "a dead link"
    RING = "a link to itself"
    LINK_OUT = "a link out of the source"


@dataclass(frozen=True)
class Case:
    """A page with what lies beside it, by paths below the source; `how` names the mutations, `was` is what it was before them."""

    layout: str
    page: str
    files: Mapping[str, bytes | Odd]
    how: tuple[str, ...] = ()
    was: "Case | None" = None

    @property
    def text(self) -> bytes:
        found = self.files[self.page]
        return found if isinstance(found, bytes) else b""

    def saying(self, text: bytes) -> "Case":
        """The case with another text of its page."""
        return self.holding(self.page, text) if isinstance(self.files[self.page], bytes) else self

    def holding(self, path: str, content: bytes | Odd) -> "Case":
        """The case with another file."""
        return replace(self, files={**self.files, path: content})

    def moved(self, page: str) -> "Case":
        """The case in another folder, or under another name there."""
        old, new = self.page.rpartition("/")[0], page.rpartition("/")[0]
        files = {page if path == self.page else new + path.removeprefix(old): content for path, content in self.files.items()}
        return replace(self, page=page, files=files)


Mutation = Callable[[Case, Random], Case]
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.]*|true|false|null|[\[\]{}]')
_DEEP = 3_000

_PIECES = (
    *(b"\0", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc3\xa9", b"\xe2\x80\xa8", b"\x85"),
    *rb"""\ " ' , : # [ ] { } - | % @ ^ ~ + = --- null *a &a !a \u0000 \ud800 \x41""".split(),
    *(b": ", b" #", b"- ", b"? ", b"*a ", b"&a ", b"---\n", b"\n---\n", b"...\n", b"meta: {}\n", b"\nspec_files: \n"),
)
_TOKENS = (
    *rb"""NaN Infinity -Infinity 1e999 -1e999 -1 0 0.5 -0 1e5 18446744073709551616 true null x 'x' {} [] [[]] [null] {"a":1}""".split(),
    *rb""""" "\u0000" "\ud800" "\udc00\ud800" "a\nb" "\u001f" "\u007f" "\u202e" "a,b" ["e4s","e4s"]""".split(),
    *(b"9" * 5_000, b'"' + b"x" * 300_000 + b'"', b'" "', b'"\xc3\xa9"'),
    *(b"[" * _DEEP + b"]" * _DEEP, b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, b"[" * _DEEP, b"]" * 9, b"[" * 49 + b"]" * 49),
)
_VALUES = json.loads(
    r'[null, true, -1, 1e30, 0.5, "", " ", "\u0000", "a\nb", "\u00e9", [], {}, [[]], ["a", "a"], [null], [""], {"": 1}, "none"]'
)
_OPTIONS = (
    *("", "+", "~", "-ipo", "+a+b", "a=", "=a", "a='", "a='b", 'a="\\ud800"', "a:==b", "a=b=c", "++", "+\u00e9", "a=,,", "*"),
    "x" * 9_000,
)
_HASHES = ("", "A" * 32, "a" * 31, "a" * 33, "1" * 32, "x-" + "0" * 30, "a" * 31 + "\n", "\u0430" * 32, "a" * 32 + "'")
_CHARACTERS = (
    *("'", '"', "^", "@", "@=", "%", "=", "+", "~", "-", ":", "\\", "''", "arch=", " ", " ^", "\t", "': ", '": ', " x='"),
    " arch=a-b-c",
)
_LAUGHS = b"&a [x,x,x,x,x,x,x,x,x]" + b"".join(b", &%c [%s]" % (98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9))
_YAML = (
    *(b"[" + _LAUGHS + b"]", b"&a [*a]", b"*nowhere", b"!!python/object/apply:os.getpid []", b"!!int x", b"!!binary x", b"! x"),
    *(b"{<<: {a: 1}}", b"{? [a]: b}", b"{a: 1, a: 2}", b"|\n  text", b">-\n  text", b"\n- a\n-b: c", b"\n  - a\n - b", b"\n? a\n: b"),
    *(b"\t- a", b"[a, b", b"{a: b", b"'", b'"\\xZZ"', b"%YAML 9.9", b"--- a", b"2001-01-01", b"0o7", b"~", b"@a", b"[a]: b", b"a\n...\nb"),
)
_NAMES = (  # {} is the package or tag, so that no two cases share one
    *("{}'", '{}"', "{};drop", "..{}", "...{}", "-{}", "{}*", "{}?", "{}[x]", "{}%41", "${}", "{}\\", "{}:", "{}#", "{}@", "{},x"),
    *("{}=x", "~{}", "{}.md", "{}|x", "&{}", "*{}", "!{}", "<{}>"),
    *("{}'; drop table x; --", "{} ", " {}", "{}\n", "{}\r", "{}\x01", "{}\x7f", "{}\udcff", "{}\\udcff", "{}{{x}}", "\ufeff{}"),
    *("{}\u00e9", "{}e\u0301", "{}\u202e", "{}\U0001f600", "{}" + "x" * 200, "{}" + "\u00e9" * 100, "{}" + " " * 90),
)


def _place(raw: bytes, dice: Random) -> int:
    """Anywhere, or where a reader turns from one thing to another."""
    marks = [found.start() for found in re.finditer(rb"\n|: |[\[\]{},\"']|---", raw)] if dice.random() < 0.5 else []
    return dice.choice(marks) + dice.randint(0, 1) if marks else dice.randint(0, len(raw))


def _bytes(change: Callable[[bytes, int, int, Random], bytes]) -> Mutation:
    """A mutation of a page's bytes between two places, which lie near each other as often as not."""

    def mutation(case: Case, dice: Random) -> Case:
        raw = case.text
        start = _place(raw, dice)
        end = min(len(raw), start + dice.randint(1, 9)) if dice.random() < 0.5 else _place(raw, dice)
        return case.saying(change(raw, min(start, end), max(start, end), dice))

    return mutation


def _lines(change: Callable[[list[bytes], int, Random], list[bytes]]) -> Mutation:
    """A mutation of a page's lines, at one of them."""

    def mutation(case: Case, dice: Random) -> Case:
        lines = case.text.split(b"\n")
        return case.saying(b"\n".join(change(lines, dice.randrange(len(lines)), dice)))

    return mutation


def _swapped(lines: list[bytes], at: int, dice: Random) -> list[bytes]:
    other = dice.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    return lines


def _tokens(raw: bytes, dice: Random) -> bytes:
    found = list(_TOKEN.finditer(raw))
    if not found:
        return raw
    token = dice.choice(found)
    new = dice.choice([*_TOKENS, dice.choice(found)[0], b"[" + token[0] + b"]", token[0].strip(b'"'), token[0].upper()])
    return raw[: token.start()] + new + raw[token.end() :]


def _doubled_key(raw: bytes, dice: Random) -> bytes:
    pairs = list(re.finditer(rb'("\w+"): (?:"[^"]*"|\d+|\[[^\[\]]*\])', raw))
    if not pairs:
        return raw
    pair = dice.choice(pairs)
    said = pair[0] if dice.random() < 0.5 else pair[1] + b": " + dice.choice(_TOKENS)
    return raw[: pair.start()] + said + b", " + raw[pair.start() :]


def _field(change: Callable[[bytes, Random], bytes], *keys: bytes) -> Mutation:
    """A mutation of the value of one of a page's keys; no keys: of any."""

    def mutation(case: Case, dice: Random) -> Case:
        lines = case.text.split(b"\n")
        at = [number for number, line in enumerate(lines) if re.match(rb"\w+: ", line) and (not keys or line.partition(b":")[0] in keys)]
        if not at:
            return case
        chosen = dice.choice(at)
        key, _, value = lines[chosen].partition(b": ")
        lines[chosen] = key + b": " + change(value, dice)
        return case.saying(b"\n".join(lines))

    return mutation


def _decoded(change: Callable[[Any, Random], Any]) -> Callable[[bytes, Random], bytes]:
    """A change of what a value means, where it is JSON."""

    def changed(raw: bytes, dice: Random) -> bytes:
        try:
            value = json.loads(raw)
            return json.dumps(change(value, dice), ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass")
        except (ValueError, LookupError, TypeError, RecursionError):
            return raw  # not JSON, or not what it was, because of a mutation before

    return changed


def _mapping(value: Any, dice: Random) -> dict[str, Any]:
    """The value, or one of its elements, that is a mapping."""
    found = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict) and one]
    return dice.choice(found) if found else {}


def _without_key(value: Any, dice: Random) -> Any:
    entry = _mapping(value, dice)
    entry.pop(dice.choice([*entry, None]), None)
    return value


def _with_key(value: Any, dice: Random) -> Any:
    _mapping(value, dice)[dice.choice(("", "new", "hash ", "Hash", "__proto__", "\0", "document", "entry"))] = dice.choice(_VALUES)
    return value


def _other_type(value: Any, dice: Random) -> Any:
    entry = _mapping(value, dice)
    if entry:
        key = dice.choice([*entry])
        old = entry[key]
        entry[key] = dice.choice([*_VALUES, [old], {"a": old}, old[0] if isinstance(old, list) and old else str(old)])
    return value


def _other_hash(value: Any, dice: Random) -> Any:
    entry = _mapping(value, dice)
    old = str(entry.get("hash"))
    entry["hash"] = dice.choice([*_HASHES, old.upper(), old[::-1], _mapping(value, dice).get("hash")])
    return value


def _other_element(value: Any, dice: Random) -> Any:
    lists = [one for one in _mapping(value, dice).values() if isinstance(one, list)]
    if lists:
        chosen = dice.choice(lists)
        chosen.insert(dice.randint(0, len(chosen)), dice.choice([*_VALUES, *_OPTIONS, *chosen]))
    return value


def _many(value: Any, dice: Random) -> Any:
    return value * dice.choice((2, 3, 50)) if isinstance(value, list) else value


def _as_yaml(raw: bytes, dice: Random) -> bytes:
    how = dice.randrange(3)
    if how == 0:
        return dice.choice(_YAML)
    if how == 1:
        return raw.replace(b", ", dice.choice((b",\n  ", b",\r\n ", b",\n", b",\n\t", b", # x\n  ")))
    try:
        text = yaml.safe_dump(json.loads(raw), default_flow_style=dice.choice((None, False)), sort_keys=False, width=60)
    except (ValueError, RecursionError):
        return raw
    return ("\n" + "".join(f"  {line}\n" for line in text.splitlines())).rstrip("\n").encode(errors="replace")


def _anchored(raw: bytes, dice: Random) -> bytes:
    token = dice.choice([*_TOKEN.finditer(raw), None])
    return raw if token is None else raw[: token.start()] + dice.choice((b"&a ", b"*a ", b"!!str ", b"!x ", b"<<: ")) + raw[token.start() :]


def _spec_text(case: Case, dice: Random) -> Case:
    lines = case.text.split(b"\n")
    at = [number for number, line in enumerate(lines) if line.startswith((b' - "', b" - '"))]
    if not at:
        return case
    chosen = dice.choice(at)
    text = lines[chosen].decode(errors="surrogateescape")
    place, end = sorted((dice.randrange(len(text)), dice.randrange(len(text))))
    sign = dice.choice(_CHARACTERS)
    marks = [found.start() for found in re.finditer("[@%^+~='\" ]", text)]
    mark = dice.choice(marks)
    changed = dice.choice(
        (
            text[:place] + sign + text[place:],
            text[:mark] + sign + text[mark + 1 :],
            text[:mark] + text[mark + 1 :],
            (text[:mark] + text[mark + 1 :])[:place] + text[mark] + (text[:mark] + text[mark + 1 :])[place:],
            text[:place] + text[end:],
            text[:end] + text[place:],
            text.replace(sign, ""),
            text + text[3:],
        )
    )
    lines[chosen] = changed.encode(errors="surrogateescape")
    return case.saying(b"\n".join(lines))


def _spec_file(case: Case, dice: Random) -> Case:
    paths = sorted(path for path, content in case.files.items() if path.endswith(".json") and isinstance(content, bytes))
    if not paths:
        return case
    path = dice.choice(paths)
    raw = case.files[path]
    assert isinstance(raw, bytes)
    other = case.files[dice.choice(paths)]
    how = dice.randrange(6)
    if how == 0:
        return case.holding(path, raw[: _place(raw, dice)])
    if how == 1:
        return case.holding(path, other)
    if how == 2:
        return case.holding(path, dice.choice((*Odd, b"", b"null", b"[]", b"{}", b'{"spec": {"nodes": []}}', b"\xff", b"[" * 100_000)))
    if how == 3:
        return case.holding(path, _decoded(lambda value, dice: {"spec": {"nodes": _other_type(value["spec"]["nodes"], dice)}})(raw, dice))
    return case.holding(path, (_tokens if how == 4 else _doubled_key)(raw, dice))


def _said_name(case: Case, key: bytes, name: str) -> Case:
    """The page with another title or tag."""
    value = json.dumps(name).encode() if key == b"title" else b"[package, " + json.dumps(name).encode() + b"]"
    return _field(lambda _, __: value, key)(case, Random(0))


def _contradicted(case: Case, dice: Random) -> Case:
    key = dice.choice((b"title", b"categories"))
    return _said_name(case, key, dice.choice(("", "other", "ZLIB", "develop", "package", "a/b", "..", "\0", "\ud800", "x" * 5_000)))


def _hostile_name(case: Case, dice: Random) -> Case:
    *parents, own, file = case.page.split("/")
    is_tag = len(parents) == 2 and dice.random() < 0.3
    old = parents[1] if is_tag else own
    name = dice.choice(_NAMES).format(f"{old}-{own}" if is_tag else old)
    page = "/".join([parents[0], name, own, file] if is_tag else [*parents, name, file])
    if len(name.encode(errors="surrogateescape")) > 255:
        return case
    return _said_name(case.moved(page), b"categories" if is_tag else b"title", name if dice.random() < 0.8 else old)


def _other_file(case: Case, dice: Random) -> Case:
    return case.holding(case.page, dice.choice([*Odd]))


def _other_place(case: Case, dice: Random) -> Case:
    folder, _, file = case.page.rpartition("/")
    other = "index.md" if file == "specs.md" else "specs.md"
    how = dice.randrange(4)
    if how == 0:
        return case.holding(f"{folder}/{other}", case.text)  # two pages for one tag and package
    if how == 1:
        return case.moved(f"{folder}/{other}")
    if how == 2:
        return case.moved(f"{folder}/deeper/{file}")
    return case.moved(f"_cache/{folder.removeprefix('_cache/').replace('/', '-')}-moved/{file}")


_JSON = (b"meta", b"spec_details")

MUTATIONS: Mapping[str, Mutation] = {
    "flip": _bytes(lambda raw, at, _, dice: raw[:at] + bytes(one ^ dice.randint(1, 255) for one in raw[at : at + 1]) + raw[at + 1 :]),
    "delete": _bytes(lambda raw, start, end, _: raw[:start] + raw[end:]),
    "insert": _bytes(lambda raw, at, _, dice: raw[:at] + dice.choice(_PIECES) * dice.choice((1, 1, 2, 500)) + raw[at:]),
    "write over": _bytes(lambda raw, start, end, dice: raw[:start] + dice.choice(_PIECES) + raw[end:]),
    "double": _bytes(lambda raw, start, end, _: raw[:end] + raw[start:]),
    "cut off": _bytes(lambda raw, at, _, __: raw[:at]),
    "zeros": _bytes(lambda raw, start, end, _: raw[:start] + bytes(end - start) + raw[end:]),
    "BOM": _bytes(lambda raw, _, __, ___: b"\xef\xbb\xbf" + raw),
    "CRLF": _bytes(lambda raw, _, __, dice: raw.replace(b"\n", dice.choice((b"\r\n", b"\r", b"\n\r", b"\r\r\n")), dice.choice((-1, 1, 3)))),
    "tail": _bytes(lambda raw, _, __, dice: raw + dice.choice((b"\n", b"\n\n", b"\r\n", b"\0", b"x", b"\n---", raw, b"\n" + raw, b"\x1a"))),
    "drop a line": _lines(lambda lines, at, _: lines[:at] + lines[at + 1 :]),
    "double a line": _lines(lambda lines, at, _: lines[: at + 1] + lines[at:]),
    "swap lines": _lines(_swapped),
    "move the closer": _lines(lambda lines, at, _: [*lines[:-1][:at], b"---", *lines[:-1][at:]]),
    "double the closer": _lines(lambda lines, at, _: [*lines[:at], b"---", *lines[at:]]),
    "drop the closer": _lines(lambda lines, _, __: lines[:-1]),
    "repeat a key": _lines(lambda lines, at, dice: [*lines[:at], dice.choice(lines).partition(b" ")[0] + b" x", *lines[at:]]),
    "token": _field(_tokens),
    "token in JSON": _field(_tokens, *_JSON),
    "double a JSON key": _field(_doubled_key, *_JSON),
    "drop a JSON key": _field(_decoded(_without_key), *_JSON),
    "add a JSON key": _field(_decoded(_with_key), *_JSON),
    "other type": _field(_decoded(_other_type), *_JSON),
    "other element": _field(_decoded(_other_element), *_JSON),
    "other hash": _field(_decoded(_other_hash), b"spec_details"),
    "many specs": _field(_decoded(_many), b"spec_details"),
    "YAML": _field(_as_yaml),
    "YAML in place of JSON": _field(_as_yaml, *_JSON),
    "anchor or tag": _field(_anchored),
    "text of a spec": _spec_text,
    "spec file": _spec_file,
    "contradiction": _contradicted,
    "hostile name": _hostile_name,
    "no file": _other_file,
    "other place": _other_place,
}
_WEIGHTS = [1] * 17 + [2] * (len(MUTATIONS) - 17)  # bytes and lines come first: most pages end there


def mutated(case: Case, dice: Random, stolen: Sequence[str] = ()) -> Case:
    """The case after one to three mutations that changed something, and sometimes with a hash of another page, one of `stolen`."""
    found = case
    for _ in range(dice.choices((1, 2, 3), (6, 3, 1))[0]):
        while True:
            (name,) = dice.choices([*MUTATIONS], _WEIGHTS)
            changed = MUTATIONS[name](found, dice)
            if (changed.page, changed.files) not in ((found.page, found.files), (case.page, case.files)):
                found = replace(changed, how=(*found.how, name))
                break
    if stolen and dice.random() < 0.05:
        own = re.search(rb"\b[a-z2-7]{32}\b", found.text)
        if own:
            found = found.saying(found.text.replace(own[0], dice.choice(stolen).encode(), 1))
            found = replace(found, how=(*found.how, "stolen hash"))
    return replace(found, was=case)
