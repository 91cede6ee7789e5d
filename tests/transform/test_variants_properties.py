"""The canonical text of options holds all that they say: written by one reading of the grammar, read back by another."""

import json
import re
from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.transform.list_keys import as_key, as_list
from etl.transform.variants import variant_sets

SETTINGS = settings(deadline=None, max_examples=60)


class Option(NamedTuple):
    """An option and what it says."""

    variant: str
    kind: str
    values: frozenset[str]
    is_propagated: bool

    @property
    def facts(self) -> set[tuple[str, str, str, bool]]:
        """Its rows."""
        return {(self.variant, value, self.kind, self.is_propagated) for value in self.values}


def published(option: Option, is_list: bool) -> str:
    """The option as Spack writes it on a page, `:=` where it may have several values."""
    if option.kind == "boolean":
        return ("+" if "true" in option.values else "~") * (1 + option.is_propagated) + option.variant
    text = ",".join(option.values)
    if not re.fullmatch(r"[A-Za-z0-9,/_.-]+", text):
        text = json.dumps(text) if "'" in text else f"'{text}'"
    return option.variant + ":" * is_list + "=" * (1 + option.is_propagated) + text


def options_of(text: str) -> list[Option]:
    """The options of a canonical text, read from left to right."""
    found = []
    while text:
        if boolean := re.match(r"(\+\+?|~~?)([^ ]+)( |$)", text):
            sign, name, _ = boolean.groups()
            found.append(Option(name, "boolean", frozenset(["true" if sign[0] == "+" else "false"]), len(sign) == 2))
            text = text[boolean.end() :]
            continue
        name, sign = re.match(r"([^ =]+)(==?)", text).groups()
        text = text[len(name + sign) :]
        if text.startswith("'"):
            value, _, text = text[1:].partition("'")
        elif text.startswith('"'):
            value, end = json.JSONDecoder().raw_decode(text)
            text = text[end:]
        else:
            value = re.match("[^ ]*", text).group()
            text = text[len(value) :]
        found.append(Option(name, "value", frozenset(value.split(",")), sign == "=="))
        text = text.removeprefix(" ")
    return found


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,3}", fullmatch=True)
VALUES = st.text(st.sampled_from("aB0_./+:-~='\" \\é😀*@%"), max_size=4) | st.text(
    st.characters(exclude_categories=["Cs"], min_codepoint=0x20, exclude_characters=","), max_size=4
)
BOOLEANS = st.builds(Option, NAMES, st.just("boolean"), st.sampled_from([frozenset(["true"]), frozenset(["false"])]), st.booleans())
VALUED = st.builds(Option, NAMES, st.just("value"), st.frozensets(VALUES, min_size=1, max_size=3), st.booleans())
LISTS = st.lists(BOOLEANS | VALUED, unique_by=lambda option: option.variant, max_size=5)


def said(*lists):
    """What lists of published options say, and nothing of them refused."""
    found = variant_sets(pl.DataFrame({"variants": lists}, schema={"variants": pl.List(pl.String)}).select(as_key("variants")).to_series())
    assert found.refused.is_empty()
    return found


@SETTINGS
@given(LISTS, st.booleans())
def test_what_spack_writes_is_read_as_it_was_meant(options, is_list):
    """Each option's rows are its values, and the canonical text says the same again."""
    found = said([published(option, is_list) for option in options])
    facts = set().union(*(option.facts for option in options))

    assert facts == set(found.options.select("variant", "value", "kind", "is_propagated").rows())
    assert len(facts) == found.options.height
    assert sorted(options, key=lambda option: option.variant.encode()) == options_of(found.texts["variants_text"].item())


@SETTINGS
@given(LISTS)
def test_a_canonical_text_is_its_own_canonical_text(options):
    """Read back option by option and written as on a page, it comes out the same."""
    once = said([published(option, False) for option in options]).texts["variants_text"].item()
    again = said([published(option, True) for option in options_of(once)]).texts["variants_text"].item()

    assert once == again


@SETTINGS
@given(LISTS, LISTS)
def test_two_lists_have_one_text_only_where_they_say_the_same(one, other):
    """So the text can stand for the options wherever specs are compared."""
    texts = [said([published(option, False) for option in options]).texts["variants_text"].item() for options in (one, other)]

    assert (set(one) == set(other)) == (texts[0] == texts[1])


@SETTINGS
@given(st.lists(st.text(max_size=6), max_size=4))
def test_any_text_is_read_or_refused_and_none_is_lost(elements):
    """No text fails; each one of a list has its option or its reject."""
    texts = [re.sub("[\x00-\x1f]", "", element) for element in elements]
    found = variant_sets(
        pl.DataFrame({"variants": [texts]}, schema={"variants": pl.List(pl.String)}).select(as_key("variants")).to_series()
    )

    assert len(texts) == found.refused.height + found.options["variant"].n_unique()


@SETTINGS
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x20), max_size=3), max_size=3), max_size=4))
def test_a_list_comes_back_from_its_key(lists):
    """Also the empty list, and one of empty texts."""
    keys = pl.DataFrame({"variants": lists}, schema={"variants": pl.List(pl.String)}).select(as_key("variants"))

    assert lists == keys.select(as_list("variants"))["variants"].to_list()
