"""Publishing to an object store: the order, what an interruption leaves, two at once, and how a published release is read."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from etl.errors import BusyError, StoreError, UsageError
from etl.load import catalog
from etl.load.store import Store
from etl.query import ask

obstore = pytest.importorskip("obstore", reason="the extra `remote` is not installed")
from obstore.exceptions import GenericError, PermissionDeniedError  # noqa: E402

from etl.load import objects as objects_module  # noqa: E402
from etl.load import remote  # noqa: E402
from etl.load.objects import Objects  # noqa: E402
from etl.load.remote import PublishOptions  # noqa: E402

OLD = Path(sys.prefix) / "duckdb-1.5.6"
SMALL = ["spack_cache.duckdb", "views.sql", "manifest.json"]


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


def test_data_goes_first_and_the_manifest_last(store, address):
    """What names files comes when they are there; what readers open names nothing that is not."""
    objects = Recorded(address)
    done = publish(store, objects)
    data = sorted(file.path for file in store.manifest().files)

    assert data == sorted(objects.paths[: len(data)])
    assert re.fullmatch(r"data/runs/000001-[0-9a-f]{16}\.json", objects.paths[len(data)])
    assert ["manifests/000001.json", *SMALL] == objects.paths[len(data) + 1 :]
    assert ("published", 1, len(data), len(data)) == (done.status, done.release, done.files, done.uploaded_files)


def test_the_same_release_again_sends_nothing(store, address):
    """And says so."""
    publish(store, Objects(address))
    objects = Recorded(address)
    done = publish(store, objects)

    assert ([], "unchanged", 0, 0) == (objects.paths, done.status, done.uploaded_files, done.uploaded_bytes)


def test_a_file_of_an_earlier_release_is_not_sent_again(store, another, memory):
    """It has the same content, and so the same name."""
    publish(store, Objects(memory))
    another(store, 2, "develop")
    objects = Recorded(memory)

    assert 0 == publish(store, objects).uploaded_files
    assert ["manifests/000002.json", *SMALL] == objects.paths[1:]


def test_a_night_that_changed_nothing_shows_in_the_log_of_runs(store, run, memory, tmp_path):
    """Of a release that is there, only the log and the catalog that names it are sent."""
    publish(store, Objects(memory))
    run.run_id = "20261123T040000Z"
    with store.writing(run):
        run.status = "unchanged"
        store.log(run)
    objects = Recorded(memory)
    publish(store, objects)

    assert SMALL[:2] == objects.paths[1:]
    assert (1, ["develop"], 2) == tags(objects, tmp_path)


def test_whenever_it_ends_readers_see_one_release_and_it_goes_on_where_it_was(store, another, folder, tmp_path):
    """Ended after each upload: the release before answers until the catalog is there, then this one."""
    publish(store, Objects(folder.as_uri()))
    another(store, 2, "develop", "v1.0")
    paths, seen = [], []
    for _ in range(7):
        objects = Recorded(folder.as_uri(), most=1)
        with pytest.raises(Killed):
            publish(store, objects)
        paths += objects.paths
        seen.append(tags(objects, tmp_path)[:2])
        if paths[-1] == "views.sql":
            break
    before, now = (1, ["develop"]), (2, ["develop", "v1.0"])

    assert 6 == len(paths) == len(set(paths))
    assert [before] * 4 + [now] * 2 == seen
    assert "published" == publish(store, objects := Recorded(folder.as_uri())).status
    assert ["manifest.json"] == objects.paths
    assert now == tags(objects, tmp_path)[:2]


def test_an_older_release_is_refused_unless_forced(store, another, memory, tmp_path):
    """So is another of the same number, as after a warehouse was begun anew."""
    another(store, 2, "develop", "v1.0")
    publish(store, objects := Objects(memory))
    other = Store(tmp_path / "anew")
    another(other, 1, "develop")
    another(other, 2, "v2.0")

    with pytest.raises(UsageError, match="holds release 2, which is newer than 1; --force puts release 1 in its place"):
        publish(store, objects, release=1)
    with pytest.raises(UsageError, match="holds another release of the number 2"):
        publish(other, objects)
    assert (2, ["develop", "v1.0"]) == tags(objects, tmp_path)[:2]
    publish(other, objects, force=True)
    assert (2, ["v2.0"]) == tags(objects, tmp_path)[:2]


def test_of_two_publications_at_once_one_is_told(store, another, memory, tmp_path):
    """The second to replace the catalog finds that it is not the one it had seen; nothing of the first is lost."""
    publish(store, Objects(memory))
    another(store, 2, "develop", "v1.0")

    class Overtaken(Objects):
        def put(self, path, data, mode="overwrite"):
            if path == "spack_cache.duckdb":
                publish(store, Objects(memory))
                data += b"of another one"
            return super().put(path, data, mode)

    with pytest.raises(BusyError, match="another publication came in between; publish again"):
        publish(store, Overtaken(memory), public_url="https://other.example.org")
    assert (2, ["develop", "v1.0"]) == tags(Objects(memory), tmp_path)[:2]


def test_a_catalog_replaced_at_the_end_is_noticed(store, folder):
    """Where the store cannot compare versions, as a folder cannot."""

    class Overtaken(Objects):
        def put(self, path, data, mode="overwrite"):
            if path == "manifest.json":
                super().put("spack_cache.duckdb", b"of another publication")
            return super().put(path, data, mode)

    with pytest.raises(BusyError):
        publish(store, Overtaken(folder.as_uri()))


@pytest.fixture
def failing(monkeypatch):
    """Make the next requests to put something fail, before or after they did what they should; how many were made."""
    made = []
    monkeypatch.setattr(objects_module, "PAUSES", (0, 0))

    def fail(error, times, after=False):
        real = obstore.put

        def put(*arguments, **options):
            made.append(arguments[1])
            if len(made) > times:
                return real(*arguments, **options)
            if after:
                real(*arguments, **options)
            raise error

        monkeypatch.setattr(obstore, "put", put)
        return made

    return fail


def test_a_request_that_fails_is_made_again(store, memory, failing, tmp_path):
    """Twice, with a pause."""
    failing(GenericError("the line is down"), times=2)

    assert "published" == publish(store, Objects(memory)).status
    assert (1, ["develop"], 1) == tags(Objects(memory), tmp_path)


def test_a_request_whose_answer_was_lost_is_no_other_publication(memory, failing):
    """It is found there already when it is made again, and it is ours."""
    failing(GenericError("the line is down"), times=1, after=True)

    assert remote._replaced(Objects(memory), "manifest.json", b"{}", None)
    assert b"{}" == Objects(memory).get("manifest.json").data


def test_a_store_that_goes_on_failing_is_named(store, memory, failing):
    """With the object, what the store said without what may be secret, and what to do."""
    failing(GenericError("the line https://host/x?sig=SECRET is down\n\nDebug source: internals"), times=1000)

    with pytest.raises(StoreError, match=r"/data/\w+/.*parquet: the line https://host/x is down\. Readers .* publish again") as caught:
        publish(store, Objects(memory))
    assert "SECRET" not in str(caught.value) and "Debug" not in str(caught.value)


def test_what_a_store_forbids_is_not_asked_again(store, memory, failing):
    """It would not change its mind."""
    made = failing(PermissionDeniedError("forbidden"), times=1000)

    with pytest.raises(StoreError, match="forbidden"):
        publish(store, Objects(memory))
    assert len(set(made)) == len(made)


def test_a_damaged_file_is_never_sent(store, memory):
    """Its size is right, its content is not that of its name."""
    file = store.root / store.manifest().files[0].path
    file.write_bytes(b"PAR1" + bytes(file.stat().st_size - 8) + b"PAR1")

    with pytest.raises(StoreError, match=r"cannot be read|is damaged: put it back"):
        publish(store, Objects(memory))
    assert {} == Objects(memory).sizes("")


def test_a_damaged_file_that_can_be_opened_is_never_sent(store, folder):
    """A byte within a page of values: DuckDB makes its views all the same."""
    file = store.root / store.manifest().files[0].path
    raw = bytearray(file.read_bytes())
    raw[4] ^= 1
    file.write_bytes(raw)

    with pytest.raises(StoreError, match="is damaged: put it back, then publish again"):
        publish(store, Objects(folder.as_uri()))
    assert not (folder / "spack_cache.duckdb").exists()


def test_a_file_that_was_cut_there_is_sent_again(store, memory):
    """As by a copy made with another tool."""
    path = store.manifest().files[0].path
    publish(store, objects := Objects(memory))
    objects.put(path, b"cut")
    done = publish(store, objects)

    assert ("published", 1) == (done.status, done.uploaded_files)
    assert (store.root / path).read_bytes() == objects.get(path).data


def test_a_large_file_is_sent_in_pieces(store, address, monkeypatch, tmp_path):
    """It never stands in memory as a whole."""
    monkeypatch.setattr(remote, "WHOLE", 0)
    publish(store, objects := Objects(address))

    assert (1, ["develop"], 1) == tags(objects, tmp_path)


def test_old_releases_are_removed_with_what_they_alone_name(store, another, address, tmp_path):
    """The newest so many stay; so does what is not ours, or was sent for a release whose manifest is not there yet."""
    stray = "data/tags/tags-0123456789abcdef.parquet"
    objects = Objects(address)
    objects.put("readme.txt", b"")
    objects.put(stray, b"")
    for number in (1, 2, 3, 4):
        if number > 1:
            another(store, number, "develop", f"v{number}")
        done = publish(store, objects, keep_releases=2)
    there = set(objects.sizes(""))
    ours = {file.path for file in store.manifest().files}

    assert 2 == done.removed_files  # of release 2: tags and versions
    assert {"manifests/000003.json", "manifests/000004.json"} == {path for path in there if path.startswith("manifests/")}
    assert ours | {"readme.txt", stray} <= there
    assert 2 + 4 + 1 == len([path for path in there if path.endswith((".parquet", ".json")) and path.startswith("data/")])
    assert (4, ["develop", "v4"], 1) == tags(objects, tmp_path)


def test_the_release_that_was_there_before_stays_for_its_readers(store, another, memory):
    """Also where the new one is older."""
    for number in (2, 3, 4):
        another(store, number, "develop", f"v{number}")
    for number in (1, 2, 4):
        publish(store, objects := Objects(memory), release=number)
    publish(store, objects, release=2, force=True, keep_releases=2)

    assert {f"manifests/{number:06}.json" for number in (1, 2, 4)} == set(objects.sizes("manifests"))


def test_a_release_is_chosen_by_its_number(store, another, memory, tmp_path):
    """One that is not kept is refused, with those that are."""
    another(store, 2, "develop", "v1.0")
    done = publish(store, objects := Objects(memory), release=1)

    assert (1, (1, ["develop"])) == (done.release, tags(objects, tmp_path)[:2])
    with pytest.raises(UsageError, match="--release 7: .* has the releases 1, 2"):
        publish(store, objects, release=7)


def test_views_name_the_memory_that_readers_use_and_nothing_of_this_machine(store, memory, tmp_path):
    """`--public-url`, or else the store's own."""
    done = publish(store, objects := Objects(memory), public_url="https://it's.example.org/spack/")
    text = objects.get("views.sql").data.decode()

    assert "https://it's.example.org/spack/spack_cache.duckdb" == done.catalog
    assert "'https://it''s.example.org/spack') || '/data/tags/tags-" in text
    assert "'https://it''s.example.org/spack') || '/data/runs/000001-" in text
    assert str(tmp_path) not in text and "*.json" not in text and "${" not in text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://host/x", "--to ftp://host/x: give s3://bucket/prefix"),
        ("/srv/remote", "give s3://bucket/prefix"),
        ("s3:///prefix", "give s3://bucket/prefix"),
        ("s3://key:secret@bucket/x", "--to s3://bucket/x: leave out user, password"),
        ("s3://bucket/x?sig=secret", "leave out user, password"),
        ("s3://bucket/[x]", "name another prefix"),
    ],
)
def test_an_address_that_cannot_be_published_to_is_refused(url, says):
    """With what to write in its place, and without what may be secret."""
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        Objects(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["s3://bucket", "https://user:secret@host", "https://host/?key=secret", "https://host/a b", "host/x"])
def test_a_public_address_is_one_of_the_web_without_secrets(store, folder, url):
    """Everyone reads it in the catalog."""
    with pytest.raises(UsageError, match="--public-url .*: give https://host/path"):
        publish(store, Objects(folder.as_uri()), public_url=url)
    assert not folder.exists()


def test_a_warehouse_is_no_place_to_publish_to(store):
    """Its next run would remove what it does not know, and its readers would find another root."""
    with pytest.raises(UsageError, match="is a warehouse that runs write to"):
        publish(store, Objects(store.root.as_uri()))


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"release": "one"}'])
def test_a_foreign_manifest_is_refused(store, memory, content):
    """Someone else's file is not replaced."""
    Objects(memory).put("manifest.json", content)

    with pytest.raises(StoreError, match=r"manifest\.json is no manifest that this program knows"):
        publish(store, Objects(memory))
    assert {"manifest.json"} == set(Objects(memory).sizes(""))


def test_a_folder_that_cannot_be_made_is_named(store, tmp_path):
    """With what to do."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="name another folder, or mend its permissions"):
        publish(store, Objects((tmp_path / "file" / "remote").as_uri()))


_READ = """
import sys, duckdb
connection = duckdb.connect()
address, root = sys.argv[1:]
if address.startswith("http"):
    connection.execute("SET autoinstall_known_extensions = false")
    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error:
        sys.exit("no httpfs")
if root:
    connection.execute("SET VARIABLE warehouse_root = ?", [root])
connection.execute(f"ATTACH '{address}/spack_cache.duckdb' AS cache (READ_ONLY)")
connection.execute("USE cache")
print(connection.execute("SELECT tag FROM data.tags").fetchall(), connection.execute("SELECT count(*) FROM runs").fetchall())
"""


@pytest.fixture(params=["installed", "1.5.6"])
def read(request):
    """Read a published release in another process, with one DuckDB or the other."""
    if request.param != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")

    def ask(address, root=""):
        path = str(OLD) if request.param != "installed" else ""
        command = [sys.executable, "-c", _READ, str(address), str(root)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    return ask


ANSWER = "[('develop',)] [(1,)]"


def test_a_published_folder_answers_where_it_is_and_where_it_was_copied_to(store, folder, read, tmp_path):
    """With one line more where it was moved; the command `sql` needs none."""
    publish(store, Objects(folder.as_uri()))
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))

    assert ANSWER == read(folder)
    shutil.rmtree(folder)
    assert ANSWER == read(copy, catalog.as_root(copy))
    assert [("develop",)] == ask(copy, "SELECT tag FROM data.tags, runs").rows


class _Ranges(http.server.SimpleHTTPRequestHandler):
    """Files with ranges, as object stores serve them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802  (the name is that of http.server)
        raw = self._content()
        if raw is None:
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), min(int(asked[2] or len(raw)), len(raw) - 1)) if asked else (0, len(raw) - 1)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(raw)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(raw[first : last + 1])

    def do_HEAD(self):  # noqa: N802
        raw = self._content()
        if raw is not None:
            self.send_response(200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()

    def _content(self):
        path = Path(self.translate_path(self.path))
        if path.is_file():
            return path.read_bytes()
        self.send_error(404)
        return None

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def website(folder):
    """The folder on the web: its address."""
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Ranges, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_release_on_the_web_is_attached_and_read(store, folder, website, read):
    """Catalog, data and log of runs come over HTTP, with nothing to set up."""
    publish(store, Objects(folder.as_uri()), public_url=website)
    answer = read(website)
    if answer == "no httpfs":
        pytest.skip("this DuckDB has no extension httpfs at hand")

    assert ANSWER == answer


def call(*words, before=""):
    """Run the command in a process of its own, after some Python."""
    code = f"import sys; {before}\nfrom etl.cli import main\nmain()"
    return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False)


def test_the_command_says_what_it_sent_and_what_to_attach(store, folder):
    """In words, or as one object."""
    words = ["publish", "--to", folder.as_uri(), "--warehouse", store.root]
    first, second = call(*words), json.loads(call(*words, "--json").stdout)

    assert (0, "") == (first.returncode, first.stderr)
    assert f"published: release 1 at {folder.as_uri()}\nsent: 2 of 2 data files" in first.stdout
    assert f"attach: {folder}/spack_cache.duckdb" in first.stdout
    assert {"status": "unchanged", "release": 1, "uploaded_files": 0, "uploaded_bytes": 0, "removed_files": 0}.items() <= second.items()


def test_without_the_extra_the_command_says_how_to_get_it(store):
    """Exit 2, and no traceback."""
    done = call("publish", "--to", "s3://bucket/x", "--warehouse", store.root, before="sys.modules['obstore'] = None")

    assert (2, "") == (done.returncode, done.stdout)
    assert "pip install 'spack-cache-etl[remote]'" in done.stderr and "Traceback" not in done.stderr
