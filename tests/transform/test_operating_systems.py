"""How an operating system's name is taken apart into distribution and release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.operating_systems import OperatingSystem, operating_system

# os, distribution, release
IN_DOCUMENTS = [
    ("amzn2", "amzn", "2"),
    ("centos7", "centos", "7"),
    ("centos8", "centos", "8"),
    ("rhel7", "rhel", "7"),
    ("rhel8", "rhel", "8"),
    ("ubuntu18.04", "ubuntu", "18.04"),
    ("ubuntu20.04", "ubuntu", "20.04"),
    ("ubuntu21.04", "ubuntu", "21.04"),
    ("ubuntu22.04", "ubuntu", "22.04"),
    ("ubuntu24.04", "ubuntu", "24.04"),
    ("sle_hpc15", "sle_hpc", "15"),
    ("cnl7", "cnl", "7"),
    ("catalina", "macos", "10.15"),
    ("ventura", "macos", "13"),
    ("sequoia", "macos", "15"),
    ("windows10.0.20348", "windows", "10.0.20348"),
]
ELSEWHERE = [
    ("ubuntu26.04", "ubuntu", "26.04"),
    ("debian12", "debian", "12"),
    ("fedora40", "fedora", "40"),
    ("rocky9", "rocky", "9"),
    ("almalinux9", "almalinux", "9"),
    ("amzn2023", "amzn", "2023"),
    ("sles15", "sles", "15"),
    ("opensuse-leap15", "opensuse-leap", "15"),
    ("opensuse_leap15", "opensuse_leap", "15"),
    ("alpine3.18", "alpine", "3.18"),
    ("nixos23.05", "nixos", "23.05"),
    ("freebsd13.2", "freebsd", "13.2"),
    ("windows10.0.19045", "windows", "10.0.19045"),
]
MACOS = [
    ("snowleopard", "10.6"),
    ("lion", "10.7"),
    ("mountainlion", "10.8"),
    ("mavericks", "10.9"),
    ("yosemite", "10.10"),
    ("elcapitan", "10.11"),
    ("sierra", "10.12"),
    ("highsierra", "10.13"),
    ("mojave", "10.14"),
    ("catalina", "10.15"),
    ("bigsur", "11"),
    ("monterey", "12"),
    ("ventura", "13"),
    ("sonoma", "14"),
    ("sequoia", "15"),
    ("tahoe", "26"),
]
WITHOUT_RELEASE = ["arch", "gentoo", "macos", "debianwheezy", "Sequoia", "sequoia\n", "rhel8\n", "ubuntu22.04-lts", "'"]
# a separator before the release is part of neither; digits are those of ASCII
ODD = [
    ("centos-7", "centos", "7"),
    ("centos_7", "centos", "7"),
    ("c3po9", "c3po", "9"),
    ("line\nbreak7", "line\nbreak", "7"),
    ("убунту22.04", "убунту", "22.04"),
    ("ubuntu٢٢", "ubuntu٢٢", None),
    ("ubuntu22..04", "ubuntu22..04", None),
    ("22.04", "22.04", None),
    ("-", "-", None),
]


@pytest.mark.parametrize(("name", "distribution", "release"), IN_DOCUMENTS)
def test_names_of_the_documents(name: str, distribution: str, release: str) -> None:
    """Every name seen in a document has a distribution and a release."""
    assert OperatingSystem(name, distribution, release) == operating_system(name)


@pytest.mark.parametrize(("name", "distribution", "release"), ELSEWHERE)
def test_names_that_spack_gives_elsewhere(name: str, distribution: str, release: str) -> None:
    """The rule is the form, not a list: a distribution never seen is taken apart alike."""
    assert OperatingSystem(name, distribution, release) == operating_system(name)


@pytest.mark.parametrize(("name", "release"), MACOS)
def test_a_macos_code_name_is_macos_with_its_version(name: str, release: str) -> None:
    """Spack writes a macOS by its code name alone; the release is the version number it is sold under."""
    assert OperatingSystem(name, "macos", release) == operating_system(name)


@pytest.mark.parametrize("name", WITHOUT_RELEASE)
def test_a_name_that_does_not_end_in_a_number_has_no_release(name: str) -> None:
    """Without a trailing number the whole name is the distribution, and the release is not said."""
    assert OperatingSystem(name, name, None) == operating_system(name)


@pytest.mark.parametrize(("name", "distribution", "release"), ODD)
def test_odd_names_are_taken_apart_only_where_the_form_is_clear(name: str, distribution: str, release: str | None) -> None:
    """The trailing run of numbers is the release, whatever stands before it; else nothing is split."""
    assert OperatingSystem(name, distribution, release) == operating_system(name)


def test_an_empty_name_says_nothing() -> None:
    """Empty text is no distribution: None, never ''."""
    assert OperatingSystem("", None, None) == operating_system("")


@given(st.text())
def test_any_text_is_an_operating_system(name: str) -> None:
    """No text fails, the name is kept as it came, and no field is empty text."""
    row = operating_system(name)

    assert name == row.os
    assert "" not in (row.distribution, row.release)


@given(st.from_regex(r"[a-z]([a-z_-]*[a-z])?", fullmatch=True), st.from_regex(r"[0-9]+(\.[0-9]+)*", fullmatch=True))
def test_a_distribution_joined_with_a_release_comes_apart_again(distribution: str, release: str) -> None:
    """Spack joins name and version with nothing between; the split undoes just that."""
    name = distribution + release

    assert OperatingSystem(name, distribution, release) == operating_system(name)
