"""Pages of 2021 to 2023, which list spec files, to what they say: layouts A to D.

A maps the text of each spec to its file, B and C list files and texts apart, in one order; C is B under a tag. D also has
details, by hash, but of variants the names alone. What a file `spec-N.json` beside the page adds (hash, dependencies, whole
patches) is taken where the file is there and agrees with the page; without it a spec is known by its text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from etl.extract.json_value import json_list
from etl.extract.layouts import Claims, categories, claims, plain_text, title
from etl.extract.page import Page, Refusal
from etl.extract.records import SpecRecord
from etl.extract.sources.listing import UNTAGGED, is_spec_file
from etl.extract.spec_file import SpecFile, bad_spec_file, completed, spec_file
from etl.extract.spec_text import architecture, parse, spec_hash_of

__all__ = ["OldDocument", "old_document"]

_NO_SIZE = 1048576  # what layout D says of every spec's size
_WHOLE_PATCHES = re.compile(r"patches:?=([0-9a-f]{64}(?:,[0-9a-f]{64})*)")
_CONTROL = re.compile(r"[\x00-\x1f]")

_Line = tuple[int, str]  # its number on the page, and what stands in it


@dataclass(frozen=True, slots=True)
class OldDocument:
    """A page, split.

    `refused` has the specs that were left out, and (scope `variant`) spec files.
    """

    tag: str
    package: str
    layout: str
    claims: Claims
    records: list[SpecRecord] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class _Details(msgspec.Struct):
    """An entry of layout D."""

    hash: str
    compiler: str
    versions: list[str]
    arches: str | list[str]
    variants: list[str]
    stacks: list[str]
    size: int | str | None = None


_details = msgspec.json.Decoder(_Details)


def old_document(page: Page, spec_files: Mapping[str, bytes | Refusal]) -> OldDocument:
    """What a page of layout A, B, C or D says, with the spec files beside it, by name; what it does not say is None.

    Rejects: the page for `no_cache_page`, `missing_key`, `broken_json`, `wrong_type`, `no_tag`, `control_character`; a spec for
             `broken_spec_text`, `missing_key`, `wrong_type`; a spec file for `bad_spec_file`: its spec stays without it.
    """
    package, tag, said = title(page), _tag(page), claims(page.field(b"meta"))
    for names, key in (((package,), b"title"), ((tag,), b"categories"), (said.num_specs_by_stack or (), b"meta")):
        if "" in names or any(map(_CONTROL.search, names)):
            place = page.field(key)
            raise Refusal("control_character", "a name is empty or holds a control character", place.line, place.value)
    found = OldDocument(tag, package, _layout(page), said)
    if found.layout == "D":
        _read_details(page, spec_files, found)
    else:
        _read_texts(page, spec_files, found)
    return found


def _layout(page: Page) -> str:
    if b"spec_details" in page.fields:
        return "D"
    if b"categories" in page.fields:
        return "C"
    return "B" if b"spec_names" in page.fields else "A"


def _tag(page: Page) -> str:
    if b"category" in page.fields and b"categories" not in page.fields:
        place = page.fields[b"category"]
        kind, tag = plain_text("category", place), UNTAGGED
    else:
        place = page.field(b"categories")
        kind, tag = categories(place)
    if kind != "package":
        raise Refusal("no_tag", "a page of a package says `category: package` or `categories: [package, <tag>]`", place.line, place.value)
    return tag


def _read_texts(page: Page, spec_files: Mapping[str, bytes | Refusal], found: OldDocument) -> None:
    """Add the specs of a page of layout A, B or C. Texts that are equal and have no file are one spec: nothing tells them apart."""
    seen: set[str] = set()
    for line, text, name in (_mapped if found.layout == "A" else _paired)(page, found):
        try:
            record = _of_text(text, found.package)
        except Refusal as refusal:
            refusal.line = line
            found.refused.append(refusal)
            continue
        file = _file(name, line, spec_files, found)
        if file is not None:
            try:
                record = completed(record, found.package, file)
            except Refusal as refusal:
                _refuse_file(name, line, refusal, found)
        if record.hash not in seen or not record.hash.startswith("x-"):
            found.records.append(record)
        seen.add(record.hash)


def _mapped(page: Page, found: OldDocument) -> Iterator[tuple[int, str, str]]:
    """Line, text and file of each spec of layout A. A text may hold `": `, so the last one divides; YAML readers stumble there."""
    for line, said in _lines("spec_files", page):
        text, divider, name = said.removeprefix('- "').rpartition('": ')
        if divider and said.startswith('- "'):
            yield line, text, name
        else:
            found.refused.append(Refusal("wrong_type", 'the line should read - "<spec>": spec-N.json', line, said.encode()))


def _paired(page: Page, found: OldDocument) -> Iterator[tuple[int, str, str]]:
    """Line of the text, text and file of each spec of layouts B and C."""
    files, texts = list(_lines("spec_files", page)), list(_lines("spec_names", page))
    if len(files) != len(texts):
        place = page.field(b"spec_names")
        raise Refusal("wrong_type", f"{len(files):,} `spec_files`, but {len(texts):,} `spec_names`", place.line)
    for (_, name), (line, said) in zip(files, texts, strict=True):
        if len(said) > 3 and said.startswith("- '") and said.endswith("'"):
            text = said[3:-1]
            # One quote by itself is not YAML: then the text was put between quotes as it was, like those of layout A.
            yield line, text if "'" in text.replace("''", "") else text.replace("''", "'"), name.removeprefix("- ")
        else:
            found.refused.append(Refusal("wrong_type", "the line should read - '<spec>'", line, said.encode()))


def _lines(key: str, page: Page) -> Iterator[_Line]:
    """The lines of a list, without white space around."""
    place = page.field(key.encode())
    if place.value not in (b"", b"[]"):
        raise Refusal("wrong_type", f"`{key}` should have its elements on lines of their own", place.line, place.value)
    for line, said in enumerate(place.more, place.line + 1):
        if said.strip():
            yield line, said.decode().strip()


def _of_text(text: str, package: str) -> SpecRecord:
    spec = parse(text)
    if spec.package != package:
        raise Refusal("broken_spec_text", f"it is of {spec.package}, the page of {package}", None, text.encode())
    variants, patches = list(spec.variants), None
    for place, option in enumerate(variants):
        whole = _WHOLE_PATCHES.fullmatch(option)
        if whole:
            patches = whole[1].split(",")
            variants[place] = f"patches={','.join(patch[:7] for patch in patches)}"
    return SpecRecord(
        spec_hash_of(text), [spec.version], spec.os, spec.platform, spec.target, spec.compiler, variants, flags=spec.flags, patches=patches
    )


def _read_details(page: Page, spec_files: Mapping[str, bytes | Refusal], found: OldDocument) -> None:
    """Add the specs of a page of layout D."""
    files: dict[str, tuple[int, str, SpecFile]] = {}
    for line, said in _lines("spec_files", page):
        name = said.removeprefix("- ")
        file = _file(name, line, spec_files, found)
        if file is not None:
            files[file.record.hash] = line, name, file
    place = page.field(b"spec_details")
    for entry, raw in enumerate(json_list("spec_details", place)[0], 1):
        try:
            record = _of_details(bytes(raw), entry)
        except Refusal as refusal:
            refusal.line = place.line
            found.refused.append(refusal)
            continue
        if record.hash in files:
            line, name, file = files.pop(record.hash)
            try:
                record = completed(record, found.package, file)
            except Refusal as refusal:
                _refuse_file(name, line, refusal, found)
        found.records.append(record)
    for line, name, file in files.values():
        _refuse_file(name, line, bad_spec_file(f"no entry of the page has its hash {file.record.hash}"), found)


def _of_details(raw: bytes, entry: int) -> SpecRecord:
    try:
        said = _details.decode(raw)
    except msgspec.ValidationError as error:
        rule = "missing_key" if "missing required field" in str(error) else "wrong_type"
        raise Refusal(rule, f"entry {entry}: {error}", None, raw) from None
    except RecursionError:
        raise Refusal("broken_json", f"entry {entry}: nested too deeply", None, raw) from None
    arches = [said.arches] if isinstance(said.arches, str) else said.arches
    place = architecture(arches[0]) if len(arches) == 1 else None
    if place is None:
        raise Refusal("wrong_type", f"entry {entry}: `arches` should hold one text platform-os-target", None, raw)
    platform, os, target = place
    # A bare name says nothing of the option's value, not even that it is on.
    are_names = bool(said.variants) and not any(option[:1] in ("+", "~") or "=" in option for option in said.variants)
    return SpecRecord(
        hash=said.hash,
        versions=said.versions,
        os=os,
        platform=platform,
        target=target,
        compiler=said.compiler,
        variants=None if are_names else said.variants,
        stacks=said.stacks,
        size=None if said.size in (None, "-", _NO_SIZE, str(_NO_SIZE)) else str(said.size),
    )


def _file(name: str, line: int, spec_files: Mapping[str, bytes | Refusal], found: OldDocument) -> SpecFile | None:
    """What a spec file says; None: it is not there, or was refused."""
    try:
        if not is_spec_file(name):
            raise bad_spec_file("a spec file's name is spec-N.json", name.encode())
        raw = spec_files.get(name)
        if isinstance(raw, Refusal):
            raise raw
        return None if raw is None else spec_file(raw)
    except Refusal as refusal:
        _refuse_file(name, line, refusal, found)
    return None


def _refuse_file(name: str, line: int, refusal: Refusal, found: OldDocument) -> None:
    found.refused.append(bad_spec_file(f"{name}: {refusal.detail}", refusal.excerpt, line))
