"""Makers for tests of publishing to an object store: a warehouse, stores, and what a reader of one finds."""

import shutil
import threading

import duckdb
import pytest

from etl.load import catalog, remote
from etl.load.objects import Objects
from etl.load.remote import PublishOptions
from etl.load.store import Store


class Killed(BaseException):
    """The end of the process, as far as the code can see."""


class Recorded(Objects):
    """A store that says what was put, and may end the publication after so many uploads."""

    def __init__(self, url, most=1000):
        super().__init__(url)
        self.most, self.paths, self._one = most, [], threading.Lock()

    def put(self, path, data, mode="overwrite"):
        with self._one:
            if len(self.paths) == self.most:
                raise Killed
            done = super().put(path, data, mode)
            self.paths.append(path)
            return done


@pytest.fixture(autouse=True)
def _one_view(monkeypatch):
    """Catalogs with one view in `main`, made in a tenth of the time; those of the command line, in processes of their own, are whole."""
    (runs,) = (one for one in catalog.definitions() if one.name == "runs")
    monkeypatch.setattr(catalog, "definitions", lambda: [runs])
    monkeypatch.setattr(catalog, "macros", lambda: [])
    catalog.template_name.cache_clear()
    yield
    catalog.template_name.cache_clear()


@pytest.fixture
def store(tmp_path, release, run):
    """A warehouse with a first release, of the tag develop."""
    store = Store(tmp_path / "warehouse")
    with store.writing(run):
        store.publish(release(store, 1, "develop"), store.staging("run"))
        run.status = "published"
        store.log(run)
    return store


@pytest.fixture
def another(release, run):
    """Add a release of the given tags to a warehouse."""

    def add(store, number, *tags):
        with store.writing(run):
            store.publish(release(store, number, *tags), store.staging("run"))
            run.status = "published"
            store.log(run)

    return add


@pytest.fixture(params=["file", "memory"])
def address(request, tmp_path):
    """An empty store: a folder, or memory of this process."""
    return (tmp_path / "it's remote").as_uri() if request.param == "file" else f"memory:///{tmp_path.name}"


@pytest.fixture
def memory(tmp_path):
    """An empty store in the memory of this process."""
    return f"memory:///{tmp_path.name}"


@pytest.fixture
def folder(tmp_path):
    """An empty store that is a folder."""
    return tmp_path / "remote"


def publish(store, objects, **options):
    """Publish without looking at the progress."""
    return remote.publish(store, objects, PublishOptions(**options), lambda *_: None)


def tags(objects, tmp_path):
    """What a reader of the store finds, who takes along all of it: the release, its tags, and the number of runs."""
    here = tmp_path / "taken"
    shutil.rmtree(here, ignore_errors=True)
    for path in objects.sizes(""):
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(objects.get(path).data)
    with duckdb.connect() as connection:
        connection.execute("SET VARIABLE warehouse_root = ?", [catalog.as_root(here)])
        connection.execute(f"ATTACH '{here}/spack_cache.duckdb' AS cache (READ_ONLY)")
        found = connection.execute(
            "SELECT (SELECT release FROM cache.files.release), list(tag ORDER BY tag) FROM cache.data.tags"
        ).fetchall()
        return (*found[0], connection.execute("SELECT count(*) FROM cache.runs").fetchone()[0])
