"""Publishing: a release is there as a whole or not at all, whenever the process dies."""

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from etl.errors import StoreError
from etl.load import catalog, steps
from etl.load.fingerprints import Fingerprints
from etl.load.runs import read_runs, write_run
from etl.load.steps import STEPS
from etl.load.store import Store


def tags(store: Store) -> list[str]:
    """What a reader sees."""
    with duckdb.connect(str(store.catalog), read_only=True) as connection:
        return [tag for (tag,) in connection.execute("select tag from data.tags order by tag").fetchall()]


def files(folder: Path) -> set[str]:
    """Every file below a folder but the log of runs."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if not path.startswith("runs/")}


@pytest.fixture(autouse=True)
def _no_wait_for_the_disk():
    """A process that dies takes nothing from the system that it was given: that is for the machine's end alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    """Where a user's template of the catalog lies, built once."""
    return tmp_path_factory.mktemp("caches")


class Killed(BaseException):
    """Stands for the process's end: nothing in the program catches it."""


def test_a_release_is_what_a_reader_sees(tmp_path, release, run):
    """Its files, catalog, views.sql and manifest."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))

    manifest = store.manifest()
    assert manifest is not None and 1 == manifest.release
    assert ["develop"] == tags(store)
    assert {file.path for file in manifest.files} == {path for path in files(store.root) if path.startswith("data/")}
    assert {"manifest.json", "manifests/000001.json", "datapackage.json", "spack_cache.duckdb", "views.sql", ".lock"} == {
        path for path in files(store.root) if not path.startswith(("data/", "state/"))
    }


def test_views_sql_defines_the_same_in_any_duckdb(tmp_path, release, run):
    """For those who do not have the file; running it twice does no harm."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    script = (store.root / "views.sql").read_text()

    with duckdb.connect() as connection:
        connection.execute(script).execute(script)
        assert [("develop",)] == connection.execute("select tag from data.tags").fetchall()


OF_RECOVERY = STEPS[: STEPS.index("run begun") + 1]  # those that come first


class Watched:
    """Ends the process, as it were, at a step; and knows whether that came."""

    def __init__(self, step: str) -> None:
        self.step, self.has_come = step, False

    def __call__(self, step: str) -> None:
        if step == self.step:
            self.has_come = True
            raise Killed


def _leave(root: Path) -> None:
    """What dead runs can leave behind: a part, a stray manifest and data file, a catalog of the release before."""
    (root / "manifest.json.part").write_bytes(b"{")
    manifest = (root / "manifests" / "000001.json").read_text()
    (root / "manifests" / "000007.json").write_text(manifest.replace('"release": 1', '"release": 7'))
    (root / "data" / "tags" / "tags-0123456789abcdef.parquet").write_bytes(b"adopted, and never published")
    (root / "spack_cache.duckdb").write_bytes(b"half a catalog")


@pytest.mark.parametrize("step", [step for step in STEPS if step not in OF_RECOVERY])
def test_a_run_that_dies_leaves_one_release_or_the_other(tmp_path, caches, release, run, monkeypatch, step):
    """At whatever step of publishing: readers see one release whole, the next run cleans up and can publish."""
    store = Store(tmp_path / "w", caches)
    with store.writing(run):
        store.publish(release(store, 1, "old"), store.staging("run"))
    before = files(store.root)
    if step == "template built":
        next(caches.glob("catalog-*.duckdb")).unlink()
    killer = Watched(step)
    monkeypatch.setattr(store, "discard", lambda: None)  # a dead process tidies nothing
    with suppress(Killed), store.writing(run):
        manifest = release(store, 2, "new")
        monkeypatch.setattr(steps, "watchers", [killer])
        store.publish(manifest, store.staging("run"))
        store.remember(Fingerprints())
        store.log(run)
    monkeypatch.undo()

    assert tags(store) in (["old"], ["new"])
    again = Store(tmp_path / "w", caches)
    with again.writing(run):
        found = again.manifest()
        assert found is not None and [{1: "old", 2: "new"}[found.release]] == tags(again)
        assert f"views of release {found.release}." in (again.root / "views.sql").read_text()
        if found.release == 1:
            assert before == files(again.root)
        if step == "manifest replaced":
            again.publish(release(again, 3, "newest"), again.staging("run"))
            assert ["newest"] == tags(again)
    assert killer.has_come


@pytest.mark.parametrize("step", OF_RECOVERY)
def test_a_run_that_dies_while_it_cleans_up_leaves_that_to_the_next(tmp_path, caches, release, run, monkeypatch, step):
    """Recovery may be stopped anywhere, and begun anew."""
    store = Store(tmp_path / "w", caches)
    with store.writing(run):
        store.publish(release(store, 1, "old"), store.staging("run"))
    before = files(store.root)
    _leave(store.root)
    killer = Watched(step)
    monkeypatch.setattr(steps, "watchers", [killer])
    with suppress(Killed), store.writing(run):
        pass
    monkeypatch.undo()

    assert killer.has_come
    with Store(tmp_path / "w", caches).writing(run):
        assert ["old"] == tags(store)
        assert before == files(store.root)


def test_recovery_removes_only_what_a_dead_run_left(tmp_path, release, run):
    """A user's own file in the folder stays, and so do the files of earlier releases."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "old"), store.staging("run"))
        store.publish(release(store, 2, "new"), store.staging("run"))
    (store.root / "notes.txt").write_text("mine")
    (store.root / "data" / "tags" / "my.parquet").write_text("mine too")
    left = store.root / "data" / "tags" / "tags-0123456789abcdef.parquet"
    left.write_text("left by a dead run")
    before = files(store.root)
    with store.writing(run):
        pass

    assert before - {left.relative_to(store.root).as_posix()} == files(store.root)


def test_a_catalog_that_is_lost_or_damaged_is_built_anew(tmp_path, release, run):
    """It holds no data: the manifest is the truth."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    for damage in (store.catalog.unlink, lambda: store.catalog.write_bytes(b"no database")):
        damage()
        with store.writing(run):
            assert ["develop"] == tags(store)


def test_a_moved_folder_has_its_paths_mended_by_the_next_run(tmp_path, release, run):
    """The catalog names absolute paths; until then SET VARIABLE helps."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    moved = Store((tmp_path / "w").rename(tmp_path / "elsewhere"))
    with moved.writing(run):
        assert ["develop"] == tags(moved)


def test_a_run_that_died_is_logged_as_failed(tmp_path, release, run):
    """By the next run, which alone can know."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        pass
    run.run_id = "20261123T040000Z"
    with store.writing(run):
        dead, alive = read_runs(store.runs)

    assert (dead.status, alive.status) == ("failed", "running")
    assert dead.reason is not None and "killed" in dead.reason


def test_a_folder_of_something_else_is_left_alone(tmp_path, run):
    """A folder `data/` without a manifest is not ours."""
    (tmp_path / "data").mkdir()
    with pytest.raises(StoreError, match="not a warehouse"), Store(tmp_path).writing(run):
        pass

    assert [tmp_path / "data"] == list(tmp_path.iterdir())


def test_a_file_in_the_folders_place_is_an_error(tmp_path, run):
    """Said in words."""
    (tmp_path / "w").write_text("")
    with pytest.raises(StoreError, match="is a file"), Store(tmp_path / "w").writing(run):
        pass


def test_a_question_mark_in_the_folders_name_is_refused(tmp_path, run):
    """DuckDB takes what follows it for options, and puts its files elsewhere."""
    with pytest.raises(StoreError, match="question mark"), Store(tmp_path / "w?").writing(run):
        pass


@pytest.mark.parametrize(("text", "words"), [("{", "damaged"), ('{"schema_version": 999}', "Use a newer spack-cache-etl")])
def test_a_manifest_that_cannot_be_understood_stops_the_run(tmp_path, run, text, words):
    """A damaged one, and one of a newer program: neither is overwritten."""
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=words), Store(tmp_path).writing(run):
        pass

    assert text == (tmp_path / "manifest.json").read_text()


def test_records_of_runs_are_whole(tmp_path, run):
    """Written aside and moved: a reader of `runs` never sees half of one."""
    write_run(tmp_path, run)

    assert [run] == read_runs(tmp_path)
    assert ["20261122T040000Z.json"] == [path.name for path in tmp_path.iterdir()]


def test_a_damaged_template_of_the_catalog_costs_time_only(tmp_path, release, run):
    """It is a cache: it is built anew."""
    store = Store(tmp_path / "w")
    for number, tag in enumerate(("one", "two", "three"), 1):
        with store.writing(run):
            store.publish(release(store, number, tag), store.staging("run"))
        for template in store.state.glob("catalog-*.duckdb"):
            template.write_bytes(template.read_bytes()[: 5000 * (number - 1)])

    assert ["three"] == tags(store)


def test_the_template_serves_all_warehouses_of_a_user(tmp_path, release, run, monkeypatch):
    """A second warehouse copies what the first has built; where the user's folder cannot be used, the warehouse keeps its own."""
    caches, built = tmp_path / "caches", []
    build = catalog.build_template
    monkeypatch.setattr(catalog, "build_template", lambda path: (built.append(path), build(path)))
    for name in ("first", "second"):
        store = Store(tmp_path / name, caches)
        with store.writing(run):
            store.publish(release(store, 1, name), store.staging("run"))
        assert [name] == tags(store)
    assert [catalog.template_name()] == [path.name for path in caches.iterdir()]
    assert 1 == len(built)

    (tmp_path / "file").touch()
    store = Store(tmp_path / "third", tmp_path / "file" / "caches")
    with store.writing(run):
        store.publish(release(store, 1, "third"), store.staging("run"))
    assert ["third"] == tags(store)
    assert [catalog.template_name()] == [path.name for path in store.state.iterdir()]


def test_an_old_template_of_another_program_is_removed(tmp_path, release, run):
    """A younger one stays: the other program may still be in use."""
    for name, age in (("old", 40), ("young", 20)):
        path = tmp_path / f"catalog-{name}.duckdb"
        path.touch()
        os.utime(path, (time.time() - age * 86_400,) * 2)
    store = Store(tmp_path / "w", tmp_path)
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))

    assert {"catalog-young.duckdb", catalog.template_name()} == {path.name for path in tmp_path.glob("catalog-*")}


def test_a_newer_programs_views_are_there_after_its_next_run(tmp_path, release, run, monkeypatch):
    """Also if that publishes nothing: the catalog is built anew over the release as it is."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    before = store.catalog.stat().st_ino
    with store.writing(run):
        pass
    assert before == store.catalog.stat().st_ino

    monkeypatch.setattr(catalog, "template_name", lambda: "catalog-newer.duckdb")
    with store.writing(run):
        pass
    assert before != store.catalog.stat().st_ino
    assert ["develop"] == tags(store)


def test_views_and_catalog_are_of_one_release_after_recovery(tmp_path, release, run, monkeypatch):
    """The catalog comes last, so that one which agrees with the manifest means that `views.sql` does too."""
    store, reached = Store(tmp_path / "w"), []
    monkeypatch.setattr(steps, "watchers", [reached.append])
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    order = ["data safe", "manifest kept", "manifest replaced", "description replaced", "views replaced", "catalog replaced"]

    assert order == [step for step in reached if step in order]


def test_a_cut_file_of_an_earlier_release_is_written_anew(tmp_path, release, run):
    """Its content, and so its name, came again: it is not taken as it stands."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        first = release(store, 1, "one")
        store.publish(first, store.staging("run"))
        store.publish(release(store, 2, "two"), store.staging("run"))
    for file in first.files:
        (store.root / file.path).write_bytes(b"cut")
    with store.writing(run):
        store.publish(release(store, 3, "one"), store.staging("run"))

    assert ["one"] == tags(store)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_the_work_in_between_is_an_error_of_the_store(tmp_path, run, code):
    """A full disk does not say of which file; staged ones are written outside this module."""
    with pytest.raises(StoreError, match=os.strerror(code)), Store(tmp_path / "w").writing(run):
        raise OSError(code, os.strerror(code))


def test_an_error_of_another_place_is_not_blamed_on_the_warehouse(tmp_path, run):
    """It is passed on as it is."""
    with pytest.raises(FileNotFoundError), Store(tmp_path / "w").writing(run):
        (tmp_path / "elsewhere").read_bytes()


def test_a_release_whose_manifest_is_lost_is_not_taken_for_what_a_dead_run_left(tmp_path, release, run):
    """Its files stay, and the message says where the manifest is to be had."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    (store.root / "manifest.json").unlink()
    before = files(store.root)
    with pytest.raises(StoreError, match="put back the newest file of manifests/"), store.writing(run):
        pass

    assert before == files(store.root)


@pytest.mark.parametrize("last", ["manifest replaced", "part renamed"])
def test_a_failure_after_the_commit_says_that_the_release_is_published(tmp_path, release, run, monkeypatch, last):
    """The next run lets readers see it. The commit is the manifest's new name, even if the disk then does not confirm it."""
    store = Store(tmp_path / "w")

    def full(step: str) -> None:
        if step == last and (store.root / "manifest.json").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(steps, "watchers", [full])
    with pytest.raises(StoreError, match="Release 1 is published"), store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    monkeypatch.undo()
    with store.writing(run):
        assert ["develop"] == tags(store)


def test_a_disk_that_is_full_when_the_lock_is_written_is_an_error_of_the_store(tmp_path, run, monkeypatch):
    """Not a bug with a traceback."""

    def full(step: str) -> None:
        if step == "lock held":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(steps, "watchers", [full])
    with pytest.raises(StoreError, match="No space left"), Store(tmp_path / "w").writing(run):
        pass


def test_recovery_leaves_parts_of_other_programs(tmp_path, release, run):
    """A download that somebody keeps in the folder is none of ours."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
    for name in ("film.part", "notes.partial"):
        (store.root / name).touch()
    aside = store.state / "catalog-aside-of-a-dead-run"
    aside.mkdir()
    with store.writing(run):
        pass

    assert (store.root / "film.part").exists() and (store.root / "notes.partial").exists()
    assert not aside.exists()
