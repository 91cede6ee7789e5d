"""The text of a spec, as pages of layout A to C list it, to its parts.

Such a text is what Spack prints: `zlib@1.2.11%gcc@9.3.0 cflags="-O2 -g" +pic~shared libs=static arch=linux-centos8-x86_64`, and
from 2022 on ` ^name@version...` for each dependency behind it. The parts after the name may come in any order, as Spack reads them.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

from etl.extract.nodes import FLAGS, quoted
from etl.extract.page import Refusal

__all__ = ["SpecText", "architecture", "parse", "spec_hash_of"]

_RESERVED = frozenset(("arch", "architecture", "platform", "os", "operating_system", "target"))  # Spack allows no option of these names
_SHOWN = 20  # characters of a text that a refusal's words repeat
_EXCERPT = 1_000  # more than a reject keeps

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_VERSION = re.compile(r"@=?((?:(?:git\.[A-Za-z0-9_./-]+|[0-9a-f]{40})=)?[A-Za-z0-9_][A-Za-z0-9_.-]*)")
_COMPILER = re.compile(r"%([A-Za-z0-9_][A-Za-z0-9_-]*)@=?([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_SWITCH = re.compile(r"(?:\+\+|~~|\+|~)[A-Za-z0-9_][A-Za-z0-9_.-]*")
_KEY = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)(:==|:=|==|=)")
_ARCH = re.compile(r"([A-Za-z0-9_.]+)-([A-Za-z0-9_.-]+)-([A-Za-z0-9_.]+)")
_BARE = re.compile(r"[A-Za-z0-9_./\\:,+*~=\[\]-]*")
_IN_SINGLE = re.compile(r"'([^']*)'")
_IN_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"')
_UNFIT = re.compile(r"[\x00-\x1f\ud800-\udfff]")  # what no table should hold, and JSON's escapes can mean


@dataclass(frozen=True, slots=True)
class SpecText:
    """A spec as its text says it, without its dependencies."""

    package: str
    version: str
    compiler: str | None  # name@version
    platform: str
    os: str
    target: str
    variants: tuple[str, ...]  # in the grammar of pages
    flags: tuple[str, ...]  # `cflags=-O2 -g`
    has_dependencies: bool


def parse(text: str) -> SpecText:
    """The parts of a spec's text. A namespace before the package is left out, and so is the first `=` of `@=1.2`.

    Rejects: `broken_spec_text`: what stands where, for a text of any other form. Nothing is guessed.

    Example: `builtin.zlib@=1.3%gcc@12.1.0+pic arch=linux-rhel8-zen4` is zlib 1.3 by gcc@12.1.0 with `+pic`.
    """
    parts = _Parts(text)
    unfit = _UNFIT.search(text)
    if unfit:
        raise parts.refusal("a control character", unfit.start())
    parts.read()
    if parts.version is None:
        raise parts.refusal("no version")
    if parts.arch is None:
        raise parts.refusal("no `arch=`")
    return SpecText(
        parts.package,
        parts.version,
        parts.compiler,
        *parts.arch,
        tuple(parts.variants),
        tuple(parts.flags.values()),
        parts.has_dependencies,
    )


def architecture(text: str) -> tuple[str, str, str] | None:
    """Platform, os and target of a text `linux-rhel8-zen4`, split at its first and its last dash; None: it is no such text."""
    found = _ARCH.fullmatch(text)
    return found and (found[1], found[2], found[3])


def spec_hash_of(text: str) -> str:
    """What stands for the hash of a spec that is known by its text alone, dependencies included."""
    return "x-" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:30]


@dataclass(slots=True)
class _Parts:
    """What was read of a text so far; `at` is the place of the next character."""

    text: str
    at: int = 0
    package: str = ""
    version: str | None = None
    compiler: str | None = None
    arch: tuple[str, str, str] | None = None
    variants: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    has_dependencies: bool = False

    def read(self) -> None:
        """Take the root's parts one by one, up to its first dependency or the end."""
        self.package = self._next(_NAME, "package")[0].rpartition(".")[2]
        if not self.package:
            raise self.refusal("no package's name", 0)
        after_value = False  # then the next part must stand apart: `a=b@1` is no version
        while True:
            start = self.at
            while self.text.startswith(" ", self.at):
                self.at += 1
            if self.at == len(self.text):
                return
            is_apart = self.at > start
            if is_apart and self.text[self.at] == "^":
                self.has_dependencies = True
                return
            if after_value and not is_apart:
                raise self.refusal("no blank after a value")
            after_value = self._part(is_apart)

    def _part(self, is_apart: bool) -> bool:
        """Take the next part. Whether it ends in a value, which only a blank can end."""
        start, sign = self.at, self.text[self.at]
        if sign == "@":
            self._only_once(self.version, "version", start)
            self.version = self._next(_VERSION, "version")[1]
        elif sign == "%":
            self._only_once(self.compiler, "compiler", start)
            found = self._next(_COMPILER, "compiler with its version")
            self.compiler = f"{found[1]}@{found[2]}"
        elif sign in "+~":
            self.variants.append(self._next(_SWITCH, "option")[0])
        elif is_apart:
            self._pair()
            return True
        else:
            raise self.refusal("no part of a spec")
        return False

    def _pair(self) -> None:
        start = self.at
        key, sign = self._next(_KEY, "`key=value`").groups()
        if key == "arch" and sign == "=":
            self._only_once(self.arch, "`arch=`", start)
            found = self._next(_ARCH, "platform-os-target")
            self.arch = (found[1], found[2], found[3])
            return
        if key in _RESERVED:
            raise self.refusal("no option's name", start)
        value = self._value()
        if key not in FLAGS:
            self.variants.append(f"{key}{sign}{quoted(value)}")
            return
        self._only_once(self.flags.get(key), f"`{key}`", start)
        if value:  # that a flag is handed on to dependencies (`==`) has no place in the tables
            self.flags[key] = f"{key}={value}"

    def _value(self) -> str:
        start = self.at
        if self.text.startswith("'", start):
            return self._next(_IN_SINGLE, "closed quote")[1]
        if not self.text.startswith('"', start):
            return self._next(_BARE, "value")[0]
        literal = self._next(_IN_DOUBLE, "closed quote")[0]
        try:
            value: str = json.loads(literal)
        except ValueError:
            raise self.refusal("no JSON string", start) from None
        if _UNFIT.search(value):
            raise self.refusal("a control character", start)
        return value

    def _next(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self.refusal(f"no {wanted}")
        self.at = found.end()
        return found

    def _only_once(self, before: object, what: str, start: int) -> None:
        if before is not None:
            raise self.refusal(f"a second {what}", start)

    def refusal(self, what: str, at: int | None = None) -> Refusal:
        """What stands where: at the next character, unless said otherwise."""
        place = self.at if at is None else at
        return Refusal("broken_spec_text", f"character {place + 1}: {what}: {self._shown(place)}", None, self._excerpt())

    def _shown(self, at: int) -> str:
        return repr(self.text[at : at + _SHOWN]) if at < len(self.text) else "the end"

    def _excerpt(self) -> bytes:
        return self.text[:_EXCERPT].encode(errors="replace")
