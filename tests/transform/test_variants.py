"""What an option's text says: the grammar by example, as Spack writes it and as it may come."""

import polars as pl
import pytest

from etl.transform.list_keys import as_key
from etl.transform.variants import Variants, variant_sets

# text on the page, variant, values, canonical text
BOOLEANS = [
    ("+shared", "shared", "true", "+shared"),
    ("~ipo", "ipo", "false", "~ipo"),
    ("+skip-tcsetpgrp-test", "skip-tcsetpgrp-test", "true", "+skip-tcsetpgrp-test"),
    ("~superlu-dist", "superlu-dist", "false", "~superlu-dist"),
    ("+ARKODE", "ARKODE", "true", "+ARKODE"),
    ("~X", "X", "false", "~X"),
    ("+_private", "_private", "true", "+_private"),
    ("+3d", "3d", "true", "+3d"),
    ("+cxx.std", "cxx.std", "true", "+cxx.std"),
]
# seen in no page, but Spack writes them: handed on to dependencies
PROPAGATED_BOOLEANS = [
    ("++shared", "shared", "true", "++shared"),
    ("~~ipo", "ipo", "false", "~~ipo"),
    ("++cg-dna", "cg-dna", "true", "++cg-dna"),
]
ONE_VALUE = [
    ("build_system=cmake", "build_system", ["cmake"], "build_system=cmake"),
    ("cuda_arch=70", "cuda_arch", ["70"], "cuda_arch=70"),
    ("resource_manager=SLURM", "resource_manager", ["SLURM"], "resource_manager=SLURM"),
    ("romio-filesystem=none", "romio-filesystem", ["none"], "romio-filesystem=none"),
    ("cache_base=/dev/shm", "cache_base", ["/dev/shm"], "cache_base=/dev/shm"),
    ("sysconfdir=PREFIX/etc", "sysconfdir", ["PREFIX/etc"], "sysconfdir=PREFIX/etc"),
    ("scr_config=scr.conf", "scr_config", ["scr.conf"], "scr_config=scr.conf"),
    ("patches=33897ad", "patches", ["33897ad"], "patches=33897ad"),
    (f"commit={'2a' * 20}", "commit", ["2a" * 20], f"commit={'2a' * 20}"),
    ("amdgpu_target:=gfx90a", "amdgpu_target", ["gfx90a"], "amdgpu_target=gfx90a"),
    ("shared=true", "shared", ["true"], "shared=true"),  # a value that says true is no boolean
]
SEVERAL_VALUES = [
    ("patches=68548f6,908c718", "patches", ["68548f6", "908c718"], "patches=68548f6,908c718"),
    ("patches:=68548f6,908c718", "patches", ["68548f6", "908c718"], "patches=68548f6,908c718"),
    ("libs=static,shared", "libs", ["shared", "static"], "libs=shared,static"),
    ("cuda_arch:=80,100,9", "cuda_arch", ["100", "80", "9"], "cuda_arch=100,80,9"),  # byte order, not by number
    ("x=b,B,_,1,a", "x", ["1", "B", "_", "a", "b"], "x=1,B,_,a,b"),
    ("x=a,b,a", "x", ["a", "b"], "x=a,b"),
]
QUOTED = [
    ("build_type='dm+sm'", "build_type", ["dm+sm"], "build_type=dm+sm"),
    ("languages='c,c++,fortran'", "languages", ["c", "c++", "fortran"], "languages=c,c++,fortran"),
    ("languages:='c,c++,fortran'", "languages", ["c", "c++", "fortran"], "languages=c,c++,fortran"),
    ("dev_path='/home/me:you/src'", "dev_path", ["/home/me:you/src"], "dev_path=/home/me:you/src"),
    ("x='plain'", "x", ["plain"], "x=plain"),
    ("x='~a'", "x", ["~a"], "x='~a'"),
    ("x='a b'", "x", ["a b"], "x='a b'"),
    ("x=' a '", "x", [" a "], "x=' a '"),
    ("x='b c,a'", "x", ["a", "b c"], "x='a,b c'"),
    ("x='a=b'", "x", ["a=b"], "x='a=b'"),
    ("x='say \"a\"'", "x", ['say "a"'], "x='say \"a\"'"),
    ("x='c:\\new'", "x", ["c:\\new"], "x='c:\\new'"),  # a backslash in single quotes is itself
    ("x='*'", "x", ["*"], "x='*'"),
    ("x='é'", "x", ["é"], "x='é'"),
    ('x="it\'s"', "x", ["it's"], 'x="it\'s"'),
    ('x="it\'s,a"', "x", ["a", "it's"], 'x="a,it\'s"'),
    ('x="say \\"it\'s\\""', "x", ['say "it\'s"'], 'x="say \\"it\'s\\""'),
    ('x="plain"', "x", ["plain"], "x=plain"),
    ('x:="a b"', "x", ["a b"], "x='a b'"),
]
# not as Spack writes it, and clear all the same
UNQUOTED = [
    ("x=a+b", "x", ["a+b"], "x=a+b"),
    ("x=~a", "x", ["~a"], "x='~a'"),
    ("x=a b", "x", ["a b"], "x='a b'"),
    ("x=a=b", "x", ["a=b"], "x='a=b'"),
    ("x=*", "x", ["*"], "x='*'"),
]
EMPTY = [
    ("dev_path=", "dev_path", [""], "dev_path="),
    ("x:=", "x", [""], "x="),
    ("x=''", "x", [""], "x="),
    ('x=""', "x", [""], "x="),
    ("x=a,", "x", ["", "a"], "x=,a"),
    ("x=,", "x", [""], "x="),
]
PROPAGATED = [
    ("x==v", "x", ["v"], "x==v"),
    ("x:==v", "x", ["v"], "x==v"),
    ("x:==b,a", "x", ["a", "b"], "x==a,b"),
    ("x=='a b'", "x", ["a b"], "x=='a b'"),
    ("x===v", "x", ["=v"], "x=='=v'"),  # the longest sign counts
    ("x==", "x", [""], "x=="),
]
UNKNOWN = [
    "-ipo",
    "+",
    "~~",
    "+++x",
    "+~x",
    "+-x",
    "+x y",
    "+x ",
    " +x",
    "+x=1",
    "+é",
    "bare",
    "*",
    "",
    " ",
    "=x",
    ":=x",
    "-x=1",
    "x =1",
    "x:1",
    "x='a",
    "x=a'",
    "x='",
    "x='a'b'",
    "x='a','b'",
    "x=it's",
    'x="a',
    'x="',
    'x=a"b',
    'x="a","b"',
    'x="\\q"',
    'x="a\\nb"',  # escapes can bring in what a page itself must not hold
    'x="\\u001f"',
    'x="\\ud800"',
]


def said(*lists: list[str]) -> Variants:
    """What some specs' lists of options say."""
    keys = pl.DataFrame({"variants": lists}, schema={"variants": pl.List(pl.String)}).select(as_key("variants"))
    return variant_sets(keys.to_series())


def rows(options: list[str]) -> list[tuple[str, str]]:
    """The options of one list, as variant and value."""
    return said(options).options.select("variant", "value").rows()


def text(options: list[str]) -> str:
    """The canonical text of one list."""
    return str(said(options).texts["variants_text"].item())


@pytest.mark.parametrize(("option", "variant", "value", "canonical"), BOOLEANS)
def test_a_sign_before_the_name_is_on_or_off(option, variant, value, canonical):
    """`+name` is true and `~name` is false, whatever the name holds."""
    found = said([option])

    assert [(variant, value, "boolean", False)] == found.options.drop("variants_key").rows()
    assert [canonical] == found.texts["variants_text"].to_list()


@pytest.mark.parametrize(("option", "variant", "value", "canonical"), PROPAGATED_BOOLEANS)
def test_a_doubled_sign_is_handed_on_to_dependencies(option, variant, value, canonical):
    """`++name` and `~~name` are booleans that are propagated; the sign stays doubled in the text."""
    found = said([option])

    assert [(variant, value, "boolean", True)] == found.options.drop("variants_key").rows()
    assert [canonical] == found.texts["variants_text"].to_list()


@pytest.mark.parametrize(("option", "variant", "values", "canonical"), [*ONE_VALUE, *SEVERAL_VALUES, *QUOTED, *UNQUOTED, *EMPTY])
def test_a_name_with_values(option, variant, values, canonical):
    """Quotes are taken off, then the value is split at commas: a row for each distinct value, in byte order."""
    found = said([option])

    assert [(variant, value, "value", False) for value in values] == found.options.drop("variants_key").rows()
    assert [canonical] == found.texts["variants_text"].to_list()


@pytest.mark.parametrize(("option", "variant", "values", "canonical"), PROPAGATED)
def test_a_doubled_equals_sign_is_handed_on_to_dependencies(option, variant, values, canonical):
    """`name==value`, with a colon or without, is propagated."""
    found = said([option])

    assert [(variant, value, "value", True) for value in values] == found.options.drop("variants_key").rows()
    assert [canonical] == found.texts["variants_text"].to_list()


@pytest.mark.parametrize("option", UNKNOWN)
def test_a_text_of_no_known_form_is_refused_alone(option):
    """What fits no form is set aside, and the options beside it stay."""
    found = said(["+a", option, "b=1"])

    assert [(option, "unknown_variant")] == found.refused.select("element", "rule").rows()
    assert [("a", "true"), ("b", "1")] == found.options.select("variant", "value").rows()
    assert ["+a b=1"] == found.texts["variants_text"].to_list()


def test_refused_options_are_named_with_their_page_and_the_spec_stays(built, page, spec):
    """Each is a reject of scope `variant` with its text; the spec is loaded without it."""
    tables = built(page(spec("a"), spec("b", variants=[*UNKNOWN, "+shared"]))).tables

    assert ["+shared", "+shared"] == tables["specs"]["variants_text"].to_list()
    assert sorted(UNKNOWN) == tables["rejects"]["excerpt"].to_list()
    assert {("public", 1, "_cache/develop/zlib/specs.md", "variant", "unknown_variant", "entry 2: fits no form of an option", 6)} == set(
        tables["rejects"].drop("excerpt").select("source", "snapshot_id", "path", "scope", "rule", "detail", "line").rows()
    )


def test_an_empty_option_alone_is_refused_too(built, page, spec):
    """A list of one empty text is not the empty list."""
    tables = built(page(spec("a", variants=[""]), spec("b", variants=[]))).tables

    assert ["", ""] == tables["specs"]["variants_text"].to_list()
    assert [("variant", "entry 1: fits no form of an option", "")] == tables["rejects"].select("scope", "detail", "excerpt").rows()


def test_no_options_are_an_empty_text():
    """A spec without options has no rows of them, and says so: its text is empty, not NULL."""
    assert "" == text([])
    assert [] == rows([])


def test_the_first_of_an_option_said_twice_stays():
    """The others are refused, also where they say the same."""
    found = said(["+x", "y=1", "~x", "y=1"])

    assert "+x y=1" == found.texts["variants_text"].item()
    assert [("~x", "repeated_variant"), ("y=1", "repeated_variant")] == found.refused.select("element", "rule").rows()


def test_an_unknown_form_takes_no_name():
    """What cannot be read does not stand in the way of what can."""
    found = said(["x='", "x=1"])

    assert "x=1" == found.texts["variants_text"].item()
    assert [("x='", "unknown_variant")] == found.refused.select("element", "rule").rows()


@pytest.mark.parametrize("form", ["cuda_arch=80,90", "cuda_arch:=80,90", "cuda_arch='90,80'", "cuda_arch:=90,80,80"])
def test_the_writing_of_a_list_does_not_matter(form):
    """`name=a,b` of older Spack and `name:=a,b` of newer are the same fact, in any order."""
    assert "cuda_arch=80,90" == text([form])


def test_options_stand_in_the_byte_order_of_their_names():
    """Not in the order of the page, nor in that of the signs: capitals come before `_`, `_` before small letters."""
    assert "+1 +B ~_c a=1 +a-b +a.b ~a0 ++b" == text(["++b", "~a0", "+a.b", "+a-b", "a=1", "~_c", "+B", "+1"])


def test_values_stand_in_byte_order():
    """Numbers are text here; a letter outside ASCII comes last."""
    assert [("x", "10"), ("x", "9"), ("x", "A"), ("x", "a"), ("x", "é")] == rows(["x='é,a,A,9,10'"])


def test_quotes_stand_where_a_character_needs_them():
    """Letters, digits and `_ . / + : -` need none; one other character in any value puts quotes around all."""
    assert "a=A-Za-z0-9_./+:- b='A,a@b' c='='" == text(["a='A-Za-z0-9_./+:-'", "b='a@b,A'", "c='='"])


def test_lists_that_say_the_same_have_one_text():
    """Order and quotes differ, the lists stay apart, and their text is one."""
    found = said(["+a", "b=1,2"], ["b:='2,1'", "+a"])

    assert ["+a b=1,2", "+a b=1,2"] == found.texts["variants_text"].to_list()
    assert 2 * 3 == found.options.height
