"""What an archive may unpack to: pages, members, bytes, headers; and nothing of it is put on the disk."""

import gzip
import tarfile
from pathlib import Path

import pytest

from etl.errors import SourceError

from .conftest import CMAKE, META, ZLIB, contents, every_form, hard_link, in_order, member, packed, paths, tar, zipped


def test_a_hard_link_to_a_page_over_the_limit_is_over_it_too(source):
    """It is listed by the size of that; as a file of totals, which may be longer, it is none, for the content is not there."""
    listing = source(in_order((CMAKE, b"12345"), hard_link(ZLIB, CMAKE), hard_link(META, CMAKE)), document_bytes=4).list()

    assert [(ZLIB, 5, None, True), (CMAKE, 5, None, True)] == [
        (one.path, one.size_bytes, one.held, one.is_file) for one in listing.documents
    ]
    assert {} == listing.totals.spec_counts


def test_the_content_behind_a_hard_link_counts(source):
    """Links without number stand in a few bytes, and each is read."""
    raw = in_order((ZLIB, b"123"), hard_link(CMAKE, ZLIB))

    assert [b"123", b"123"] == [content for _, _, _, content, _ in contents(source(raw, archive_bytes=6))]
    with pytest.raises(SourceError, match="when unpacked"):
        source(raw, archive_bytes=5).list()


@every_form
def test_a_page_at_the_limit_is_held_and_one_over_it_is_not(form, source):
    """The one over it is listed by its size, so that the reader of pages refuses it, and it alone."""
    archive = source(packed(form, {CMAKE: b"1234", ZLIB: b"12345"}), document_bytes=4)
    over, at = archive.list().documents

    assert (4, b"1234") == (at.size_bytes, archive.read(at))
    assert (5, None, True) == (over.size_bytes, over.held, over.is_file)


@every_form
def test_members_are_counted(form, source):
    """At the limit they are read, one more is refused."""
    raw = packed(form, {ZLIB: b"", CMAKE: b"", "README.md": b""})

    assert [ZLIB, CMAKE] == paths(source(raw, archive_members=3))
    with pytest.raises(SourceError, match=r"more than 2 members; .* limits\.archive_members"):
        source(raw, archive_members=2).list()


@every_form
def test_unpacked_bytes_are_counted(form, source):
    """At the limit they are read, one more is refused."""
    raw = packed(form, {ZLIB: b"123", CMAKE: b"4567"})

    assert [ZLIB, CMAKE] == paths(source(raw, archive_bytes=7))
    with pytest.raises(SourceError, match=r"more than 6 bytes when unpacked; .* limits\.archive_bytes"):
        source(raw, archive_bytes=6).list()


def test_members_that_are_passed_over_count_where_they_are_unpacked(source):
    """A tar is unpacked to the end; of a zip, only what is wanted."""
    files = {ZLIB: b"123", "README.md": b"4"}

    with pytest.raises(SourceError, match="more than 3 bytes"):
        source(tar(files), archive_bytes=3).list()
    assert [ZLIB] == paths(source(zipped(files), archive_bytes=3))


def test_a_bomb_is_not_unpacked(source, monkeypatch):
    """A member that announces more than the limit ends the reading at its header: 64 MB of zeros stand in 64 KB."""
    raw = gzip.compress(tar({ZLIB: bytes(64 << 20)}))
    read = []
    honest = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: (read.append(size), honest(self, size))[1])

    with pytest.raises(SourceError, match="when unpacked"):
        source(raw, archive_bytes=1 << 20).list()
    assert sum(read) < 1 << 20


def test_zeros_behind_the_end_mark_count(source):
    """A tar's padding does not; what is behind a megabyte of it does."""
    padded = tar({ZLIB: b"123"})
    most = len(padded) + (1 << 20)

    assert [ZLIB] == paths(source(gzip.compress(padded.ljust(most - 10240, b"\0")), archive_bytes=3))
    with pytest.raises(SourceError, match="when unpacked"):
        source(gzip.compress(padded.ljust(most + 1, b"\0")), archive_bytes=3).list()


def test_the_holes_of_a_sparse_member_count(source):
    """They take no room in the archive, but in memory."""
    sparse = member(ZLIB, type=tarfile.GNUTYPE_SPARSE)
    block = bytearray(sparse.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"%011o\0" % (1 << 20)  # the size with its holes
    block[386:410] = b"%011o\0%011o\0" % (1 << 20, 0)  # one piece, of nothing, at its end
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 8 * 32)
    raw = bytes(block) + bytes(1024)

    assert [1 << 20] == [one.size_bytes for one in source(raw).list().documents]
    with pytest.raises(SourceError, match="when unpacked"):
        source(raw, archive_bytes=(1 << 20) - 1).list()


def test_a_header_of_a_megabyte_is_read_and_a_longer_one_refused(source):
    """tarfile takes a name whole into memory."""
    for length, outcome in ((1 << 20, "no page"), ((1 << 20) + 1, "a name or attribute of 1,048,577 bytes")):
        header = member("a" * (length - 1)).tobuf(tarfile.GNU_FORMAT)  # of the name and a zero behind it
        with pytest.raises(SourceError, match=outcome):
            source(gzip.compress(header + bytes(1024))).list()


def test_headers_without_end_are_an_error(source):
    """Each speaks of the one behind it."""
    head = member("x", type=tarfile.XHDTYPE).tobuf(tarfile.USTAR_FORMAT)

    with pytest.raises(SourceError, match="headers without end"):
        source(head * 3000 + tar({ZLIB: b""})).list()


def test_a_huge_file_of_totals_is_an_error(source, monkeypatch):
    """At the limit it is read, one byte more is refused."""
    from etl.extract.sources import archive, tree

    raw = b"develop: {count: 1}\n"
    files = tar({ZLIB: b"", META: raw})
    for module in (archive, tree):
        monkeypatch.setattr(module, "LARGEST", len(raw))

    assert {"develop": 1} == source(files).list().totals.spec_counts
    for module in (archive, tree):
        monkeypatch.setattr(module, "LARGEST", len(raw) - 1)
    with pytest.raises(SourceError, match=r"_data/meta\.yaml has 20 bytes"):
        source(files).list()


def test_nothing_is_unpacked_to_disk(source, files, tmp_path, monkeypatch):
    """The folder holds the archive alone, also while it is read."""
    archive = source(packed("tar.gz", files))
    monkeypatch.chdir(tmp_path)
    archive.list()

    assert [Path("packed")] == list(Path().iterdir())
