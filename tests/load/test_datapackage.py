"""`datapackage.json`: what a reader of files is told of a release, and that it is true."""

import hashlib
import json
import re

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.load.datapackage import datapackage
from etl.load.manifest import Manifest
from etl.load.parquet import write_tables
from etl.load.store import Store
from etl.schema import SCHEMA_VERSION, STORED

from .conftest import frames

ARROW = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "datetime": pa.timestamp("us"), "date": pa.date32()}


@pytest.fixture
def published(tmp_path, release, run):
    """A warehouse with a release, of the tags develop and v1.0."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop", "v1.0"), store.staging("run"))
    return store


def described(store):
    """The resources of a warehouse's description by name, and the whole of it."""
    package = json.loads((store.root / "datapackage.json").read_bytes())
    return {one["name"]: one for one in package["resources"]}, package


def test_a_package_has_what_the_standard_asks_for(published):
    """Of the package, its resources and their fields; names are those that any file system and address can hold."""
    resources, package = described(published)

    assert "https://datapackage.org/profiles/2.0/datapackage.json" == package["$schema"]
    assert ("spack-binary-cache", "1") == (package["name"], package["version"])
    assert [{"title": "public", "version": "r"}] == package["sources"]
    assert len(resources) == len(package["resources"])
    for name, one in resources.items():
        assert re.fullmatch(r"[a-z0-9._-]+", name)
        assert ("path" in one) is not ("data" in one)
        assert one["schema"]["fields"] and one["description"]
        assert all(field["type"] in ARROW and field["description"] for field in one["schema"]["fields"])


def test_every_file_is_as_it_is_described(published):
    """Its size, its sha256, its rows, its columns and their types."""
    resources, _ = described(published)
    files = {name: one for name, one in resources.items() if "path" in one}

    assert {"tags", "versions"} == set(files)
    for one in files.values():
        (file,) = one["files"]
        path = published.root / one["path"]
        found = pq.ParquetFile(path)
        assert (one["path"], path.stat().st_size) == (file["path"], one["bytes"])
        assert one["hash"] == file["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert one["rows"] == found.metadata.num_rows
        assert pa.schema([(field["name"], ARROW[field["type"]]) for field in one["schema"]["fields"]]) == found.schema_arrow
        assert ("parquet", "application/vnd.apache.parquet") == (one["format"], one["mediatype"])


def test_snapshots_are_told_in_place(published):
    """They stand in the manifest, and other tables point at them by number."""
    snapshots = described(published)[0]["snapshots"]

    assert [("public", 1, "2026-11-22T04:00:00")] == [(row["source"], row["snapshot_id"], row["observed_at"]) for row in snapshots["data"]]
    assert ["source", "snapshot_id"] == snapshots["schema"]["primaryKey"]


def test_what_is_checked_of_a_column_is_told(published):
    """That a value is there, its least, its pattern; an empty text is a value, not a missing one."""
    schema = described(published)[0]["tags"]["schema"]
    fields = {field["name"]: field.get("constraints") for field in schema["fields"]}

    assert {
        "tag": {"required": True},
        "kind": {"required": True, "pattern": "((develop|weekly|release|other))"},
        "tag_date": None,
    } == fields
    assert [] == schema["missingValues"]


@pytest.mark.parametrize("name", STORED)
def test_every_table_can_be_described_and_its_patterns_stand_without_anchors(name):
    """By the standard a pattern is for the whole value, and has no sign for its beginning and end."""
    manifest = Manifest(1, SCHEMA_VERSION, "0", {}, [], write_nothing(name))
    (_, one) = json.loads(datapackage(manifest))["resources"]

    assert list(STORED[name].columns) == [field["name"] for field in one["schema"]["fields"]]
    for field in one["schema"]["fields"]:
        pattern = field.get("constraints", {}).get("pattern", "")
        assert "$" not in pattern and "^" not in pattern


def write_nothing(name):
    """A file of a table, as a manifest has it."""
    from etl.load.manifest import DataFile

    return [DataFile(name, f"data/{name}/{name}-0.parquet", 1, 1, "0" * 64)]


def test_a_key_of_a_spec_is_a_hash_or_made_from_its_text():
    """The two patterns of the declaration, as one of the standard."""
    manifest = Manifest(1, SCHEMA_VERSION, "0", {}, [], write_nothing("specs"))
    resource = json.loads(datapackage(manifest))["resources"][1]
    pattern = resource["schema"]["fields"][0]["constraints"]["pattern"]

    assert re.fullmatch(pattern, "a2" * 16) and re.fullmatch(pattern, "x-" + "0a" * 15)
    assert not re.fullmatch(pattern, "a2" * 16 + "x") and not re.fullmatch(pattern, "x")


def test_a_table_of_several_files_has_a_hash_for_each(tmp_path):
    """One hash is of one file, by the standard: the resource has none, and `files` has them all."""
    files = [file for tag in ("develop", "v1.0") for file in write_tables({"tags": frames(tag)["tags"]}, tmp_path)]
    (_, tags) = json.loads(datapackage(Manifest(1, SCHEMA_VERSION, "0", {}, [], files)))["resources"]

    assert [file.path for file in files] == tags["path"]
    assert ("hash" in tags, sum(file.bytes for file in files), 2) == (False, tags["bytes"], tags["rows"])
    assert [f"sha256:{file.sha256}" for file in files] == [one["hash"] for one in tags["files"]]


def test_a_table_in_two_parts_says_which_rows_count(tmp_path):
    """A reader of files alone would count a superseded row as well as the one that replaced it."""
    versions = frames("1.3")["versions"]
    newer = versions.with_columns(version=pl.lit("1.4"))
    files = [*write_tables({"versions": versions}, tmp_path), *write_tables({"recent_versions": newer}, tmp_path)]
    resources = {one["name"]: one for one in json.loads(datapackage(Manifest(2, SCHEMA_VERSION, "0", {}, [], files)))["resources"]}

    assert "a row counts only if no row of recent_versions has its package" in resources["versions"]["description"]
    assert "recent part of versions" in resources["recent_versions"]["description"]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
def test_a_description_that_is_lost_or_damaged_is_written_anew(published, run, damage):
    """By the next run, as the catalog is; nobody who asks a view needs it."""
    path = published.root / "datapackage.json"
    before = path.read_bytes()
    damage(path)
    with published.writing(run):
        pass

    assert before == path.read_bytes()


def test_the_same_release_is_described_alike(published):
    """There is no clock in it."""
    manifest = published.manifest()

    assert datapackage(manifest) == datapackage(manifest) == (published.root / "datapackage.json").read_bytes()
