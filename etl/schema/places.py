"""Where specs stand, and since when: what is so now, what has ended, and what a snapshot did not observe.

What ended is never written again: each release adds what it ended. A change of stacks ends a row and begins another at the
same snapshot, so that the state at any time is a plain filter.
"""

import dataframely as dy
import polars as pl

from etl.schema.columns import count, first_snapshot, from_snapshot, package_name, source_name, spec_hash, tag_name, text, to_snapshot


class TagSpecs(dy.Schema):
    """A spec that is under a tag now, with or without stacks."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)
    spec_hash = spec_hash(primary_key=True)
    stack_count = count("Named stacks it stands in; `root` is none. NULL: its document says nothing of stacks", nullable=True)
    stacks_text = text("Those stacks, in byte order, a comma between; empty: none", nullable=True)
    is_in_root = dy.Bool(description="It stands in `root`, the tag's whole index", nullable=True)
    is_root_only = dy.Bool(description="It stands in `root` and in no named stack", nullable=True)
    first_snapshot_id = first_snapshot()
    from_snapshot_id = from_snapshot()


class EndedTagSpecs(dy.Schema):
    """A spec as it was under a tag until it left, or stood in other stacks."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    package = package_name(primary_key=True)
    spec_hash = spec_hash(primary_key=True)
    stack_count = count("Named stacks it stood in; NULL: not said", nullable=True)
    stacks_text = text("Those stacks, in byte order, a comma between; empty: none", nullable=True)
    is_in_root = dy.Bool(description="It stood in `root`", nullable=True)
    is_root_only = dy.Bool(description="It stood in `root` and in no named stack", nullable=True)
    first_snapshot_id = first_snapshot()
    from_snapshot_id = from_snapshot(primary_key=True)
    to_snapshot_id = to_snapshot()


class Memberships(dy.Schema):
    """A spec that is in a named stack under a tag now. `root` is no stack."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    stack = text("CI environment that builds the spec. From `spec_details[].stacks[]`", primary_key=True)
    spec_hash = spec_hash(primary_key=True)
    package = package_name(primary_key=True)
    first_snapshot_id = first_snapshot()
    from_snapshot_id = from_snapshot()


class EndedMemberships(dy.Schema):
    """A spec that was in a named stack under a tag until it left one of them."""

    source = source_name(primary_key=True)
    tag = tag_name(primary_key=True)
    stack = text("CI environment that built the spec", primary_key=True)
    spec_hash = spec_hash(primary_key=True)
    package = package_name(primary_key=True)
    first_snapshot_id = first_snapshot()
    from_snapshot_id = from_snapshot(primary_key=True)
    to_snapshot_id = to_snapshot()


class Gaps(dy.Schema):
    """A tag or stack that a snapshot did not observe, though the source still lists it: its rows stay."""

    source = source_name()
    snapshot_id = dy.Int64(description="Snapshot of the source that did not observe it", min=1)
    tag = tag_name()
    stack = text("Stack under the tag; NULL: the whole tag", nullable=True)

    @dy.rule()
    def is_said_once(cls) -> pl.Expr:  # noqa: N805  (dataframely makes it a class method)
        """One row for each snapshot, tag and stack: a key whose last column may be NULL."""
        return pl.struct("source", "snapshot_id", "tag", "stack").is_unique()
