"""An operating system's name, as Spack writes it -> its distribution and release."""

import re
from dataclasses import dataclass

# Spack names a macOS by its code name alone: `mac_releases` in lib/spack/spack/operating_systems/mac_os.py
# of spack/spack. The numbers are the versions Apple sells them under (Apple Support, "Find out which macOS
# your Mac is using"). `bigsur` is 11 here, though some of its builds say 10.16.
_MACOS_RELEASES = {
    "snowleopard": "10.6",
    "lion": "10.7",
    "mountainlion": "10.8",
    "mavericks": "10.9",
    "yosemite": "10.10",
    "elcapitan": "10.11",
    "sierra": "10.12",
    "highsierra": "10.13",
    "mojave": "10.14",
    "catalina": "10.15",
    "bigsur": "11",
    "monterey": "12",
    "ventura": "13",
    "sonoma": "14",
    "sequoia": "15",
    "tahoe": "26",
}

# Spack joins name and version with nothing between (`OperatingSystem.__str__` in _operating_system.py), so
# the release is the trailing run of numbers; a distribution may hold `_` and `-` (sle_hpc15, opensuse-leap15).
_NAME_AND_RELEASE = re.compile(r"(?P<distribution>.*[^0-9._-])[._-]?(?P<release>[0-9]+(?:\.[0-9]+)*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """An operating system, taken apart; None where the name does not say it."""

    os: str
    distribution: str | None
    release: str | None


def operating_system(name: str) -> OperatingSystem:
    """The distribution and release that an operating system's name says; the name itself is kept.

    A macOS code name is distribution `macos` with its version number. A name that does not end in a
    number is a distribution without a release.

    Example: `ubuntu22.04` is ubuntu, 22.04; `sle_hpc15` is sle_hpc, 15; `sequoia` is macos, 15.
    """
    if name in _MACOS_RELEASES:
        return OperatingSystem(name, "macos", _MACOS_RELEASES[name])
    parts = _NAME_AND_RELEASE.fullmatch(name)
    if parts is None:
        return OperatingSystem(name, name or None, None)
    return OperatingSystem(name, parts["distribution"], parts["release"])
