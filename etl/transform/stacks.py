"""A stack's label -> the family, platform and accelerator it says, and the label that took its place."""

import re
from dataclasses import dataclass

# The lines of stacks of Spack's CI, each with the platform of its labels that name none. Sources: the labels
# in `_data/tags.yaml` of spack/cache.spack.io, and the CI definitions, which give each its runner:
# share/spack/gitlab/cloud_pipelines/.gitlab-ci.yml of spack/spack until mid-2025, then
# .ci/gitlab/.gitlab-ci.yml of spack/spack-packages. None: its labels name their platform themselves.
_FAMILIES: dict[str, str | None] = {
    "aws-ahug": "linux",
    "aws-isc": "linux",
    "aws-pcluster": "linux",
    "bootstrap": None,
    "build_systems": "linux",
    "data-vis-sdk": "linux",
    "developer-tools": "linux",
    "e4s": "linux",
    "gpu-tests": "linux",
    "hep": "linux",
    "ml": None,
    "radiuss": "linux",
    "tools-sdk": "linux",
    "tutorial": "linux",
    "windows-vis": None,
}

_PLATFORMS = {
    "linux": "linux",
    "manylinux2014": "linux",  # the build image of PEP 599
    "darwin": "darwin",
    "mac": "darwin",  # e4s-mac
    "windows": "windows",
}

_ACCELERATORS = {"cuda", "rocm", "mps", "oneapi", "cpu"}

# The pull request that put the right label in the left one's place, or the file that shows it.
_SUCCESSORS = {
    "e4s-arm": "e4s-neoverse_v1",  # spack/spack 40369, 2023
    "e4s-aarch64": "e4s-neoverse-v2",  # spack/spack 42115, 2024
    "e4s-neoverse_v1": "e4s-neoverse-v2",  # spack/spack 48160, 2024
    "e4s-cray": "e4s-cray-rhel",  # spack/spack 38744, 2023
    "developer-tools": "developer-tools-manylinux2014",  # spack/spack 43811, 2024
    "developer-tools-manylinux2014": "developer-tools-x86_64_v3-linux-gnu",  # spack/spack 48065, 2024
    "ml-linux-x86_64-cpu": "ml-linux-x86_64",  # spack/spack-packages 3577, 2026
    "ml-linux-x86_64-cuda": "ml-linux-x86_64",  # the same
    "ml-linux-x86_64-rocm": "ml-linux-x86_64",  # the same
    "ml-linux-aarch64-cpu": "ml-linux-aarch64",  # the same
    "ml-linux-aarch64-cuda": "ml-linux-aarch64",  # the same
    "radiuss-aws": "radiuss-cuda",  # stacks/radiuss-cuda/spack.yaml of spack/spack-packages: its list of specs
    "radiuss-aws-aarch64": "radiuss-aarch64",  # .gitlab-ci.yml of spack/spack-packages at 38ceab21: its pipeline
    "radiuss-cuda": "radiuss",  # spack/spack-packages 3578, 2026
}


@dataclass(frozen=True, slots=True)
class Stack:
    """A CI environment that builds specs, and what its label says; None where it does not say it."""

    stack: str
    family: str | None
    platform: str | None
    accelerator: str | None
    successor: str | None


def stack(label: str) -> Stack:
    """What a stack's label says by rule; the label itself is kept, with its `-` and `_` as they are.

    `family` is the line a person would name: the known one that the label is, or begins with. `platform` is
    the one the label names, else the family's. `accelerator` is the one the label names: none for
    `gpu-tests`, which builds for CUDA and for ROCm. A label that names two has neither. `successor` is the
    next label in the line's history, and may have a successor itself.

    An unknown label is a row like any other: what it names is taken, the rest is None. So it is with
    `root`, the tag's whole index, which is no stack.

    Example: `ml-linux-x86_64-cuda` is of family ml, platform linux and accelerator cuda.
    """
    words = re.split("[-_]", label)
    family = next((name for name in _FAMILIES if label == name or label.startswith((f"{name}-", f"{name}_"))), None)
    platforms = {_PLATFORMS[word] for word in words if word in _PLATFORMS}
    platform = _FAMILIES[family] if family and not platforms else _only(platforms)
    return Stack(label, family, platform, _only(_ACCELERATORS.intersection(words)), _SUCCESSORS.get(label))


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None
