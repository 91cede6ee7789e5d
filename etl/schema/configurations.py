"""What is counted from the other tables when a release is made, so that nobody has to count it again for each question."""

import dataframely as dy
import polars as pl

from etl.schema.columns import count, package_name, source_name, tag_name, text


class Configurations(dy.Schema):
    """What a person can see of a spec but for its hash; many specs share one."""

    configuration_id = text("Identity of all that can be seen of a spec but its hash", primary_key=True, regex=r"^[0-9a-f]{16}$")
    package = package_name()
    version = text("Version as published")
    compiler_name = text("Compiler's package; NULL: unknown", nullable=True)
    compiler_version = text("Version of the compiler", nullable=True)
    platform = text("linux, darwin, windows")
    os = text("Operating system with its release")
    target = text("Microarchitecture")
    target_family = text("Instruction set family; NULL: target unknown to archspec", nullable=True)
    variants_text = text("Options in canonical form, one blank between; empty: none; NULL: not said", nullable=True)
    first_spec_hash = text("Of the specs with it, the first in byte order: one that stands for all")
    last_spec_hash = text("Of the specs with it, the last in byte order")
    spec_count = count("Specs with it that stand under some tag now, each counted once")
    known_spec_count = count("Specs with it that stand or once stood somewhere")


class ConfigurationVariants(dy.Schema):
    """An option of a configuration, with all its values."""

    configuration_id = text("Identity of all that can be seen of a spec but its hash", primary_key=True)
    package = package_name()
    variant = text("Name of the option", primary_key=True)
    kind = dy.String(regex="^(boolean|value)$", description="boolean (+name, ~name) or value (name=...)")
    values_text = text("true or false for a boolean, else its values in byte order, a comma between")
    is_propagated = dy.Bool(description="Handed on to dependencies")


class TagConfigurations(dy.Schema):
    """How many specs of a tag have a configuration and stand in just these stacks."""

    source = source_name()
    tag = tag_name()
    package = package_name()
    version = text("Version as published")
    compiler_name = text("Compiler's package; NULL: unknown", nullable=True)
    compiler_version = text("Version of the compiler", nullable=True)
    platform = text("linux, darwin, windows")
    os = text("Operating system with its release")
    target = text("Microarchitecture")
    target_family = text("Instruction set family; NULL: target unknown to archspec", nullable=True)
    configuration_id = text("Identity of all that can be seen of a spec but its hash")
    stack_count = count("Named stacks they stand in; `root` is none. NULL: their document says nothing of stacks", nullable=True)
    stacks_text = text("Those stacks, in byte order, a comma between; empty: none; NULL: not said", nullable=True)
    is_root_only = dy.Bool(description="They stand in `root` and in no named stack; NULL: not said", nullable=True)
    is_first_set = dy.Bool(description="True in one row of each configuration of a tag: who counts these counts configurations")
    spec_count = dy.Int64(min=1, description="Specs of which all this is true")

    @dy.rule()
    def is_counted_once(cls) -> pl.Expr:  # noqa: N805  (dataframely makes it a class method)
        """One row for each tag, page, configuration and set of stacks: a key whose last columns may be NULL."""
        return pl.struct("source", "tag", "package", "configuration_id", "stacks_text", "is_root_only").is_unique()
