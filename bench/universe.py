"""A made-up world of packages, their configurations and rebuilds, from which caches of any size are written.

Nothing here is a fact about Spack's packages: names, versions and hashes are drawn from a seeded generator.
The shape is that of the public cache: few packages with very many builds, most with a handful; `develop`
holds many builds of one configuration, a dated tag only the newest; stacks overlap.
"""

import base64
import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Night 0 is 2023-07-16, a Sunday, so that weekly tags fall on multiples of 7.
LAST_NIGHT = 728  # 2025-07-13, the last weekly of the public cache when its shape was measured
WINDOW = 400  # nights for which `develop` keeps a build

_SYLLABLES = [
    "al",
    "an",
    "bor",
    "cal",
    "dro",
    "el",
    "fen",
    "gar",
    "hul",
    "ith",
    "jor",
    "kel",
    "lum",
    "mar",
    "nor",
    "ost",
    "pal",
    "quin",
    "ros",
    "sol",
    "tam",
    "ul",
    "ver",
    "wil",
    "xan",
    "yor",
    "zem",
]
_PREFIXES = ("", "", "", "", "py-", "py-", "r-", "perl-", "lib")
_BOOLEANS = [
    "shared",
    "pic",
    "ipo",
    "mpi",
    "openmp",
    "cuda",
    "rocm",
    "python",
    "fortran",
    "hdf5",
    "doc",
    "tests",
    "static",
    "zlib",
    "X",
    "int64",
    "skip-slow-tests",
    "cxx",
]
_VALUES: dict[str, tuple[str, ...]] = {
    "build_type": ("Release", "RelWithDebInfo", "Debug"),
    "generator": ("make", "ninja"),
    "cxxstd": ("11", "14", "17"),
    "scheduler": ("none", "slurm", "flux"),
    "cache_base": ("/dev/shm",),
    "mode": ("dm+sm", "serial"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "libs": ("shared", "static"),
    "cuda_arch": ("70", "80", "90"),
    "languages": ("c", "c++", "fortran"),
    "fonts": tuple(f"face-{n:02d}" for n in range(35)),
}
_BUILD_SYSTEMS = ("cmake", "autotools", "python_pip", "makefile", "meson", "generic")


@dataclass(frozen=True)
class Machine:
    """Where builds run, and the stacks that build there."""

    platform: str
    os: str
    target: str
    compilers: tuple[tuple[str, str], ...]
    stacks: tuple[str, ...]


MACHINES = (
    Machine("linux", "ubuntu22.04", "x86_64_v3", (("gcc", "11.4.0"), ("gcc", "13.3.0")), ("e4s", "radiuss", "hep", "tutorial")),
    Machine(
        "linux", "ubuntu24.04", "x86_64_v3", (("gcc", "13.2.0"),), ("ml-linux-x86_64-cpu", "ml-linux-x86_64-cuda", "ml-linux-x86_64-rocm")
    ),
    Machine("linux", "ubuntu24.04", "aarch64", (("gcc", "13.2.0"),), ("ml-linux-aarch64-cpu", "ml-linux-aarch64-cuda")),
    Machine("linux", "ubuntu22.04", "neoverse_v2", (("gcc", "11.4.0"),), ("e4s-neoverse-v2",)),
    Machine("linux", "ubuntu22.04", "x86_64_v3", (("oneapi", "2025.1.0"),), ("e4s-oneapi",)),
    Machine("darwin", "sequoia", "aarch64", (("apple-clang", "17.0.0"),), ("ml-darwin-aarch64-mps", "developer-tools-darwin")),
    Machine("linux", "rhel8", "x86_64_v3", (("cce", "18.0.0"),), ("e4s-cray-rhel",)),
    Machine("linux", "amzn2", "neoverse_v1", (("gcc", "12.4.0"),), ("aws-pcluster-neoverse_v1",)),
    Machine("linux", "ubuntu20.04", "ppc64le", (("gcc", "9.4.0"),), ("e4s-power",)),
    Machine("windows", "windows10.0.20348", "x86_64", (("msvc", "19.39.33523"),), ("windows-vis",)),
)
_MACHINE_WEIGHTS = (40, 22, 14, 8, 8, 8, 4, 3, 2, 1)

Setting = tuple[str, bool | str | tuple[str, ...]]


@dataclass(frozen=True)
class Configuration:
    """What can be seen of a build, apart from its hash."""

    number: int
    version: str
    machine: Machine
    compiler: tuple[str, str]
    settings: tuple[Setting, ...]
    stacks: tuple[str, ...]  # named stacks; none: the build stands in `root` alone
    first_night: int


@dataclass(frozen=True)
class Build:
    spec_hash: str
    configuration: Configuration


@dataclass(frozen=True)
class Package:
    """One package: its configurations, and the nights on which it was rebuilt."""

    name: str
    seed: str
    configuration_count: int
    rebuild_share: float  # of nights
    window: int  # nights for which `develop` keeps a build

    @cached_property
    def configurations(self) -> tuple[Configuration, ...]:
        dice = random.Random(f"{self.seed}/{self.name}/configurations")
        versions = _versions(dice)
        build_system = dice.choice(_BUILD_SYSTEMS)
        booleans = sorted(dice.sample(_BOOLEANS, dice.randint(0, 10)))
        values = sorted(dice.sample(sorted(_VALUES), dice.randint(0, 3)))
        lists = [name for name in sorted(_LISTS) if dice.random() < (0.02 if name == "fonts" else 0.15)]
        return tuple(
            _configuration(dice, number, versions, build_system, booleans, values, lists) for number in range(self.configuration_count)
        )

    @cached_property
    def rebuilds(self) -> tuple[int, ...]:
        dice = random.Random(f"{self.seed}/{self.name}/rebuilds")
        return tuple(night for night in range(-self.window, LAST_NIGHT + 61) if dice.random() < self.rebuild_share)

    def newest(self, night: int) -> Iterator[Build]:
        """The newest build of each configuration that existed on that night."""
        for configuration in self.configurations:
            if configuration.first_night <= night:
                yield self._build(configuration, self._last_rebuild(configuration, night))

    def kept(self, night: int) -> Iterator[Build]:
        """Every build `develop` still keeps on that night: the newest, and those of the window before."""
        for configuration in self.configurations:
            if configuration.first_night <= night:
                newest = self._last_rebuild(configuration, night)
                start = max(night - self.window, configuration.first_night)
                for rebuild in self.rebuilds[bisect_right(self.rebuilds, start) : bisect_right(self.rebuilds, night)]:
                    if rebuild != newest:
                        yield self._build(configuration, rebuild)
                yield self._build(configuration, newest)

    def _last_rebuild(self, configuration: Configuration, night: int) -> int:
        place = bisect_right(self.rebuilds, night)
        return max(self.rebuilds[place - 1] if place else configuration.first_night, configuration.first_night)

    def _build(self, configuration: Configuration, night: int) -> Build:
        return Build(spec_hash(f"{self.seed}/{self.name}/{configuration.number}/{night}"), configuration)


def spec_hash(text: str) -> str:
    """A hash in Spack's form: sha1 in lower-case base32."""
    return base64.b32encode(hashlib.sha1(text.encode()).digest()).decode().lower()


def packages(seed: str, count: int, configuration_total: int, builds_per_configuration: float, largest: int) -> tuple[Package, ...]:
    """So many packages with so many configurations between them, shared out by Zipf's law, `largest` the most builds of one."""
    dice = random.Random(f"{seed}/packages")
    names: dict[str, None] = {}
    while len(names) < count:
        names[dice.choice(_PREFIXES) + "".join(dice.choices(_SYLLABLES, k=dice.choice((2, 2, 3))))] = None
    shares = _shares(count, configuration_total, most=max(1, int(largest / builds_per_configuration)))
    rebuild_share = min(0.9, (builds_per_configuration - 1) / WINDOW)
    return tuple(Package(name, seed, share, rebuild_share, WINDOW) for name, share in sorted(zip(names, shares, strict=True)))


def _shares(count: int, total: int, most: int) -> list[int]:
    """Zipf's law: at least 1 each; what is above `most` goes to those that have less."""
    weights = [1 / (rank + 1.5) for rank in range(count)]
    spare, full = max(0, total - count), 0
    while full < count and spare * weights[full] / sum(weights[full:]) > most - 1:
        spare -= most - 1
        full += 1
    return [most] * full + [1 + round(spare * weight / sum(weights[full:])) for weight in weights[full:]]


def _versions(dice: random.Random) -> tuple[str, ...]:
    forms = (
        lambda: f"{dice.randint(0, 9)}.{dice.randint(0, 20)}.{dice.randint(0, 15)}",
        lambda: f"{dice.randint(1, 9)}.{dice.randint(0, 40)}",
        lambda: f"20{dice.randint(19, 25)}.{dice.randint(1, 12):02d}.{dice.randint(1, 28):02d}",
        lambda: f"{dice.randint(1, 4)}.{dice.randint(0, 9)}p{dice.randint(1, 3)}",
    )
    form = dice.choices(forms, weights=(6, 2, 1, 0.5))[0]
    found = {form() for _ in range(dice.choices((1, 2, 3, 5), weights=(60, 25, 10, 5))[0])}
    if dice.random() < 0.06:
        found.add(dice.choice(("develop", "master", "main")))
    return tuple(sorted(found))


def _configuration(
    dice: random.Random, number: int, versions: tuple[str, ...], build_system: str, booleans: list[str], values: list[str], lists: list[str]
) -> Configuration:
    machine = dice.choices(MACHINES, weights=_MACHINE_WEIGHTS)[0]
    settings: list[Setting] = [("build_system", build_system)]
    settings += [(name, dice.random() < 0.5) for name in booleans]
    settings += [(name, dice.choice(_VALUES[name])) for name in values]
    settings += [(name, tuple(sorted(dice.sample(_LISTS[name], dice.randint(1, len(_LISTS[name])))))) for name in lists]
    if dice.random() < 0.15:
        settings.append(("patches", tuple(sorted(f"{dice.getrandbits(28):07x}" for _ in range(dice.randint(1, 3))))))
    alone = dice.random() < 0.02
    stacks = (
        () if alone else tuple(sorted(dice.sample(machine.stacks, min(len(machine.stacks), dice.choices((1, 2, 3), weights=(6, 3, 1))[0]))))
    )
    return Configuration(
        number=number,
        version=dice.choice(versions),
        machine=machine,
        compiler=dice.choice(machine.compilers),
        settings=tuple(sorted(settings, key=lambda setting: setting[0])),
        stacks=stacks,
        first_night=-500 if dice.random() < 0.7 else dice.randint(-200, LAST_NIGHT),
    )
