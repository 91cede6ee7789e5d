"""Publishing to an object store: the order, what an interruption leaves, two at once, and what is refused."""

import re

import obstore
import pytest
from obstore.exceptions import GenericError, PermissionDeniedError

from etl.errors import BusyError, StoreError, UsageError
from etl.load import objects as objects_module
from etl.load import remote
from etl.load.objects import Objects
from etl.load.store import Store

from .conftest import Killed, Recorded, publish, tags

SMALL = ["spack_cache.duckdb", "views.sql", "datapackage.json", "manifest.json"]


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
    assert SMALL[2:] == objects.paths
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
    with pytest.raises(UsageError, match="release 7 is not kept in .*; these are: 1 to 2"):
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
