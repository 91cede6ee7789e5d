"""Every table of the warehouse, declared once.

Polars types, checks, the Parquet columns, the casts and comments of the DuckDB views and the data dictionary are all
derived from here. Imports nothing of this project, so that every layer may import it.

`first_snapshot_id` and the like point at `snapshots`, which alone holds times and stands in the manifest: the tables
proper are the same bytes whenever and wherever they are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl
import pyarrow as pa

SCHEMA_VERSION = 1  # raised when a table or column changes its name, type or meaning
RULES_VERSION = 1  # raised when the same document is read into other rows than before

ROOT = "root"  # the label under which a tag's top-level index is published; a superset, no stack
SPEC_HASH = r"^[a-z2-7]{32}$"  # Spack's DAG hash: sha1 in lower-case base32


def _text(description: str, **options: Any) -> dy.String:
    return dy.String(description=description, **options)


def _count(description: str, **options: Any) -> dy.Int64:
    return dy.Int64(description=description, min=0, **options)


def _source(**options: Any) -> dy.String:
    return _text("Name of the source, as given on the command line or in the config file", **options)


def _tag(**options: Any) -> dy.String:
    return _text("Release line of the cache: develop, a dated weekly, a release. From `categories[1]`", **options)


def _package(**options: Any) -> dy.String:
    return _text("Package name. From `title`", **options)


def _hash(**options: Any) -> dy.String:
    return _text("32-character hash that names one concrete build. From `spec_details[].hash`", **options)


def _first() -> dy.Int64:
    return dy.Int64(description="Snapshot of the source in which the row was first seen", min=1)


class Snapshots(dy.Schema):
    """A source as it stood at one moment. Rows of earlier releases stay."""

    source = _source(primary_key=True)
    snapshot_id = dy.Int64(primary_key=True, min=1, description="Counts the snapshots of a source, 1 upward")
    observed_at = dy.Datetime(time_unit="us", description="When the source was seen to stand so. UTC")
    revision = _text("What identifies the content: a digest of all its documents")
    document_count = _count("Documents listed, refused ones included")
    changed_document_count = _count("Documents new or changed since the snapshot before; all of them in the first")
    spec_count = _count("Distinct specs of the source")
    run_id = _text("Run that took the snapshot")


class Documents(dy.Schema):
    """A page that was read: one package under one tag."""

    source = _source(primary_key=True)
    tag = _tag(primary_key=True)
    package = _package(primary_key=True)
    path = _text("Where the page lies below the source's root; holds `_cache/` unless a single page was named")
    layout = _text("Form of the page, recognised by its content: E, F or G")
    sha256 = _text("sha256 of the page's bytes, in hex", regex=r"^[0-9a-f]{64}$")
    size_bytes = _count("Length of the page in bytes")
    spec_count = _count("Specs of the page that were accepted")
    published_spec_count = _count("The page's own claim. From `meta.num_specs`", nullable=True)
    first_snapshot_id = _first()
    changed_snapshot_id = dy.Int64(min=1, description="Snapshot in which the page's bytes last changed")
    is_stale = dy.Bool(description="The page could not be read in the last snapshot; these are its last good rows")


class Specs(dy.Schema):
    """A concrete build, known by its hash, whatever tags, stacks and sources it stands in."""

    spec_hash = _hash(primary_key=True, regex=SPEC_HASH)  # other tables point here: see REFERENCES
    is_hashed = dy.Bool(description="The page gave the hash; false: the key was made from the spec's text")
    package = _package()
    version = _text("Version as published. From `spec_details[].versions[0]`")
    compiler_name = _text("Compiler's package; `oneapi` is `intel-oneapi-compilers`; NULL where the page says `none`", nullable=True)
    compiler_version = _text("Version of the compiler, `@=` and `@` alike", nullable=True)
    platform = _text("linux, darwin, windows. From `spec_details[].platform`")
    os = _text("Operating system with its release. From `spec_details[].os`")
    target = _text("Microarchitecture. From `spec_details[].target`")
    size_bytes = _count("Size of the binary; NULL: pages do not say", nullable=True)
    configuration_id = _text("Identity of all that can be seen of the spec but its hash", regex=r"^[0-9a-f]{16}$")
    variants_text = _text("The spec's options in canonical form, one blank between; empty: it has none")


class SpecConflicts(dy.Schema):
    """What documents say otherwise of a spec than `specs` has it."""

    spec_hash = _hash(primary_key=True)
    package = _package()
    field = dy.String(
        primary_key=True,
        regex="^(package|version|compiler|platform|os|target|size|variants)$",
        description="Field of the page in which they differ",
    )
    value = _text("What they say, as published", primary_key=True)
    document_count = _count("Documents that say so")


class SpecVariants(dy.Schema):
    """An option of a spec and its value; an option with several values has a row for each."""

    spec_hash = _hash(primary_key=True)
    package = _package()
    variant = _text("Name of the option", primary_key=True)
    value = _text("true or false for a boolean, else one value, without quotes", primary_key=True)
    kind = dy.String(regex="^(boolean|value)$", description="boolean (+name, ~name) or value (name=...)")
    is_propagated = dy.Bool(description="Handed on to dependencies: `++name`, `~~name`, `name==value`")


class TagSpecs(dy.Schema):
    """A spec under a tag, with or without stacks."""

    source = _source(primary_key=True)
    tag = _tag(primary_key=True)
    package = _package(primary_key=True)
    spec_hash = _hash(primary_key=True)
    stack_count = _count("Named stacks it stands in; `root` is none")
    stacks_text = _text("Those stacks, in byte order, a comma between; empty: none")
    is_in_root = dy.Bool(description="It stands in `root`, the tag's whole index")
    is_root_only = dy.Bool(description="It stands in `root` and in no named stack")
    first_snapshot_id = _first()


class Memberships(dy.Schema):
    """A spec in a named stack under a tag. `root` is no stack."""

    source = _source(primary_key=True)
    tag = _tag(primary_key=True)
    stack = _text("CI environment that builds the spec. From `spec_details[].stacks[]`", primary_key=True)
    spec_hash = _hash(primary_key=True)
    package = _package(primary_key=True)
    first_snapshot_id = _first()


class PublishedCounts(dy.Schema):
    """A page's own claim of how many specs it holds, as a whole and by stack (`root` included)."""

    source = _source()
    tag = _tag()
    package = _package()
    stack = _text("Stack the count is for; NULL: the whole page", nullable=True)
    published_spec_count = _count("From `meta.num_specs` and `meta.num_specs_by_stack`")

    @dy.rule()
    def is_said_once(cls) -> pl.Expr:  # noqa: N805  (dataframely makes it a class method)
        """One count for each page and stack: a key whose last column may be NULL."""
        return pl.struct("source", "tag", "package", "stack").is_unique()


class Reconciliation(dy.Schema):
    """A claim that a page makes about itself, beside what its specs add up to."""

    source = _source(primary_key=True)
    tag = _tag(primary_key=True)
    package = _package(primary_key=True)
    claim = dy.String(
        primary_key=True,
        regex="^(num_specs|num_specs_by_stack|compilers|oss|platforms|stacks|targets|versions)$",
        description="Name of the page's field below `meta`",
    )
    published = _text("What the page says: a number, a set in byte order with a comma between, or stack=count pairs")
    differs = _text("What its accepted specs add up to, in the same form; NULL: the same", nullable=True)


class Rejects(dy.Schema):
    """What was refused, and why; kept so that nothing is lost in silence."""

    source = _source()
    snapshot_id = dy.Int64(min=1, description="Snapshot in which it was refused")
    path = _text("Page it stood on")
    scope = dy.String(regex="^(document|spec|variant)$", description="How much was refused: the page, one spec, one option")
    rule = _text("Name of the rule it broke")
    detail = _text("What is wrong, in words")
    line = _count("Line of the page, 1 upward; NULL: the page as a whole", nullable=True)
    excerpt = _text("The text itself, cut to 200 characters")


class Versions(dy.Schema):
    """A version of a package, in Spack's order."""

    package = _package(primary_key=True)
    version = _text("Version as published", primary_key=True)
    version_order = dy.Int64(min=1, description="1 is the oldest of the package in Spack's version order")
    is_newest = dy.Bool(description="No version of the package is newer")


class Targets(dy.Schema):
    """A microarchitecture. What archspec does not know has NULLs."""

    target = _text("Name as published", primary_key=True)
    family = _text("Instruction set family: x86_64, aarch64, ppc64le", nullable=True)
    vendor = _text("Maker; NULL: a generic level", nullable=True)
    generic_target = _text("Nearest generic level: x86_64_v4 for zen4", nullable=True)
    ancestors_text = _text("Targets whose builds also run here, in archspec's order, one blank between", nullable=True)


class OperatingSystems(dy.Schema):
    """An operating system, taken apart."""

    os = _text("Name as published", primary_key=True)
    distribution = _text("ubuntu, sle_hpc, macos, windows ...", nullable=True)
    release = _text("22.04, 15, 10.0.20348 ...", nullable=True)


class Stacks(dy.Schema):
    """A stack label, and what it says by rule. Labels are kept as published."""

    stack = _text("Label as published", primary_key=True)
    family = _text("Line of stacks it belongs to: e4s, ml, aws-pcluster ...", nullable=True)
    platform = _text("linux, darwin, windows; NULL: not known", nullable=True)
    accelerator = _text("cuda, rocm, mps, oneapi, cpu; NULL: the label names none", nullable=True)
    successor = _text("Label that took its place; NULL: none known", nullable=True)


class Tags(dy.Schema):
    """A tag's kind and date, by its name."""

    tag = _tag(primary_key=True)
    kind = dy.String(regex="^(develop|weekly|release|other)$", description="develop, weekly, release or other")
    tag_date = dy.Date(nullable=True, description="Date in a weekly's name; others have none")


@dataclass(frozen=True)
class Table:
    """How a table is stored: its columns and checks, the order of its rows, the columns that are looked up by value."""

    schema: type[dy.Schema]
    sort_by: tuple[str, ...]
    look_up: tuple[str, ...] = ()  # high-cardinality columns: a Bloom filter each, no dictionary

    @property
    def columns(self) -> Mapping[str, dy.Column]:
        """Its columns, in order."""
        return self.schema.columns()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return tuple(self.schema.primary_key())

    @property
    def polars_schema(self) -> dict[str, pl.DataType]:
        """Columns and types in polars."""
        return {name: column.dtype for name, column in self.columns.items()}

    @property
    def arrow_schema(self) -> pa.Schema:
        """Columns and types in Parquet."""
        return pa.schema([pa.field(name, _ARROW[_name(column)]) for name, column in self.columns.items()])

    @property
    def duckdb_types(self) -> dict[str, str]:
        """Columns and types in SQL."""
        return {name: _DUCKDB[_name(column)] for name, column in self.columns.items()}


def _name(column: dy.Column) -> str:
    return type(column).__name__


_ARROW = {"String": pa.string(), "Int64": pa.int64(), "Bool": pa.bool_(), "Datetime": pa.timestamp("us"), "Date": pa.date32()}
_DUCKDB = {"String": "VARCHAR", "Int64": "BIGINT", "Bool": "BOOLEAN", "Datetime": "TIMESTAMP", "Date": "DATE"}

# Rows are stored by package first: a look-up by package touches one row group, and equal hashes of several tags lie
# side by side, where they compress to almost nothing.
# What each row of a table must find in another: table, columns, the table they point at. A shard holds both.
REFERENCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("specs", ("package", "version"), "versions"),
    ("spec_variants", ("spec_hash",), "specs"),
    ("spec_conflicts", ("spec_hash",), "specs"),
    ("tag_specs", ("spec_hash",), "specs"),
    ("tag_specs", ("source", "tag", "package"), "documents"),
    ("memberships", ("spec_hash", "source", "tag", "package"), "tag_specs"),
    ("published_counts", ("source", "tag", "package"), "documents"),
    ("reconciliation", ("source", "tag", "package"), "documents"),
)

SNAPSHOTS = Table(Snapshots, ("source", "snapshot_id"))
TABLES: Mapping[str, Table] = {
    "documents": Table(Documents, ("package", "source", "tag"), ("sha256",)),
    "specs": Table(Specs, ("package", "spec_hash"), ("spec_hash",)),
    "spec_conflicts": Table(SpecConflicts, ("package", "spec_hash", "field", "value")),
    "spec_variants": Table(SpecVariants, ("package", "spec_hash", "variant", "value"), ("spec_hash",)),
    "tag_specs": Table(TagSpecs, ("package", "spec_hash", "source", "tag"), ("spec_hash",)),
    "memberships": Table(Memberships, ("package", "spec_hash", "source", "tag", "stack"), ("spec_hash",)),
    "published_counts": Table(PublishedCounts, ("package", "source", "tag", "stack")),
    "reconciliation": Table(Reconciliation, ("package", "source", "tag", "claim")),
    "rejects": Table(Rejects, ("source", "path", "line", "rule", "excerpt")),
    "versions": Table(Versions, ("package", "version_order")),
    "targets": Table(Targets, ("target",)),
    "operating_systems": Table(OperatingSystems, ("os",)),
    "stacks": Table(Stacks, ("stack",)),
    "tags": Table(Tags, ("tag",)),
}
