"""`datapackage.json`: the files of a release described for readers of files, by the Data Package standard, version 2.

All of it follows from the manifest and from the declaration of tables: no clock, so the same release is the same text.
A table is a resource. One of several files has no hash of its own, by the standard; so `files` names each with its rows and sha256.
"""

import re
from pathlib import Path

import dataframely as dy
import msgspec

from etl.load import durable
from etl.load.manifest import Manifest
from etl.load.steps import reached
from etl.schema import OF_PAGES, OF_SPECS, RECENT, SNAPSHOTS, STORED, Table, void_by

__all__ = ["datapackage", "describe"]

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {"String": "string", "Int64": "integer", "Bool": "boolean", "Datetime": "datetime", "Date": "date"}
_ANCHOR = re.compile(r"(?:^|(?<=\|))\^|\$(?=\||$)")  # a pattern of the standard matches the whole value by itself
_ABOUT = (
    "The documents of a Spack binary cache as tables: which specs stand under which tag and in which stack, now and before. "
    "Each file is Parquet and can be read on its own; a table of several files is all of their rows. NULL means: not said. "
    "A column that ends in _snapshot_id points at the resource snapshots, together with source. "
    "Where there are resources recent_*, a table is in two parts, and rows of the older part may be superseded: their descriptions say "
    "which. The views of spack_cache.duckdb and of views.sql join the parts, and are the easier way to ask."
)


def describe(path: Path, manifest: Manifest) -> None:
    """Write the description of a release, unless it is there already: what a run that died left is mended by the next."""
    text = datapackage(manifest)
    if not path.exists() or path.read_bytes() != text:
        durable.write(path, text)
        reached("description replaced")


def datapackage(manifest: Manifest) -> bytes:
    """The text of `datapackage.json` for a release."""
    latest = {one.source: one.revision for one in manifest.snapshots}  # they stand in order
    described = {
        "$schema": _PROFILE,
        "name": "spack-binary-cache",
        "title": "Specs, tags and stacks of a Spack binary cache",
        "description": _ABOUT,
        "version": str(manifest.release),
        "schema_version": manifest.schema_version,
        "sources": [{"title": source, "version": revision} for source, revision in latest.items()],
        "resources": [
            _snapshots(manifest),
            *(_resource(name, manifest) for name in STORED if manifest.table(name)),
        ],
    }
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"


def _snapshots(manifest: Manifest) -> dict[str, object]:
    """The snapshots stand in the manifest, not in a file: so their rows stand here."""
    names = list(SNAPSHOTS.columns)
    return {
        "name": "snapshots",
        "type": "table",
        "description": str(SNAPSHOTS.schema.__doc__),
        "data": [{name: getattr(one, name) for name in names} for one in manifest.snapshots],
        "schema": _schema(SNAPSHOTS),
    }


def _resource(name: str, manifest: Manifest) -> dict[str, object]:
    files = manifest.table(name)
    paths = [file.path for file in files]
    found: dict[str, object] = {
        "name": name,
        "type": "table",
        "description": f"{STORED[name].schema.__doc__}{_superseded(name, manifest)}",
        "path": paths if len(paths) > 1 else paths[0],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": sum(file.bytes for file in files),
    }
    if len(files) == 1:
        found["hash"] = f"sha256:{files[0].sha256}"
    each = [{"path": file.path, "bytes": file.bytes, "rows": file.rows, "hash": f"sha256:{file.sha256}"} for file in files]
    return found | {"rows": sum(file.rows for file in files), "files": each, "schema": _schema(STORED[name])}


def _superseded(name: str, manifest: Manifest) -> str:
    """Which rows of a table count, where it is in two parts; empty: all do."""
    if name == RECENT["pages"]:
        return f" Older rows of {', '.join(OF_PAGES)} with such a source, tag and package count no more: recent_* has what replaces them."
    older = next((table for table, recent in RECENT.items() if recent == name), name)
    void, key = void_by(older) or ("", ())
    if not manifest.table(void):
        return ""
    columns = ", ".join(key)
    if older == name:
        return f" Superseded in part: a row counts only if no row of {void} has its {columns}. Those of {RECENT[name]} count beside it."
    told = f" The recent part of {older}: counts beside those rows of {older} whose {columns} no row of {void} has."
    return f"{told} So it decides for {', '.join(OF_SPECS)}." if name == RECENT["specs"] else told


def _schema(table: Table) -> dict[str, object]:
    """The columns, with what the program checks of them; that an empty text is none that is missing; and what names a row."""
    schema: dict[str, object] = {"fields": [_field(name, column) for name, column in table.columns.items()], "missingValues": []}
    return schema | ({"primaryKey": list(table.key)} if table.key else {})


def _field(name: str, column: dy.Column) -> dict[str, object]:
    rules: dict[str, object] = {} if column.nullable else {"required": True}
    if (pattern := getattr(column, "regex", None)) is not None:
        rules["pattern"] = f"({_ANCHOR.sub('', pattern)})"
    if (least := getattr(column, "min", None)) is not None:
        rules["minimum"] = least
    field: dict[str, object] = {"name": name, "type": _TYPES[type(column).__name__], "description": column.description or ""}
    return field | ({"constraints": rules} if rules else {})
