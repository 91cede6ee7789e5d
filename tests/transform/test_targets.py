"""What a target's name tells: family, vendor, nearest generic level, ancestors."""

import pytest
from archspec.cpu import TARGETS  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.targets import Target, target

# target, family, vendor, generic_target
GENERIC_LEVELS = [
    ("x86", "x86", None, "x86"),
    ("x86_64", "x86_64", None, "x86_64"),
    ("x86_64_v2", "x86_64", None, "x86_64_v2"),
    ("x86_64_v3", "x86_64", None, "x86_64_v3"),
    ("x86_64_v4", "x86_64", None, "x86_64_v4"),
    ("aarch64", "aarch64", None, "aarch64"),
    ("armv8.1a", "aarch64", None, "armv8.1a"),
    ("armv8.4a", "aarch64", None, "armv8.4a"),
    ("armv9.0a", "aarch64", None, "armv9.0a"),
    ("ppc64", "ppc64", None, "ppc64"),
    ("ppc64le", "ppc64le", None, "ppc64le"),
    ("riscv64", "riscv64", None, "riscv64"),
    ("sparc64", "sparc64", None, "sparc64"),
]
PROCESSORS = [
    ("pentium4", "x86", "GenuineIntel", "x86"),
    ("nocona", "x86_64", "GenuineIntel", "x86_64"),
    ("core2", "x86_64", "GenuineIntel", "x86_64"),
    ("nehalem", "x86_64", "GenuineIntel", "x86_64_v2"),
    ("westmere", "x86_64", "GenuineIntel", "x86_64_v2"),
    ("sandybridge", "x86_64", "GenuineIntel", "x86_64_v2"),
    ("ivybridge", "x86_64", "GenuineIntel", "x86_64_v2"),
    ("haswell", "x86_64", "GenuineIntel", "x86_64_v3"),
    ("broadwell", "x86_64", "GenuineIntel", "x86_64_v3"),
    ("skylake", "x86_64", "GenuineIntel", "x86_64_v3"),
    ("mic_knl", "x86_64", "GenuineIntel", "x86_64_v3"),
    ("skylake_avx512", "x86_64", "GenuineIntel", "x86_64_v4"),
    ("cannonlake", "x86_64", "GenuineIntel", "x86_64_v4"),
    ("cascadelake", "x86_64", "GenuineIntel", "x86_64_v4"),
    ("icelake", "x86_64", "GenuineIntel", "x86_64_v4"),
    ("sapphirerapids", "x86_64", "GenuineIntel", "x86_64_v4"),
    ("alderlake", "x86_64", "GenuineIntel", "x86_64_v3"),
    ("k10", "x86_64", "AuthenticAMD", "x86_64"),
    ("bulldozer", "x86_64", "AuthenticAMD", "x86_64_v2"),
    ("excavator", "x86_64", "AuthenticAMD", "x86_64_v3"),
    ("zen", "x86_64", "AuthenticAMD", "x86_64_v3"),
    ("zen2", "x86_64", "AuthenticAMD", "x86_64_v3"),
    ("zen3", "x86_64", "AuthenticAMD", "x86_64_v3"),
    ("zen4", "x86_64", "AuthenticAMD", "x86_64_v4"),
    ("zen5", "x86_64", "AuthenticAMD", "x86_64_v4"),
    ("power7", "ppc64", "IBM", "ppc64"),
    ("power8", "ppc64", "IBM", "ppc64"),
    ("power9", "ppc64", "IBM", "ppc64"),
    ("power8le", "ppc64le", "IBM", "ppc64le"),
    ("power9le", "ppc64le", "IBM", "ppc64le"),
    ("power10le", "ppc64le", "IBM", "ppc64le"),
    ("thunderx2", "aarch64", "Cavium", "armv8.1a"),
    ("a64fx", "aarch64", "Fujitsu", "armv8.2a"),
    ("cortex_a72", "aarch64", "ARM", "aarch64"),
    ("neoverse_n1", "aarch64", "ARM", "armv8.2a"),
    ("neoverse_v1", "aarch64", "ARM", "armv8.4a"),
    ("neoverse_n2", "aarch64", "ARM", "armv9.0a"),
    ("neoverse_v2", "aarch64", "ARM", "armv9.0a"),
    ("m1", "aarch64", "Apple", "armv8.4a"),
    ("m2", "aarch64", "Apple", "armv8.5a"),
    ("m4", "aarch64", "Apple", "armv8.6a"),
    ("u74mc", "riscv64", "SiFive", "riscv64"),
]
# target, ancestors_text
ANCESTORS = [
    ("x86_64_v2", "x86_64"),
    ("x86_64_v4", "x86_64_v3 x86_64_v2 x86_64"),
    ("nehalem", "core2 x86_64_v2 nocona x86_64"),
    ("sandybridge", "westmere nehalem core2 x86_64_v2 nocona x86_64"),
    ("haswell", "ivybridge x86_64_v3 sandybridge westmere nehalem core2 x86_64_v2 nocona x86_64"),
    ("zen2", "zen x86_64_v3 x86_64_v2 x86_64"),
    ("zen4", "zen3 x86_64_v4 zen2 zen x86_64_v3 x86_64_v2 x86_64"),
    ("power9le", "power8le ppc64le"),
    ("a64fx", "armv8.2a armv8.1a aarch64"),
    ("neoverse_n1", "cortex_a72 armv8.2a aarch64 armv8.1a"),
    ("neoverse_v1", "neoverse_n1 armv8.4a cortex_a72 armv8.2a aarch64 armv8.1a armv8.3a"),
]
ROOTS = ["x86", "x86_64", "aarch64", "ppc64", "ppc64le", "riscv64", "sparc64"]
# graviton2 stands in published documents; the others are odd text
UNKNOWN = ["graviton2", "graviton", "grace", "granite_rapids", "x86_64_v5", "ZEN4", " zen4", "zen4\n", "'", "", "ζen"]


@pytest.mark.parametrize(("name", "family", "vendor", "generic_target"), PROCESSORS)
def test_a_processor_has_its_maker_and_its_nearest_generic_level(name: str, family: str, vendor: str, generic_target: str) -> None:
    """A processor's vendor is its maker, in archspec's words; zen4 runs all that x86_64_v4 does."""
    row = target(name)

    assert (name, family, vendor, generic_target) == (row.target, row.family, row.vendor, row.generic_target)


@pytest.mark.parametrize(("name", "family", "vendor", "generic_target"), GENERIC_LEVELS)
def test_a_generic_level_has_no_vendor_and_is_its_own_generic_target(name: str, family: str, vendor: None, generic_target: str) -> None:
    """Nobody makes an x86_64_v3: archspec's vendor `generic` is no vendor."""
    row = target(name)

    assert (name, family, vendor, generic_target) == (row.target, row.family, row.vendor, row.generic_target)


@pytest.mark.parametrize(("name", "ancestors_text"), ANCESTORS)
def test_ancestors_stand_in_the_order_of_archspec(name: str, ancestors_text: str) -> None:
    """Ancestors are names, parents first, one blank between."""
    row = target(name)

    assert ancestors_text == row.ancestors_text


@pytest.mark.parametrize("name", ROOTS)
def test_the_root_of_a_family_has_no_ancestors(name: str) -> None:
    """A root's ancestors are known, and there are none: empty text, not None."""
    row = target(name)

    assert (name, "") == (row.family, row.ancestors_text)


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_target_is_a_row_of_its_name_alone(name: str) -> None:
    """What archspec does not know is kept and not guessed, case and blanks included."""
    row = target(name)

    assert Target(name, family=None, vendor=None, generic_target=None, ancestors_text=None) == row


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_target_of_archspec_belongs_to_a_family_and_a_generic_level(name: str) -> None:
    """Family and generic level of a known target are the target itself or among its ancestors."""
    row = target(name)

    line = {name, *(row.ancestors_text or "").split()}
    assert {row.family, row.generic_target} <= line


@given(st.text())
def test_any_text_is_a_target(name: str) -> None:
    """No text fails, and the name is kept as it came."""
    row = target(name)

    assert name == row.target
