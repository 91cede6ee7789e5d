"""What names say by rule."""

import dataframely as dy

from etl.schema.columns import package_name, tag_name, text


class Versions(dy.Schema):
    """A version of a package, in Spack's order."""

    package = package_name(primary_key=True)
    version = text("Version as published", primary_key=True)
    version_order = dy.Int64(min=1, description="1 is the oldest of the package in Spack's version order")
    is_newest = dy.Bool(description="No version of the package is newer")


class Targets(dy.Schema):
    """A microarchitecture. What archspec does not know has NULLs."""

    target = text("Name as published", primary_key=True)
    family = text("Instruction set family: x86_64, aarch64, ppc64le", nullable=True)
    vendor = text("Maker; NULL: a generic level", nullable=True)
    generic_target = text("Nearest generic level: x86_64_v4 for zen4", nullable=True)
    ancestors_text = text("Targets whose builds also run here, in archspec's order, one blank between", nullable=True)


class OperatingSystems(dy.Schema):
    """An operating system, taken apart."""

    os = text("Name as published", primary_key=True)
    distribution = text("ubuntu, sle_hpc, macos, windows ...", nullable=True)
    release = text("22.04, 15, 10.0.20348 ...", nullable=True)


class Stacks(dy.Schema):
    """A stack label, and what it says by rule. Labels are kept as published."""

    stack = text("Label as published", primary_key=True)
    family = text("Line of stacks it belongs to: e4s, ml, aws-pcluster ...", nullable=True)
    platform = text("linux, darwin, windows; NULL: not known", nullable=True)
    accelerator = text("cuda, rocm, mps, oneapi, cpu; NULL: the label names none", nullable=True)
    successor = text("Label that took its place; NULL: none known", nullable=True)


class Tags(dy.Schema):
    """A tag's kind and date, by its name."""

    tag = tag_name(primary_key=True)
    kind = dy.String(regex="^(develop|weekly|release|other)$", description="develop, weekly, release or other")
    tag_date = dy.Date(nullable=True, description="Date in a weekly's name; others have none")
