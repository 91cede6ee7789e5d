"""A warehouse against its manifest: what is damaged is named, and nothing is touched."""

import hashlib
import shutil
from pathlib import Path

import pytest

from etl.errors import StoreError, UsageError
from etl.load import catalog, verify
from etl.load.manifest import DataFile, Manifest
from etl.load.retention import manifest_path
from etl.load.store import Store


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Where the warehouse lies, and beside it a copy of how it was."""
    return tmp_path_factory.mktemp("verify")


@pytest.fixture
def store(place, release, run, monkeypatch) -> Store:
    """Two releases: `tags` is another file in each, `versions` too."""
    monkeypatch.setattr(verify, "CATALOG_PAUSE", 0)
    monkeypatch.setattr(verify, "CATALOG_TRIES", 2)
    store, copy = Store(place / "w", place / "caches"), place / "copy"
    if copy.exists():
        shutil.rmtree(store.root, ignore_errors=True)
        shutil.copytree(copy, store.root)
        return store
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
        store.publish(release(store, 2, "develop", "v1"), store.staging("run"))
    shutil.copytree(store.root, copy)
    return store


def file_of(store: Store, table: str) -> DataFile:
    """The one file of a table of the current release."""
    (file,) = store.manifest().table(table)
    return file


def tree(store: Store) -> dict[str, tuple[int, int]]:
    """Every file, its length and when it was written."""
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in store.root.rglob("*")}


def found(store: Store, **asked: object) -> list[tuple[str, str | None, list[int]]]:
    """What is damaged: path, table, releases."""
    return [(one.path, one.table, one.releases) for one in verify.verify(store, **asked).damaged]


def test_a_whole_warehouse_has_nothing_to_tell(store):
    """Each file is counted once, whatever releases name it; and nothing is written, not even the lock."""
    before = tree(store)
    current, every = verify.verify(store), verify.verify(store, every=True)

    assert ([2], 2, [], []) == (current.releases, current.files, current.damaged, current.notes)
    assert ([1, 2], 4, [], []) == (every.releases, every.files, every.damaged, every.notes)
    assert sum(file.bytes for file in store.manifest().files) == current.bytes
    assert before == tree(store)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, not the"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"X"), "another sha256"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    ],
    ids=["missing", "cut", "changed", "a folder"],
)
def test_a_damaged_file_is_named_with_table_and_release(store, damage, what):
    """The others are not."""
    file = file_of(store, "tags")
    damage(store.root / file.path)
    (one,) = verify.verify(store).damaged

    assert (file.path, "tags", [2]) == (one.path, one.table, one.releases)
    assert what in one.what
    assert [] == found(store, release=1)


def test_a_file_of_several_releases_is_told_once(store, release, run):
    """With all of them."""
    with store.writing(run):
        store.publish(release(store, 3, "develop"), store.staging("run"))  # as the first was
    file = file_of(store, "tags")
    (store.root / file.path).unlink()

    assert [(file.path, "tags", [1, 3])] == found(store, every=True)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"rows": 3}, "holds 2 rows, not 3"),
        ({"table": "stacks"}, "says that it is of table tags"),
    ],
    ids=["rows", "table"],
)
def test_a_manifest_that_says_otherwise_than_the_file_is_told(store, other, what):
    """Even where the bytes are those that it says."""
    file = file_of(store, "tags")
    claim = DataFile(**{name: getattr(file, name) for name in file.__struct_fields__} | other)
    (one,) = verify.damages(store.root, {claim: [2]})

    assert what in one.what


def test_a_file_with_other_columns_is_told(store, monkeypatch):
    """As the table is declared: name and type of each that only one of the two has."""
    monkeypatch.setitem(verify.STORED, "tags", verify.STORED["stacks"])
    (one,) = verify.verify(store).damaged

    assert "has other columns than its table" in one.what
    assert "tag_date date32[day]" in one.what and "stack string" in one.what


def test_what_is_no_parquet_file_is_told(store):
    """Even where it is what was written."""
    path = "data/tags/tags-0.parquet"
    (store.root / path).write_bytes(b"no table")
    (one,) = verify.damages(store.root, {DataFile("tags", path, 1, 8, hashlib.sha256(b"no table").hexdigest()): [2]})

    assert one.what.startswith("is no Parquet file")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("spack_cache.duckdb", lambda store, path: path.unlink()),
        ("spack_cache.duckdb", lambda store, path: path.write_bytes(b"no database")),
        ("views.sql", lambda store, path: path.unlink()),
        ("views.sql", lambda store, path: path.write_text("-- views of release 1")),
        ("views.sql", lambda store, path: path.write_text(path.read_text().replace("data/tags/", "data/stacks/"))),
        ("manifests/000002.json", lambda store, path: path.unlink()),
        ("manifests/000002.json", lambda store, path: path.write_text("{")),
        ("manifests/000002.json", lambda store, path: shutil.copy(manifest_path(store.root, 1), path)),
    ],
)
def test_what_is_made_from_the_manifest_must_be_there_and_of_its_release(store, name, damage):
    """The catalog, its text, and the copy by which the release will be known later."""
    damage(store, store.root / name)

    assert [(name, None, [2])] == found(store)
    assert [(name, None, [2])] == found(store, every=True)
    assert [] == found(store, release=1)  # they are those of the current release


def test_a_catalog_of_another_release_is_told(store):
    """Once it has not followed for a while: for a moment it may lag behind a manifest that is just published."""
    other = store.root / "other"
    catalog.build(other, Manifest.read(manifest_path(store.root, 1)), store.root)
    other.replace(store.catalog)

    assert [("spack_cache.duckdb", None, [2])] == found(store)


def test_a_catalog_that_follows_a_moment_later_is_right(store, monkeypatch):
    """A run was just publishing."""
    whole = store.catalog.rename(store.root / "aside")
    monkeypatch.setattr(verify.time, "sleep", lambda seconds: whole.rename(store.catalog))

    assert [] == found(store)


def test_a_moved_warehouse_is_whole(store, tmp_path):
    """Its catalog names the place where it was; that is said, and what helps."""
    moved = Store(store.root.rename(tmp_path / "it's elsewhere"))
    result = verify.verify(moved)

    assert [] == result.damaged
    assert 1 == len(result.notes)
    assert f"SET VARIABLE warehouse_root = '{tmp_path}/it''s elsewhere'" in result.notes[0]


def test_the_catalog_of_another_version_is_no_damage(store, monkeypatch):
    """The next run makes it anew."""
    monkeypatch.setattr(catalog, "template_name", lambda: "catalog-newer.duckdb")
    result = verify.verify(store)

    assert ([], 1) == (result.damaged, len(result.notes))
    assert "another version" in result.notes[0]


def test_a_manifest_of_before_that_is_damaged_is_told_with_the_rest(store):
    """What it names cannot be known, but the others can."""
    manifest_path(store.root, 1).write_text("{")
    file = file_of(store, "tags")
    (store.root / file.path).unlink()

    assert [("manifests/000001.json", None, []), (file.path, "tags", [2])] == found(store, every=True)


def test_what_a_dead_run_left_is_not_looked_at(store):
    """A manifest newer than the current release was never published."""
    text = manifest_path(store.root, 2).read_text().replace('"release": 2', '"release": 3').replace("tags-", "tags-no-such-file-")
    manifest_path(store.root, 3).write_text(text)

    assert [1, 2] == verify.verify(store, every=True).releases
    with pytest.raises(UsageError, match="release 3 is not kept"):
        verify.verify(store, release=3)


def test_a_file_that_went_with_its_release_meanwhile_is_no_damage(store):
    """Somebody removed the old release, as may be at any time, after its manifest was read."""
    manifest = Manifest.read(manifest_path(store.root, 1))

    def removed(what: str, done: int, total: int) -> None:
        manifest_path(store.root, 1).unlink(missing_ok=True)

    (store.root / manifest.table("tags")[0].path).unlink()

    assert [("tags", [1])] == [(table, releases) for _, table, releases in found(store, every=True)]
    assert [] == found(store, every=True, progress=removed)


def test_progress_is_told_in_bytes(store):
    """Up to all of them."""
    told = []
    total = verify.verify(store, progress=lambda *step: told.append(step)).bytes

    assert ("files", total, total) == told[-1]


def test_where_there_is_no_warehouse_that_is_said(tmp_path):
    """And where its manifest is damaged."""
    with pytest.raises(StoreError, match="holds no warehouse yet"):
        verify.verify(Store(tmp_path))
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="is damaged"):
        verify.verify(Store(tmp_path))
