"""Columns that many tables have, declared alike, and what their values look like."""

from typing import Any

import dataframely as dy

ROOT = "root"  # the label under which a tag's top-level index is published; a superset, no stack
SPEC_HASH = r"^[a-z2-7]{32}$"  # Spack's DAG hash: sha1 in lower-case base32
UNHASHED = r"^x-[0-9a-f]{30}$"  # the key of a spec whose page gives no hash: from the sha256 of its text


def text(description: str, **options: Any) -> dy.String:
    """A column of text."""
    return dy.String(description=description, **options)


def count(description: str, **options: Any) -> dy.Int64:
    """A column of numbers of things, 0 upward."""
    return dy.Int64(description=description, min=0, **options)


def source_name(**options: Any) -> dy.String:
    """The source a row belongs to."""
    return text("Name of the source, as given on the command line or in the config file", **options)


def tag_name(**options: Any) -> dy.String:
    """The tag a row belongs to."""
    return text("Release line of the cache: develop, a dated weekly, a release. From `categories[1]`", **options)


def package_name(**options: Any) -> dy.String:
    """The package a row is of."""
    return text("Package name. From `title`", **options)


def spec_hash(**options: Any) -> dy.String:
    """The key of a spec."""
    return text("32-character hash that names one concrete build. From `spec_details[].hash`", **options)


def first_snapshot() -> dy.Int64:
    """The snapshot in which a row's key was first seen, also before an absence."""
    return dy.Int64(description="Snapshot of the source that first showed it, also before an absence", min=1)


def from_snapshot(**options: Any) -> dy.Int64:
    """The snapshot since which a row stands as it does."""
    return dy.Int64(description="Snapshot of the source since which it stands so", min=1, **options)


def to_snapshot() -> dy.Int64:
    """The snapshot that ended a row."""
    return dy.Int64(description="Snapshot of the source that no longer showed it so", min=1)
