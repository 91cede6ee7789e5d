"""SQL as HTML, its parts marked for the style sheet."""

import re

import sqlglot
from markupsafe import Markup, escape
from sqlglot import Token, TokenType

__all__ = ["highlighted"]

_KINDS = {TokenType.STRING: "string", TokenType.NUMBER: "number"}
_PLAIN = {TokenType.VAR, TokenType.IDENTIFIER}
_WORDS = re.compile(r"[A-Za-z_]\w*(\s+\w+)*")  # `order by` is one token
_BEFORE_BRACKETS = {
    "in",
    "as",
    "and",
    "or",
    "not",
    "on",
    "over",
    "filter",
    "exists",
    "by",
    "from",
    "where",
    "join",
    "values",
    "when",
    "then",
}
# Words that sqlglot takes for types or functions wherever they stand; in our SQL most of them name columns.
_NAMES = {"date", "version", "tag", "source", "kind", "value", "target", "os", "path", "rule", "line", "scope", "status", "release"}


def highlighted(sql: str) -> Markup:
    """The text as it is, each keyword, function, string, number and comment in a span that says so."""
    parts, end = [], 0
    tokens = sqlglot.tokenize(sql, read="duckdb")
    for number, token in enumerate(tokens):
        parts.append(_between(sql[end : token.start]))
        text = sql[token.start : token.end + 1]
        kind = _kind(token, text, tokens[number + 1].text if number + 1 < len(tokens) else "")
        parts.append(Markup('<span class="{}">{}</span>').format(kind, text) if kind else escape(text))
        end = token.end + 1
    return Markup("").join([*parts, _between(sql[end:])])


def _between(text: str) -> Markup:
    """What stands between tokens: blanks and comments."""
    lines = []
    for line in text.split("\n"):
        blank, mark, comment = line.partition("--")
        lines.append(Markup('{}<span class="comment">{}</span>').format(blank, mark + comment) if mark else escape(line))
    return Markup("\n").join(lines)


def _kind(token: Token, text: str, following: str) -> str:
    if token.token_type in _KINDS:
        return _KINDS[token.token_type]
    if not _WORDS.fullmatch(text):
        return ""
    if following == "(" and text.lower() not in _BEFORE_BRACKETS:
        return "function"
    return "" if token.token_type in _PLAIN or text.lower() in _NAMES else "keyword"
