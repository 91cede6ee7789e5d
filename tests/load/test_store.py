"""Publishing: a release is there as a whole or not at all, whenever the process dies."""

import os
import time
from pathlib import Path

import duckdb
import pytest

from etl.errors import StoreError
from etl.load import catalog, durable
from etl.load.runs import read_runs, write_run
from etl.load.store import Store


def tags(store: Store) -> list[str]:
    """What a reader sees."""
    with duckdb.connect(str(store.catalog), read_only=True) as connection:
        return [tag for (tag,) in connection.execute("select tag from data.tags order by tag").fetchall()]


def files(folder: Path) -> set[str]:
    """Every file below a folder but the log of runs."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if not path.startswith("runs/")}


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
    assert {"manifest.json", "manifests/000001.json", "spack_cache.duckdb", "views.sql", ".lock"} == {
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


STEPS = [
    "adopt first file",
    "adopt last file",
    "write release manifest",
    "build catalog",
    "replace manifest",
    "replace catalog",
    "write views",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_dies_leaves_one_release_or_the_other(tmp_path, release, run, monkeypatch, step):
    """Whatever the step: readers see one release whole, the next run cleans up and can publish."""
    store = Store(tmp_path / "w")
    with store.writing(run):
        store.publish(release(store, 1, "old"), store.staging("run"))
    before = files(store.root)
    _die_at(monkeypatch, step)
    with pytest.raises(Killed), store.writing(run):
        monkeypatch.setattr(store, "discard", lambda: None)  # a dead process tidies nothing
        store.publish(release(store, 2, "new"), store.staging("run"))
    monkeypatch.undo()
    committed = step in ("replace catalog", "write views")

    assert tags(store) in (["old"], ["new"])
    again = Store(tmp_path / "w")
    with again.writing(run):
        assert ["new" if committed else "old"] == tags(again)
        if not committed:
            assert before == files(store.root)
        again.publish(release(again, 3, "newest"), again.staging("run"))
    assert ["newest"] == tags(again)


def _die_at(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """End the process, as it were, just before a step."""
    calls = {"sync": 0}
    write, build, replace, sync = durable.write, catalog.build, durable.replace, durable.sync

    def writing(path: Path, data: bytes) -> None:
        at = {"manifests": "write release manifest"}.get(path.parent.name) or {
            "manifest.json": "replace manifest",
            "views.sql": "write views",
        }.get(path.name)
        if at == step:
            path.with_name(path.name + durable.PART).write_bytes(data[: len(data) // 2])
            raise Killed
        write(path, data)

    def building(path, manifest, root, template=None):
        if step == "build catalog":
            path.write_bytes(b"half a catalog")
            raise Killed
        build(path, manifest, root, template)

    def replacing(part: Path, path: Path) -> None:
        if step == "replace catalog" and path.name == "spack_cache.duckdb":
            raise Killed
        replace(part, path)

    def syncing(path: Path) -> None:
        calls["sync"] += path.suffix == ".parquet"
        if step in ("adopt first file", "adopt last file") and calls["sync"] == (1 if "first" in step else 2):
            raise Killed
        sync(path)

    monkeypatch.setattr(durable, "write", writing)
    monkeypatch.setattr(catalog, "build", building)
    monkeypatch.setattr(durable, "replace", replacing)
    monkeypatch.setattr(durable, "sync", syncing)


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
