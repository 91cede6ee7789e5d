"""The text of a spec, as Spack prints it, and its parts."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.extract.page import Refusal
from etl.extract.spec_text import SpecText, architecture, parse, spec_hash_of

DOCUMENTS = Path(__file__).resolve().parents[2].parent / "shared" / "documents"
SMALLEST = SpecText("lzo", "2.10", None, "linux", "rhel8", "zen4", (), (), False)


def variants(options: str) -> tuple[str, ...]:
    """What a text with these options has among its variants."""
    return parse(f"lzo@2.10{options} arch=linux-rhel8-zen4").variants


def test_a_text_has_every_part():
    """Version, compiler, flags, switches, values, architecture; of dependencies only that there are some."""
    text = 'lzo@2.10%apple-clang@12.0.0 cflags="-O2 -g" +pic~docs libs=static arch=darwin-catalina-haswell ^zlib@1.3%what?!'
    flags = ("cflags=-O2 -g",)

    assert SpecText(
        "lzo", "2.10", "apple-clang@12.0.0", "darwin", "catalina", "haswell", ("+pic", "~docs", "libs=static"), flags, True
    ) == parse(text)


def test_name_version_and_architecture_are_enough():
    """Not every spec says its compiler, and many have no option."""
    assert SMALLEST == parse("lzo@2.10 arch=linux-rhel8-zen4")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("lzo@=2.10 arch=linux-rhel8-zen4", id="exact version"),
        pytest.param("builtin.lzo@2.10 arch=linux-rhel8-zen4", id="namespace"),
        pytest.param("my.own.lzo@2.10 arch=linux-rhel8-zen4", id="namespace of two parts"),
        pytest.param("lzo arch=linux-rhel8-zen4 @2.10", id="other order"),
        pytest.param("lzo@2.10   arch=linux-rhel8-zen4 ", id="more blanks"),
        pytest.param('lzo@2.10 cflags="" arch=linux-rhel8-zen4', id="empty flags"),
    ],
)
def test_other_ways_to_write_it_say_the_same(text):
    """Spack itself reads these as one spec."""
    assert SMALLEST == parse(text)


def test_the_first_equals_sign_of_a_compiler_is_left_out():
    """`%gcc@=9.1.0` is `%gcc@9.1.0`."""
    assert "gcc@9.1.0" == parse("lzo@2.10%gcc@=9.1.0 arch=linux-rhel8-zen4").compiler


@pytest.mark.parametrize(
    "version", ["1.2.11", "master", "9.9p1", "4.0.2-fortran", "2.26-t9b_atlas", "git.main=1.2", "git.a/b=1.2", "0f" * 20 + "=1.2"]
)
def test_a_version_may_be_of_any_form(version):
    """Also a commit or git reference that stands for a version."""
    assert version == parse(f"lzo@{version}%gcc@9.1.0 arch=linux-rhel8-zen4").version


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        (("+a", "~b", "+c"), "+a~b+c"),
        (("+a", "~b", "+c"), "+a ~b +c"),
        (("++a", "~~b"), "++a~~b"),
        (("+skip-tests", "~X", "+a.b_2"), "+skip-tests~X+a.b_2"),
        (("a=/dev/shm",), " a=/dev/shm"),
        (("a='c:x.conf'",), " a=c:x.conf"),
        (("a=b,c",), " a=b,c"),
        (("a:=b,c", "d==e", "f:==g"), " a:=b,c d==e f:==g"),
        (("a='dm+sm'",), " a=dm+sm"),
        (("a='c,c++'",), " a='c,c++'"),
        (("a=b",), " a='b'"),
        (("a=b",), ' a="b"'),
        (("a='two words'",), ' a="two words"'),
        (("a='+b ^c'",), " a='+b ^c'"),
        ((r"""a="it's \"so\"" """.strip(),), r""" a="it's \"so\"" """),
        (("a=''",), " a="),
    ],
)
def test_options_are_in_the_grammar_of_pages(expected, options):
    """With quotes where pages have them: where a value has other characters than letters, digits and `,/_.-`."""
    assert expected == variants(options)


def test_every_compiler_flag_is_a_flag_however_it_is_written():
    """Flags are no options; Spack puts them into quotes when there are several."""
    text = "lzo@2.10 cflags=-O2 cxxflags='-O2 -g' cppflags==\"-DA=b\" fflags=-x ldflags=-L/a ldlibs=-lm arch=linux-rhel8-zen4"

    assert ("cflags=-O2", "cxxflags=-O2 -g", "cppflags=-DA=b", "fflags=-x", "ldflags=-L/a", "ldlibs=-lm") == parse(text).flags


def test_an_architecture_is_split_at_its_first_and_last_dash():
    """Neither a platform nor a target holds one."""
    assert ("linux", "sle-hpc15", "neoverse_v1") == architecture("linux-sle-hpc15-neoverse_v1")
    assert None is architecture("linux-zen4")


@pytest.mark.parametrize(
    ("detail", "text"),
    [
        ("character 1: no package: the end", ""),
        ("character 1: no package: '@2.10'", "@2.10"),
        ("character 1: no package's name: 'lzo.'", "lzo."),
        ("character 4: no version: the end", "lzo"),
        ("character 9: no `arch=`: the end", "lzo@2.10"),
        ("character 6: no part of a spec: ':'", "lzo@1:"),
        ("character 6: a second version: '@2'", "lzo@1@2"),
        ("character 6: no compiler with its version: '%gcc'", "lzo@1%gcc"),
        ("character 14: a second compiler: '%xl@16.1'", "lzo@1%gcc@9.1%xl@16.1"),
        ("character 7: no `key=value`: '-a'", "lzo@1 -a"),
        ("character 6: no option: '+'", "lzo@1+"),
        ('character 9: no closed quote: "\'b c=d"', "lzo@1 a='b c=d"),
        ("character 9: no closed quote: '\"b c=d'", 'lzo@1 a="b c=d'),
        (r"""character 9: no JSON string: '"\\x"'""", r'lzo@1 a="\x"'),
        (r"""character 9: a control character: '"\\u0007"'""", r'lzo@1 a="\u0007"'),
        (r"""character 9: a control character: '"\\ud800"'""", r'lzo@1 a="\ud800"'),
        (r"character 5: a control character: '\t1'", "lzo@\t1"),
        ("character 10: no blank after a value: '@2'", "lzo@1 a=b@2"),
        ("character 19: no blank after a value: 'b\"\"'", 'lzo@1 cflags="-A="b""'),
        ("character 12: no platform-os-target: 'linux-zen4'", "lzo@1 arch=linux-zen4"),
        ("character 18: a second `arch=`: 'arch=a-b-c'", "lzo@1 arch=a-b-c arch=a-b-c"),
        ("character 7: no option's name: 'target=zen4'", "lzo@1 target=zen4"),
        ("character 17: a second `cflags`: 'cflags=-g'", "lzo@1 cflags=-O cflags=-g"),
        ("character 6: no part of a spec: '^zlib@1.3'", "lzo@1^zlib@1.3"),
    ],
)
def test_a_text_of_another_form_is_refused_with_its_place(detail, text):
    """Nothing is guessed: the refusal says what stands where."""
    with pytest.raises(Refusal) as refused:
        parse(text)

    assert ("broken_spec_text", detail, text.encode()) == (refused.value.rule, refused.value.detail, refused.value.excerpt)


@pytest.mark.parametrize("piece", ["+a", " a=b", " ", ".", "/", "^", "'", '"', '\\"', "-a", "git."])
@pytest.mark.parametrize("start", ["lzo@1", "lzo@1 a=", "lzo@git.", "lzo@1 arch=", 'lzo@1 a="', ""])
def test_a_long_text_takes_no_longer_than_its_length(start, piece):
    """200,000 pieces are read in a few tenths of a second; what looked back at each would take hours."""
    begin = time.process_time()
    with pytest.raises(Refusal):
        parse(start + piece * 200_000)

    assert 10 > time.process_time() - begin


def test_the_hash_of_a_text_is_that_of_all_of_it():
    """Specs that differ in a dependency alone are two."""
    text = "lzo@2.10 arch=linux-rhel8-zen4"

    assert "x-" == spec_hash_of(text)[:2]
    assert re.fullmatch("[0-9a-f]{30}", spec_hash_of(text)[2:])
    assert spec_hash_of(text) != spec_hash_of(f"{text} ^zlib@1.3")


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,8}", fullmatch=True)
VERSIONS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
WORDS = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
OPTION_NAMES = st.from_regex(r"o[A-Za-z0-9_.-]{0,8}", fullmatch=True).filter(lambda name: name not in ("os", "operating_system"))
SWITCHES = st.builds(str.__add__, st.sampled_from(["+", "~", "++", "~~"]), OPTION_NAMES)
VALUES = st.builds(
    "{}{}{}".format, OPTION_NAMES, st.sampled_from(["=", ":=", "==", ":=="]), st.sampled_from(["a", "/b.c,d-e", "'c++ ^'", "''"])
)
FLAG_LISTS = st.dictionaries(st.sampled_from(["cflags", "ldlibs"]), st.sampled_from(["-O2", "-O2 -g", "-DA=b"]))


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        SpecText,
        package=NAMES,
        version=VERSIONS,
        compiler=st.none() | st.builds("{}@{}".format, NAMES, VERSIONS),
        platform=WORDS,
        os=VERSIONS,
        target=WORDS,
        variants=st.tuples(st.lists(SWITCHES), st.lists(VALUES)).map(lambda lists: (*lists[0], *lists[1])),
        flags=FLAG_LISTS.map(lambda flags: tuple(f"{name}={value}" for name, value in flags.items())),
        has_dependencies=st.booleans(),
    )
)
def test_a_text_made_of_parts_has_these_parts(spec):
    """What Spack prints is read back, whatever the parts."""
    switches = "".join(option for option in spec.variants if option[0] in "+~")
    text = f"{spec.package}@{spec.version}" + (f"%{spec.compiler}" if spec.compiler else "")
    text += "".join(' {}="{}"'.format(*flag.split("=", 1)) for flag in spec.flags) + (" " if spec.flags else "") + switches
    text += "".join(f" {option}" for option in spec.variants if option[0] not in "+~")
    text += f" arch={spec.platform}-{spec.os}-{spec.target}" + (" ^zlib@1.3" if spec.has_dependencies else "")

    assert spec == parse(text)


@settings(deadline=None, max_examples=200)
@given(st.text() | st.lists(st.sampled_from([*"a1@=%+~-^.,:/'\"\\ \t\0é", "arch=a-b-c", "cflags=", "git.", "zlib@1"])).map("".join))
def test_any_text_is_read_or_refused(text):
    """A refused text is a row of `rejects`; nothing else may come of it."""
    assert spec_hash_of(text)
    try:
        spec = parse(text)
    except Refusal as refusal:
        assert ("broken_spec_text", True) == (refusal.rule, refusal.detail.startswith("character "))
    else:
        assert all((spec.package, spec.version, spec.platform, spec.os, spec.target))


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="../shared/documents is not here")
def test_every_text_of_the_real_pages_is_read():
    """Dependencies too, each as if it were the root: 2021 to 2022, several compilers, flags."""
    texts = []
    for path in ("a083123a/_cache/zlib/index.md", "84edadc4/_cache/zlib/specs.md", "67ef5004/_cache/v0.18/apcomp/specs.md"):
        texts += re.findall("^ - ['\"](.*)['\"](?:: spec-[0-9]+.json)?$", (DOCUMENTS / path).read_text(), re.MULTILINE)
    nodes = [parse(node) for text in texts for node in text.split(" ^")]

    assert (109, 148) == (len(texts), len(nodes))
    assert {("fflags=-qzerosize",), ()} == {node.flags for node in nodes}
    assert all(node.compiler for node in nodes)
