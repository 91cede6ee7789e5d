"""Every table of the warehouse, declared once.

Polars types, checks, the Parquet columns, the casts and comments of the DuckDB views and the data dictionary are all
derived from here. Imports nothing else of this project, so that every layer may import it.

`first_snapshot_id` and the like point at `snapshots`, which alone holds times and stands in the manifest: the tables
proper are the same bytes whenever and wherever they are made.
"""

from collections.abc import Mapping

from etl.schema import configurations, dimensions, documents, places, specs
from etl.schema.columns import ROOT, SPEC_HASH, UNHASHED
from etl.schema.table import Table

__all__ = [
    "COUNTED",
    "OF_PAGES",
    "OF_SPECS",
    "OPEN",
    "RECENT",
    "REFERENCES",
    "ROOT",
    "RULES_VERSION",
    "SCHEMA_VERSION",
    "SNAPSHOTS",
    "SPEC_HASH",
    "STORED",
    "TABLES",
    "UNHASHED",
    "Table",
    "void_by",
]

SCHEMA_VERSION = 2  # raised when a table or column changes its name, type or meaning
RULES_VERSION = 3  # raised when the same document is read into other rows than before

# What each row of a table must find in another: table, columns, the table they point at. A shard holds both.
REFERENCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("specs", ("package", "version"), "versions"),
    ("spec_variants", ("spec_hash",), "specs"),
    ("spec_conflicts", ("spec_hash",), "specs"),
    ("unsettled_specs", ("spec_hash",), "specs"),
    ("spec_dependencies", ("spec_hash",), "specs"),
    ("spec_flags", ("spec_hash",), "specs"),
    ("spec_patches", ("spec_hash",), "specs"),
    ("tag_specs", ("spec_hash",), "specs"),
    ("tag_specs", ("source", "tag", "package"), "documents"),
    ("memberships", ("spec_hash", "source", "tag", "package"), "tag_specs"),
    ("published_counts", ("source", "tag", "package"), "documents"),
    ("reconciliation", ("source", "tag", "package"), "documents"),
)

# Rows are stored by package first: a look-up by package touches one row group, and equal hashes of several tags lie
# side by side, where they compress to almost nothing.
SNAPSHOTS = Table(documents.Snapshots, ("source", "snapshot_id"))
TABLES: Mapping[str, Table] = {
    "documents": Table(documents.Documents, ("package", "source", "tag"), ("sha256",)),
    "specs": Table(specs.Specs, ("package", "spec_hash"), ("spec_hash",)),
    "spec_conflicts": Table(specs.SpecConflicts, ("package", "spec_hash", "field", "value")),
    "unsettled_specs": Table(specs.UnsettledSpecs, ("package", "spec_hash")),
    "spec_variants": Table(specs.SpecVariants, ("package", "spec_hash", "variant", "value"), ("spec_hash",)),
    "spec_dependencies": Table(
        specs.SpecDependencies, ("package", "spec_hash", "dependency_package", "dependency_hash", "kind"), ("spec_hash", "dependency_hash")
    ),
    "spec_flags": Table(specs.SpecFlags, ("package", "spec_hash", "flag")),
    "spec_patches": Table(specs.SpecPatches, ("package", "spec_hash", "patch_sha256")),
    "tag_specs": Table(places.TagSpecs, ("package", "spec_hash", "source", "tag"), ("spec_hash",)),
    "memberships": Table(places.Memberships, ("package", "spec_hash", "source", "tag", "stack"), ("spec_hash",)),
    "ended_tag_specs": Table(places.EndedTagSpecs, ("package", "spec_hash", "source", "tag", "from_snapshot_id"), ("spec_hash",)),
    "ended_memberships": Table(
        places.EndedMemberships, ("package", "spec_hash", "source", "tag", "stack", "from_snapshot_id"), ("spec_hash",)
    ),
    "gaps": Table(places.Gaps, ("source", "snapshot_id", "tag", "stack")),
    "published_counts": Table(documents.PublishedCounts, ("package", "source", "tag", "stack")),
    "published_tag_counts": Table(documents.PublishedTagCounts, ("source", "tag")),
    "published_tag_stacks": Table(documents.PublishedTagStacks, ("source", "tag", "stack")),
    "leftovers": Table(documents.Leftovers, ("source", "tag", "package")),
    "reconciliation": Table(documents.Reconciliation, ("package", "source", "tag", "claim")),
    "rejects": Table(documents.Rejects, ("source", "path", "line", "rule", "excerpt")),
    "versions": Table(dimensions.Versions, ("package", "version_order")),
    "targets": Table(dimensions.Targets, ("target",)),
    "operating_systems": Table(dimensions.OperatingSystems, ("os",)),
    "stacks": Table(dimensions.Stacks, ("stack",)),
    "tags": Table(dimensions.Tags, ("tag",)),
    "configurations": Table(configurations.Configurations, ("package", "version", "configuration_id")),
    "configuration_variants": Table(configurations.ConfigurationVariants, ("package", "configuration_id", "variant")),
    "tag_configurations": Table(
        configurations.TagConfigurations, ("source", "tag", "package", "version", "configuration_id", "stacks_text", "is_root_only")
    ),
}

# Counted from the other tables when a release is made, each after those that it is counted from. A release may lack them, as those of
# earlier programs do: then they are counted whenever they are asked.
COUNTED = ("configurations", "configuration_variants", "tag_configurations")

# The open tables are stored in two parts: the one of the table's own name, written seldom, and `recent_<name>` with what has
# changed since. What is known of a spec is whole in one part; so are a page with all that stands on it, and a package's versions:
# a row of the older part counts unless the recent part has its spec (`recent_specs`), its page (`recent_pages`), its package.
OF_SPECS = ("specs", "spec_variants", "spec_conflicts", "unsettled_specs", "spec_dependencies", "spec_flags", "spec_patches")
OF_PAGES = ("documents", "tag_specs", "memberships", "published_counts", "reconciliation")
OPEN = (*OF_SPECS, *OF_PAGES, "versions")
RECENT = {name: f"recent_{name}" for name in (*OPEN, "pages")}
STORED: Mapping[str, Table] = {
    **TABLES,
    **{RECENT[name]: TABLES[name] for name in OPEN},
    RECENT["pages"]: Table(documents.RecentPages, ("package", "source", "tag")),
}


def void_by(table: str) -> tuple[str, tuple[str, ...]] | None:
    """By which file of the recent part, and which of its columns, rows of the older part count no more; None: the table has no parts."""
    if table in OF_SPECS:
        return RECENT["specs"], ("spec_hash",)
    if table in OF_PAGES:
        return RECENT["pages"], ("source", "tag", "package")
    return (RECENT["versions"], ("package",)) if table == "versions" else None
