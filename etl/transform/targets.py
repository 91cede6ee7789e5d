"""A target's name -> what archspec knows of that microarchitecture."""

from dataclasses import dataclass

import archspec.cpu

_NO_VENDOR = "generic"  # archspec's vendor of a level that nobody makes, such as x86_64_v3


@dataclass(frozen=True, slots=True)
class Target:
    """A microarchitecture; every field but the name is None where archspec does not know it."""

    target: str
    family: str | None = None
    vendor: str | None = None
    generic_target: str | None = None
    ancestors_text: str | None = None


def target(name: str) -> Target:
    """What archspec says of the target of this name; an unknown name is kept, with nothing said of it.

    `ancestors_text` names the targets whose builds also run here, in archspec's order, parents first,
    one blank between; it is empty for a family's root. `generic_target` of a generic level is itself.

    A name is looked up as it is: archspec renamed `graviton2`, of older documents, to `neoverse_n1` and
    kept no alias, so it is unknown.

    Source:  `archspec.cpu.TARGETS`, that is archspec's `json/cpu/microarchitectures.json`.
    Example: `target("zen4")` is of family x86_64, vendor AuthenticAMD and generic target x86_64_v4.
    """
    known = archspec.cpu.TARGETS.get(name)
    if known is None:
        return Target(name)
    return Target(
        target=name,
        family=known.family.name,
        vendor=None if known.vendor == _NO_VENDOR else known.vendor,
        generic_target=known.generic.name,
        ancestors_text=" ".join(ancestor.name for ancestor in known.ancestors),
    )
