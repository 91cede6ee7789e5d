"""A folder as a place, what a location means, and bytes made fit for use."""

import gzip
import hashlib
import os
import sys
import time
from pathlib import Path

import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.places import Missing, TooLarge, checked, place, unpacked

TEN = Limits(download_bytes=10)


@pytest.fixture
def folder(tmp_path):
    """A folder with files, beside one that is not of it."""
    (tmp_path / "outside.json").write_bytes(b"secret")
    made = tmp_path / "mirror"
    for path in ("a/b.json", "a-", "a/c/d.json", "é.json"):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(path.encode())
    return made


@pytest.fixture
def mirror(folder):
    """That folder as a place."""
    return place(str(folder), Limits(), None)


def test_a_file_is_fetched_by_its_path(mirror):
    """As it is."""
    assert b"a/b.json" == mirror.fetch("a/b.json")


@pytest.mark.parametrize("path", ["nothing.json", "a/nothing", "a-/b", "nothing/b"])
def test_what_is_not_there_is_missing(mirror, path):
    """Also below a file."""
    with pytest.raises(Missing, match=rf"/mirror/{path} does not exist"):
        mirror.fetch(path)


@pytest.mark.parametrize(
    "path", ["../outside.json", "a/../../outside.json", "/etc/passwd", "", "a//b.json", "./a-", "a\0", "a\n", "\ud800"]
)
def test_a_path_that_may_lead_elsewhere_is_refused(mirror, path):
    """It comes from a file that others wrote."""
    with pytest.raises(SourceError, match=r"mirror: .* is no (path below it|file name); mend what names it"):
        mirror.fetch(path)


def test_a_link_is_followed_within_the_folder_only(folder, mirror):
    """Out of it none is, neither of a file nor of a folder."""
    (folder / "within").symlink_to("a/b.json")
    (folder / "without").symlink_to("../outside.json")
    (folder / "up").symlink_to("..")

    assert b"a/b.json" == mirror.fetch("within")
    for path in ("without", "up/outside.json"):
        with pytest.raises(SourceError, match=rf"{path} is a link that leads out"):
            mirror.fetch(path)


def test_links_in_a_ring_are_an_error(folder, mirror):
    """Not an endless walk."""
    (folder / "ring").symlink_to("ring")

    with pytest.raises(SourceError, match=r"ring cannot be reached"):
        mirror.fetch("ring")


def test_what_is_no_file_is_refused(folder, mirror):
    """A pipe would be waited for."""
    os.mkfifo(folder / "pipe")
    for path in ("pipe", "a"):
        with pytest.raises(SourceError, match=rf"{path} is no file"):
            mirror.fetch(path)


def test_a_file_at_the_limit_is_read(folder):
    """One byte more is not."""
    (folder / "a-").write_bytes(b"0123456789")
    assert b"0123456789" == place(str(folder), TEN, None).fetch("a-")

    (folder / "a-").write_bytes(b"0123456789+")
    with pytest.raises(TooLarge, match=r"a- holds more than 10 bytes; if it should, raise `download_bytes`"):
        place(str(folder), TEN, None).fetch("a-")


def test_files_are_listed_in_byte_order(folder, mirror):
    """By the whole path, whatever a folder's name sorts like; pipes, dead links and links to folders are not listed."""
    os.mkfifo(folder / "pipe")
    (folder / "dead").symlink_to("nothing")
    (folder / "ring").symlink_to("ring")
    (folder / "b").symlink_to("a")
    (folder / "z.json").symlink_to("a-")

    assert ["a-", "a/b.json", "a/c/d.json", "z.json", "é.json"] == list(mirror.files(""))


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("a", ["a/b.json", "a/c/d.json"]), ("a/", ["a/b.json", "a/c/d.json"]), ("a/c", ["a/c/d.json"]), ("nothing", []), ("a-", [])],
)
def test_a_prefix_is_a_folder(mirror, prefix, found):
    """One that is not there holds no files."""
    assert found == list(mirror.files(prefix))


def test_a_name_of_any_bytes_is_listed_and_fetched(mirror, folder):
    """As other programs wrote it, in whatever encoding."""
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.json")).write_bytes(b"odd")

    assert b"odd" == mirror.fetch(list(mirror.files(""))[-1])


def test_a_file_url_is_a_folder(folder):
    """With its escapes undone."""
    spaced = folder.rename(folder.with_name("a mirror"))

    assert b"a-" == place(spaced.as_uri(), Limits(), None).fetch("a-")
    assert b"a-" == place(spaced.as_uri().replace("file://", "FILE://localhost"), Limits(), None).fetch("a-")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("nothing", "does not exist; name a folder"),
        ("outside.json", "is no folder"),
        ("file://elsewhere/srv/mirror", "names the machine elsewhere"),
        ("ftp://elsewhere/mirror", "there is no reader for ftp://"),
        ("http://", "is no address"),
        ("http://host:port/", "is no address"),
        ("http://[::1/", "is no address"),
        ("a\0b", "cannot be reached"),
    ],
)
def test_what_is_no_place_is_told(folder, monkeypatch, location, reason):
    """In words."""
    monkeypatch.chdir(folder.parent)
    with pytest.raises(SourceError, match=reason):
        place(location, Limits(), None)


def test_secrets_are_not_shown():
    """Not in the location, and not in what is refused."""
    assert "https://host:8443/mirror" == place("https://me:secret@host:8443/mirror/?sig=secret", Limits(), None).location
    with pytest.raises(SourceError) as refused:
        place("ftp://me:secret@host/mirror?sig=secret", Limits(), None)
    assert "secret" not in str(refused.value)


def test_without_the_extra_it_is_named(monkeypatch):
    """The way out is in the message."""
    monkeypatch.delitem(sys.modules, "etl.extract.places.objects", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(SourceError, match=r"s3://bucket/mirror: .*; pip install 'spack-cache-etl\[remote\]'"):
        place("s3://bucket/mirror", Limits(), None)


def test_gzip_is_known_by_its_content():
    """All else stays as it is."""
    assert b"{}" == unpacked(gzip.compress(b"{}"), Limits())
    assert b"{}" == unpacked(b"{}", Limits())
    assert b"" == unpacked(b"", Limits())


def test_members_follow_one_another():
    """As `cat a.gz b.gz` makes them; zeros behind the last are padding."""
    large = os.urandom(100_000)

    assert b"a" + large + b"c" == unpacked(gzip.compress(b"a") + gzip.compress(large) + gzip.compress(b"c") + b"\0" * 512, Limits())


def test_what_unpacks_to_the_limit_is_unpacked():
    """In all its members together; one byte more is not."""
    assert b"x" * 10 == unpacked(gzip.compress(b"x" * 4) + gzip.compress(b"x" * 6), TEN)
    with pytest.raises(TooLarge, match=r"index.json holds more than 10 bytes"):
        unpacked(gzip.compress(b"x" * 4) + gzip.compress(b"x" * 7), TEN, "index.json")


def test_a_bomb_is_left_early():
    """Long before it has gone off: a thousandth of it is unpacked."""
    bomb = gzip.compress(bytes(200_000_000), 1)
    began = time.process_time()
    with pytest.raises(TooLarge):
        unpacked(bomb, Limits(download_bytes=200_000))

    assert time.process_time() - began < 0.1


def test_damaged_gzip_is_told():
    """Cut off anywhere, changed, or with something behind it."""
    whole = gzip.compress(b"something longer than nothing")
    cut = [whole[:end] for end in range(2, len(whole))]
    for raw in [*cut, whole[:-8] + bytes(8), whole + b"x", whole + b"\0x", whole + whole[:5]]:
        with pytest.raises(SourceError, match=r"its gzip data are (damaged|cut off)"):
            unpacked(raw, Limits())


def test_the_right_checksum_passes():
    """The bytes come back; hexadecimal digits may be large."""
    for algorithm in ("sha256", "sha512", "blake2b"):
        assert b"raw" == checked(b"raw", algorithm, hashlib.new(algorithm, b"raw").hexdigest().upper(), "it")


def test_the_wrong_checksum_is_told():
    """With both."""
    with pytest.raises(SourceError, match=r"index.json: its sha256 is [0-9a-f]{64}, not abc as was said"):
        checked(b"raw", "sha256", "abc", "index.json")


@pytest.mark.parametrize("algorithm", ["crc32", "shake_128", "", "SHA256;"])
def test_an_unknown_algorithm_is_told(algorithm):
    """Rather than taken for right."""
    with pytest.raises(SourceError, match=r"index.json: checksum algorithm .* is not known"):
        checked(b"raw", algorithm, "abc", "index.json")
