"""Nodes of every version of Spack's spec files, and what is read in them."""

from typing import Any

import msgspec
import pytest

from etl.extract.nodes import Dependencies, Node, Options, edges, options, parts, quoted, record, unread
from etl.extract.records import Dependency, SpecRecord

HASH = "a" * 32
GCC, ZLIB = "b" * 32, "c" * 32
ARCH = {"platform": "linux", "platform_os": "ubuntu22.04", "target": "x86_64_v3"}
PATCH = "0123456789abcdef" * 4


def spec(versions: dict[str, str] | None = None, **keys: Any) -> SpecRecord:
    """The record of a node that has these keys."""
    node = {"name": "hdf5", "version": "1.14.3", "arch": ARCH} | keys
    return record(HASH, parts(msgspec.convert(node, Node)), versions or {})


def test_a_node_says_version_system_and_compiler():
    """An architecture's target is a name, or an object that has one."""
    compiler = {"name": "gcc", "version": "11.4.0"}
    target = {"name": "neoverse_v1", "vendor": "ARM", "features": ["sve"], "parents": ["neoverse_n1"]}
    plain = spec(compiler=compiler)
    featured = spec(arch=ARCH | {"target": target})

    assert (HASH, ("1.14.3",), "linux", "ubuntu22.04", "x86_64_v3") == (plain.hash, plain.versions, plain.platform, plain.os, plain.target)
    assert "gcc@11.4.0" == plain.compiler
    assert ("neoverse_v1", None) == (featured.target, featured.compiler)


@pytest.mark.parametrize(
    ("parameters", "variants"),
    [
        ({"shared": True, "ipo": False}, ("~ipo", "+shared")),
        ({"build_system": "cmake"}, ("build_system=cmake",)),
        ({"libs": ["static", "shared"], "cuda_arch": ["80"]}, ("cuda_arch:=80", "libs:=shared,static")),
        ({"build_type": "dm+sm", "languages": ["c++", "c"]}, ("build_type='dm+sm'", "languages:='c,c++'")),
        ({"cache_base": "/dev/shm", "note": "it's"}, ("cache_base=/dev/shm", 'note="it\'s"')),
        ({"max_dims": 3, "arch": [70, 80]}, ("arch:=70,80", "max_dims=3")),
        ({"a": 1, "a-b": 2, "a_b": True}, ("a=1", "a-b=2", "+a_b")),
        ({"nothing": None, "none": []}, ()),
    ],
)
def test_parameters_are_options_as_pages_write_them(parameters, variants):
    """Sorted by name; several values have `:=`; quotes stand where Spack would write them."""
    assert Options(variants, (), ()) == options(parameters)


def test_an_option_handed_on_to_dependencies_has_a_doubled_sign():
    """As Spack's own text has it."""
    parameters = {"shared": True, "ipo": False, "mode": "fast", "libs": ["a", "b"], "own": True}

    assert ("~~ipo", "libs:==a,b", "mode==fast", "+own", "++shared") == options(parameters, ["shared", "ipo", "mode", "libs"]).variants


def test_compiler_flags_are_no_variants():
    """Pages leave them out; their order counts, so it stays. Flags that are not given are not said."""
    parameters = {"cflags": ["-O2", "-g"], "ldflags": [], "fflags": [], "shared": True}

    assert Options(("+shared",), ("cflags=-O2 -g",), ()) == options(parameters)


def test_patches_are_kept_whole_and_cut_to_seven_digits_as_on_pages():
    """The node names them among its parameters, or beside them in the order in which they are applied."""
    other = PATCH[::-1]
    expected = Options(("patches=0123456,fedcba9", "+shared"), (), (PATCH, other))

    assert expected == options({"shared": True, "patches": [other, PATCH]})
    assert expected == options({"shared": True}, (), [other, PATCH])


@pytest.mark.parametrize(
    "dependencies",
    [
        {"zlib": {"hash": ZLIB, "type": ["link", "build"]}},
        {"zlib": {"full_hash": ZLIB, "type": ["link", "build"]}},
        [{"name": "zlib", "hash": ZLIB, "type": ["link", "build"]}],
        [{"name": "zlib", "hash": ZLIB, "parameters": {"deptypes": ["link", "build"], "virtuals": []}}],
        [{"name": "zlib", "hash": ZLIB, "type": ["link"]}, {"name": "zlib", "hash": ZLIB, "parameters": {"deptypes": ["build"]}}],
    ],
)
def test_every_form_of_a_dependency_is_the_same_fact(dependencies):
    """One for each hash, with all its kinds; its version is what the node of that hash says, if it is there."""
    assert [Dependency(ZLIB, "zlib", "1.3.1", ("build", "link"))] == spec({ZLIB: "1.3.1"}, dependencies=dependencies).dependencies
    assert [Dependency(ZLIB, "zlib", None, ("build", "link"))] == spec(dependencies=dependencies).dependencies


def test_a_node_without_dependencies_says_that_it_has_none():
    """Unlike a page, which does not say."""
    assert [] == spec().dependencies


@pytest.mark.parametrize(("virtuals", "compiler"), [(["c", "cxx"], "gcc@13.2.0"), (["fortran"], "gcc@13.2.0"), (["mpi"], None)])
def test_without_a_compiler_the_dependency_that_compiles_is_it(virtuals, compiler):
    """From the fifth version on compilers are dependencies, known by the language that they provide."""
    edge = {"name": "gcc", "hash": GCC, "parameters": {"deptypes": ["build"], "virtuals": virtuals}}

    assert compiler == spec({GCC: "13.2.0"}, dependencies=[edge]).compiler


def test_the_c_compiler_speaks_before_those_of_other_languages():
    """A spec has one compiler on a page; a C++ and a Fortran compiler may be others."""
    edges = [
        {"name": name, "hash": spec_hash, "parameters": {"deptypes": ["build"], "virtuals": [language]}}
        for name, spec_hash, language in [("gcc", GCC, "fortran"), ("llvm", ZLIB, "c")]
    ]

    assert "llvm" == spec(dependencies=edges).compiler


@pytest.mark.parametrize(("said", "compiler"), [("gcc@=9.4.0", "gcc@=9.4.0"), ("gcc@9.4.0 arch=linux", "gcc@9.4.0"), (" ", None)])
def test_a_compiler_that_an_older_node_had_is_kept_in_its_annotations(said, compiler):
    """Spack writes it there when it writes such a node anew."""
    assert compiler == spec(annotations={"original_specfile_version": 4, "compiler": said}).compiler


def test_a_dependency_without_any_hash_is_refused():
    """It could be no other's."""
    dependencies = msgspec.convert({"zlib": {"type": ["link"]}}, Dependencies)

    with pytest.raises(msgspec.ValidationError, match="zlib has no hash"):
        edges(dependencies)


def test_a_value_has_quotes_where_spack_would_write_them():
    """None where all its characters are plain, none of its own doubled."""
    assert ["a,b/c_d.e-f", "''", "'c++'", '"it\'s"'] == [quoted(text) for text in ("a,b/c_d.e-f", "", "c++", "it's")]


def test_an_entry_that_is_no_spec_stands_beneath_its_key():
    """Also one that looks like a record: it is no index entry, and must not pass for a spec."""
    assert b'{"k":{"hash":"x"}}' == bytes(unread("k", b'{"hash":"x"}'))


def test_an_entry_nested_too_deeply_is_shown_as_text():
    """It would take the good entries of its document along."""
    deep = b"[" * 400 + b"]" * 400

    assert {"k": deep[:500].decode()} == msgspec.json.decode(unread("k", deep))
