"""What is known of sources, documents and tags: what they claim, and what was refused."""

import dataframely as dy
import polars as pl

from etl.schema.columns import count, first_snapshot, package_name, source_name, tag_name, text


class Snapshots(dy.Schema):
    """A source as it stood at one moment. Rows of earlier releases stay."""

    source = source_name(primary_key=True)
    snapshot_id = dy.Int64(primary_key=True, min=1, description="Counts the snapshots of a source, 1 upward")
    observed_at = dy.Datetime(time_unit="us", description="When the source was seen to stand so. UTC")
    revision = text("What identifies the content: a digest of all its documents")
    document_count = count("Documents listed, refused ones included")
    changed_document_count = count("Documents new or changed since the snapshot before; all of them in the first")
    spec_count = count("Distinct specs of the source")
    run_id = text("Run that took the snapshot")


class Documents(dy.Schema):
    """A page that was read: one package under one tag."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)
    path = text("Where the page lies below the source's root; holds `_cache/` unless a single page was named")
    layout = text("Form of the page, recognised by its content: A to G; or the adapter that made the document: buildcache, site")
    sha256 = text("sha256 of the document's bytes, in hex; where spec files lie beside a page, of all of them", regex=r"^[0-9a-f]{64}$")
    size_bytes = count("Length of the document in bytes")
    spec_count = count("Specs of the page that were accepted")
    published_spec_count = count("The page's own claim. From `meta.num_specs`", nullable=True)
    first_snapshot_id = first_snapshot()
    changed_snapshot_id = dy.Int64(min=1, description="Snapshot in which the page's bytes last changed")
    is_stale = dy.Bool(description="The page could not be read in the last snapshot; these are its last good rows")


class RecentPages(dy.Schema):
    """A page that is new, has changed or is gone since the older part of the tables was written."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)


class PublishedCounts(dy.Schema):
    """A page's own claim of how many specs it holds, as a whole and by stack (`root` included)."""

    source = source_name()
    tag = tag_name()
    package = package_name()
    stack = text("Stack the count is for; NULL: the whole page", nullable=True)
    published_spec_count = count("From `meta.num_specs` and `meta.num_specs_by_stack`")

    @dy.rule()
    def is_said_once(cls) -> pl.Expr:  # noqa: N805  (dataframely makes it a class method)
        """One count for each page and stack: a key whose last column may be NULL."""
        return pl.struct("source", "tag", "package", "stack").is_unique()


class PublishedTagCounts(dy.Schema):
    """What a source claims of how many specs a tag holds."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    published_spec_count = count("From `count` of the tag in `_data/meta.yaml`")


class PublishedTagStacks(dy.Schema):
    """A stack that a source lists for a tag, whether or not a spec stands in it. `root` may be among them."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    stack = text("Label. From `stacks` of the tag in `_data/tags.yaml`, or from a build cache's manifest", primary_key=True)


class Leftovers(dy.Schema):
    """A page of a package that left its tag: nothing deletes those. Known by the source's own totals (see `transform/totals.py`)."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)


class Reconciliation(dy.Schema):
    """A claim that a page makes about itself, beside what its specs add up to."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)
    claim = dy.String(
        primary_key=True,
        regex="^(num_specs|num_specs_by_stack|compilers|oss|platforms|stacks|targets|versions)$",
        description="Name of the page's field below `meta`",
    )
    published = text("What the page says: a number, a set in byte order with a comma between, or stack=count pairs")
    differs = text("What its accepted specs add up to, in the same form; NULL: the same", nullable=True)


class Rejects(dy.Schema):
    """What was refused, and why; kept so that nothing is lost in silence."""

    source = source_name()
    snapshot_id = dy.Int64(min=1, description="Snapshot in which it was refused")
    path = text("Page it stood on")
    scope = dy.String(regex="^(document|spec|variant)$", description="How much was refused: the page, one spec, one option")
    rule = text("Name of the rule it broke")
    detail = text("What is wrong, in words")
    line = count("Line of the page, 1 upward; NULL: the page as a whole", nullable=True)
    excerpt = text("The text itself, cut to 200 characters")
    sha256 = text("sha256 of the document that holds it, in hex; NULL: it could not be opened", nullable=True)
