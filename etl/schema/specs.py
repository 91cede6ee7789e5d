"""What is known of specs themselves; they stay when they have left every tag."""

import dataframely as dy

from etl.schema.columns import SPEC_HASH, UNHASHED, count, package_name, spec_hash, text


class Specs(dy.Schema):
    """A concrete build, known by its hash, whatever tags, stacks and sources it stands in."""

    spec_hash = spec_hash(primary_key=True, regex=f"{SPEC_HASH}|{UNHASHED}")  # other tables point here: see REFERENCES
    is_hashed = dy.Bool(description="The page gave the hash; false: the key was made from the spec's text")
    package = package_name()
    version = text("Version as published. From `spec_details[].versions[0]`")
    compiler_name = text("Compiler's package; `oneapi` is `intel-oneapi-compilers`; NULL where the page says `none`", nullable=True)
    compiler_version = text("Version of the compiler, `@=` and `@` alike", nullable=True)
    platform = text("linux, darwin, windows. From `spec_details[].platform`")
    os = text("Operating system with its release. From `spec_details[].os`")
    target = text("Microarchitecture. From `spec_details[].target`")
    size_bytes = count("Size of the binary; NULL: not said, as on every page", nullable=True)
    configuration_id = text("Identity of all that can be seen of the spec but its hash", regex=r"^[0-9a-f]{16}$")
    variants_text = text("The spec's options in canonical form, one blank between; empty: it has none; NULL: not said", nullable=True)


class SpecConflicts(dy.Schema):
    """What documents say otherwise of a spec than `specs` has it."""

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    field = dy.String(
        primary_key=True,
        regex="^(package|version|compiler|platform|os|target|size|variants)$",
        description="Field of the page in which they differ",
    )
    value = text("What they say, as published", primary_key=True)
    document_count = count("Documents that say so")


class UnsettledSpecs(dy.Schema):
    """A spec that documents do not all say the same of, or that more than pages speak of: what is known of it depends on all of them.

    Where some only leave out what others say, one page that says all that is known stands for it: as long as that page stays as
    it is, so does what is known.
    """

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    witness_source = text("Source of the page that says all that is known; NULL: no single one does, or some contradict it", nullable=True)
    witness_tag = text("Tag of that page", nullable=True)


class SpecVariants(dy.Schema):
    """An option of a spec and its value; an option with several values has a row for each."""

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    variant = text("Name of the option", primary_key=True)
    value = text("true or false for a boolean, else one value, without quotes", primary_key=True)
    kind = dy.String(regex="^(boolean|value)$", description="boolean (+name, ~name) or value (name=...)")
    is_propagated = dy.Bool(description="Handed on to dependencies: `++name`, `~~name`, `name==value`")


class SpecDependencies(dy.Schema):
    """A spec that another was built with or needs. Only indices and spec files say it; pages do not."""

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    dependency_hash = text("Hash of the spec depended on; it need not have a binary, and then is no row of `specs`", primary_key=True)
    dependency_package = text("Its package", primary_key=True)
    dependency_version = text("Its version; NULL: the index does not hold it", nullable=True)
    kind = dy.String(
        primary_key=True,
        regex="^(build|link|run|test|unknown)$",
        description="What for: build, link, run or test; a row for each. unknown: not said",
    )


class SpecFlags(dy.Schema):
    """Compiler flags that a spec was built with. Only indices and layouts A to D say them."""

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    flag = text("cflags, cxxflags, cppflags, fflags, ldflags or ldlibs", primary_key=True)
    value = text("The flags, one blank between")


class SpecPatches(dy.Schema):
    """A patch applied to a spec's source, whole; `spec_variants` has its first seven digits, as pages do."""

    spec_hash = spec_hash(primary_key=True)
    package = package_name()
    patch_sha256 = text("sha256 of the patch, in hex", primary_key=True, regex=r"^[0-9a-f]{64}$")
