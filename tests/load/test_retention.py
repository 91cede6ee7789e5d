"""What a vacuum removes: old releases, what they alone name, and nothing that it does not know."""

import os
import shutil
from pathlib import Path

import pytest

from etl.errors import BusyError, StoreError
from etl.load import durable, retention
from etl.load.lock import exclusive
from etl.load.manifest import Manifest
from etl.load.retention import Retention, manifest_path, vacuum
from etl.load.store import Store

DAY, HOUR, MINUTE = 24 * 3600, 3600, 60
NOW = 2_000_000_000.0
ALL_BUT_ONE = Retention(keep_days=0, keep_releases=1)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Where the warehouse lies, and beside it a copy of how it was."""
    return tmp_path_factory.mktemp("retention")


@pytest.fixture
def store(place, release, run) -> Store:
    """Five releases, one a day; the last is a day old."""
    store, copy = Store(place / "w", place / "caches"), place / "copy"
    if copy.exists():
        shutil.rmtree(store.root, ignore_errors=True)
        shutil.copytree(copy, store.root)
        return store
    with store.writing(run):
        for number in range(1, 6):
            store.publish(release(store, number, f"v{number}"), store.staging("run"))
    for number in range(1, 6):
        written(store, number, (6 - number) * DAY)
    shutil.copytree(store.root, copy)
    return store


def written(store: Store, number: int, ago: float) -> None:
    """Have a release written so many seconds ago, with the files that no release before names."""
    path = manifest_path(store.root, number)
    earlier = [Manifest.read(other) for other in path.parent.glob("*.json") if other.name < path.name]
    named = {file.path for manifest in earlier for file in manifest.files}
    for file in [path, *(store.root / file.path for file in Manifest.read(path).files if file.path not in named)]:
        os.utime(file, (NOW - ago,) * 2)


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def of_release(store: Store, number: int) -> set[str]:
    """The data files of a release."""
    return {file.path for file in Manifest.read(manifest_path(store.root, number)).files}


def removed(store: Store, wanted: Retention, now: float = NOW) -> list[int]:
    """The releases that would go."""
    return vacuum(store, wanted, now).removed_releases


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        (Retention(keep_days=30), []),
        (Retention(keep_days=3.5), [1, 2]),
        (Retention(keep_days=0), [1, 2, 3]),
        (Retention(keep_days=0, keep_releases=4), [1]),
        (ALL_BUT_ONE, [1, 2, 3, 4]),
        (Retention(keep_days=0, keep_releases=99), []),
    ],
)
def test_what_is_young_or_among_the_newest_stays(store, wanted, gone):
    """The days are those since a release was published."""
    assert gone == removed(store, wanted)


def test_without_apply_nothing_is_touched(store):
    """It says what would go: also the bytes."""
    before, gone = files(store.root), of_release(store, 1) | of_release(store, 2) | of_release(store, 3)
    found = vacuum(store, Retention(keep_days=0), NOW)

    assert (False, 5, [4, 5], [1, 2, 3]) == (found.is_applied, found.release, found.kept_releases, found.removed_releases)
    assert gone == {file.path for file in found.files}
    assert sum((store.root / path).stat().st_size for path in gone) == found.bytes
    assert before == files(store.root)


def test_with_apply_the_files_that_only_they_name_are_gone(store):
    """All others stay; doing it again does nothing."""
    before = files(store.root)
    gone = of_release(store, 1) | of_release(store, 2) | of_release(store, 3)
    found = vacuum(store, Retention(keep_days=0), NOW, is_applied=True)

    assert found.is_applied
    assert gone | {f"manifests/00000{number}.json" for number in (1, 2, 3)} == before - files(store.root)
    again = vacuum(store, Retention(keep_days=0), NOW, is_applied=True)
    assert ([], [], 0) == (again.removed_releases, again.files, again.bytes)


def test_a_file_that_a_kept_release_names_too_stays(store, release, run):
    """A table that did not change is one file in many releases."""
    with store.writing(run):
        store.publish(release(store, 6, "v1"), store.staging("run"))  # as the first was
    written(store, 6, 2 * HOUR)
    vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)

    assert of_release(store, 6) == {path for path in files(store.root) if path.startswith("data/")}


def test_what_was_current_a_moment_ago_stays_for_its_readers(store):
    """A release stopped being current when the next was published; how old it is itself says nothing of that."""
    written(store, 5, 59 * MINUTE)
    assert [1, 2, 3] == removed(store, ALL_BUT_ONE)

    written(store, 5, 61 * MINUTE)
    assert [1, 2, 3, 4] == removed(store, ALL_BUT_ONE)

    written(store, 5, 1 * MINUTE)
    assert [1, 2, 3, 4] == removed(store, Retention(keep_days=0, keep_releases=1, grace_minutes=0.5))


def test_frequent_runs_do_not_keep_old_releases_for_ever(store):
    """The grace is that of each release, not of the newest alone: a vacuum right after each run removes something."""
    written(store, 5, 0)

    assert [1, 2, 3] == removed(store, Retention(keep_days=1))


def test_a_copied_warehouse_loses_nothing(store):
    """Its files are all new, as far as their times tell."""
    for path in store.root.rglob("*"):
        os.utime(path, (NOW,) * 2)

    assert [] == removed(store, Retention(keep_days=1, keep_releases=1))


def test_what_a_dead_run_left_goes_once_it_is_no_run_that_is_under_way(store):
    """Without the lock one cannot know, but by its age."""
    left = store.root / "data" / "recent_specs" / "recent_specs-0123456789abcdef.parquet"
    left.parent.mkdir()
    left.write_text("left")
    os.utime(left, (NOW - 59 * MINUTE,) * 2)
    assert [] == vacuum(store, Retention(keep_days=30), NOW).files

    os.utime(left, (NOW - 61 * MINUTE,) * 2)
    (file,) = vacuum(store, Retention(keep_days=30), NOW, is_applied=True).files
    assert ("recent_specs", "data/recent_specs/recent_specs-0123456789abcdef.parquet", 4) == (file.table, file.path, file.bytes)
    assert not left.exists()


@pytest.mark.parametrize(
    "name",
    ["notes.parquet", "data/mine.parquet", "data/tags/mine.parquet", "data/mine/mine-0.parquet", "data/tags/tags-0.csv", "runs/0.json"],
)
def test_what_is_not_ours_stays(store, name):
    """However old."""
    path = store.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    os.utime(path, (0, 0))
    vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)

    assert path.exists()


def test_a_manifest_that_somebody_put_aside_stays_with_its_files(store):
    """A copy under another name is no release's own: what it names is kept."""
    aside = manifest_path(store.root, 2).with_name("before-the-move.json")
    aside.write_bytes(manifest_path(store.root, 2).read_bytes())
    os.utime(aside, (0, 0))
    kept = of_release(store, 2)
    vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)

    assert aside.exists()
    assert kept | of_release(store, 5) == {path for path in files(store.root) if path.startswith("data/")}


def test_who_went_back_to_an_earlier_release_keeps_the_later_ones(store):
    """What is newer than the current one is for the next run to judge."""
    (store.root / "manifest.json").write_bytes(manifest_path(store.root, 3).read_bytes())

    assert [1, 2] == removed(store, ALL_BUT_ONE)


def test_a_damaged_manifest_stops_it(store):
    """What it names is not known; nothing is removed."""
    manifest_path(store.root, 2).write_text("{")
    before = files(store.root)
    with pytest.raises(StoreError, match=r"000002\.json is damaged"):
        vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)

    assert before == files(store.root)


def test_while_a_run_holds_the_warehouse_nothing_is_removed(store):
    """Saying what would go needs no lock."""
    with exclusive(store.root / ".lock", "now"):
        with pytest.raises(BusyError, match="held by another run"):
            vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)
        assert [1, 2, 3, 4] == removed(store, ALL_BUT_ONE)


class Killed(BaseException):
    """Stands for the process's end: nothing in the program catches it."""


@pytest.mark.parametrize("step", range(1, 13))
def test_killed_at_any_moment_it_leaves_no_release_without_its_files(store, run, monkeypatch, step):
    """Files that no manifest names any more go with the next run."""
    calls = []
    monkeypatch.setattr(retention, "_remove", lambda paths: [_remove_one(path) for path in paths] + [durable.sync_folder(store.root)])

    def _remove_one(path: Path) -> None:
        calls.append(path)
        if len(calls) == step:
            raise Killed
        path.unlink()

    with pytest.raises(Killed):
        vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)
    named = {path for number in range(1, 6) if manifest_path(store.root, number).exists() for path in of_release(store, number)}
    assert named <= files(store.root)

    with store.writing(run):
        pass
    assert named == {path for path in files(store.root) if path.startswith("data/")}


def test_the_folders_are_safe_on_disk_before_the_next_step(store, monkeypatch):
    """After a power cut no manifest names a file that is gone: the manifests' folder is waited for first."""
    steps = []
    unlink, sync = Path.unlink, durable.sync_folder
    monkeypatch.setattr(Path, "unlink", lambda path, **how: (steps.append(path.parent.name), unlink(path, **how)))
    monkeypatch.setattr(durable, "sync_folder", lambda path: (steps.append(f"{path.name} is safe"), sync(path)))
    vacuum(store, ALL_BUT_ONE, NOW, is_applied=True)

    assert [*["manifests"] * 4, "manifests is safe"] == steps[:5]
    assert {"tags is safe", "versions is safe"} == set(steps[-2:])


def test_where_there_is_no_warehouse_that_is_said(tmp_path):
    """Nothing is made there, not even a lock."""
    with pytest.raises(StoreError, match="holds no warehouse yet"):
        vacuum(Store(tmp_path), ALL_BUT_ONE, NOW, is_applied=True)

    assert [] == list(tmp_path.iterdir())
