"""A page's bytes to its front matter: the value of each key, with the line it stands on.

Pages are Jekyll pages: a line `---`, lines `key: value`, a line `---`, nothing behind it. In every page of the public
cache from 2023 on, `meta` and `spec_details` are JSON on one line each.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Field", "Page", "Refusal", "front_matter"]

_BOM = b"\xef\xbb\xbf"
_USUAL = frozenset((b"title", b"layout", b"categories", b"meta", b"spec_details"))  # asked first: there are 5 on each of 100,000 pages
_KEY = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Refusal(Exception):  # noqa: N818  (not an error of the program: what it says is a row of `rejects`)
    """A page, or a part of it, that cannot be read: the rule, words, the line, and the text it is about."""

    def __init__(self, rule: str, detail: str, line: int | None = None, excerpt: bytes = b"", scope: str = "spec") -> None:
        super().__init__(detail)
        self.rule, self.detail, self.line, self.excerpt = rule, detail, line, excerpt
        self.scope = scope  # where a part of a page is refused: `spec` or `variant`


class Field(NamedTuple):
    """A key's value as it stands on the page, its line (1 upward), and the lines below that are its own, up to the last not blank."""

    value: bytes
    line: int
    more: list[bytes]

    @property
    def text(self) -> bytes:
        """The whole of it."""
        return b"\n".join((self.value, *self.more)) if self.more else self.value


@dataclass(frozen=True, slots=True)
class Page:
    """A page's front matter, by key."""

    fields: dict[bytes, Field] = field(default_factory=dict)

    def field(self, key: bytes) -> Field:
        """The value of a key that must be there."""
        try:
            return self.fields[key]
        except KeyError:
            raise Refusal("missing_key", f"the page has no `{key.decode()}`", 1, b", ".join(self.fields)) from None


def front_matter(raw: bytes) -> Page:
    """Split a page into its fields.

    Rejects: `empty`, `not_text`, `no_front_matter`, `not_closed` (cut off), `text_after_end`, `repeated_key`, `no_key`.
    """
    lines = _lines(raw)
    end = _closer(lines, len(raw))
    fields: dict[bytes, Field] = {}
    last: Field | None = None
    for number, line in enumerate(lines[1:end], 2):
        key, colon, value = line.partition(b":")
        if colon and (key in _USUAL or (key and _KEY.issuperset(key))):
            if key in fields:
                raise Refusal("repeated_key", f"`{key.decode()}` stands twice", number, line)
            last = fields[key] = Field(value.strip(), number, [])
        elif last is None:
            if not line.strip():
                continue
            raise Refusal("no_key", "a line `key: value` should stand here", number, line)
        else:
            last.more.append(line)
    for one in fields.values():
        while one.more and not one.more[-1].strip():
            one.more.pop()
    return Page(fields)


def _lines(raw: bytes) -> list[bytes]:
    if not raw.isascii():
        raw = raw.removeprefix(_BOM)
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            number = raw.count(b"\n", 0, error.start) + 1
            raise Refusal("not_text", f"not UTF-8 at byte {error.start:,}", number, raw[error.start :][:50]) from None
    if not raw.strip(b"\0 \t\r\n"):
        raise Refusal("empty", f"nothing but white space or zeros in {len(raw):,} bytes", 1, raw[:20])
    return raw.splitlines() if b"\r" in raw else raw.split(b"\n")


def _closer(lines: list[bytes], size: int) -> int:
    if lines[0].rstrip() != b"---":
        raise Refusal("no_front_matter", "a page begins with a line `---`", 1, lines[0])
    try:
        end = lines.index(b"---", 1)
    except ValueError:
        last = len(lines) - 1
        raise Refusal("not_closed", f"cut off after {size:,} bytes: no closing line `---`", last + 1, lines[last]) from None
    for number, line in enumerate(lines[end + 1 :], end + 2):
        if line.strip():
            raise Refusal("text_after_end", "something stands behind the closing line `---`", number, line)
    return end
