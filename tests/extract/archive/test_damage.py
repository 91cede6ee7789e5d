"""An archive that is cut, spoiled, encrypted or not there: each is an error in words."""

import gzip
import tarfile
import zipfile

import pyarrow as pa
import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.archive import ArchiveSource

from .conftest import CMAKE, ZLIB, every_form, member, packed, tar, zipped


@every_form
def test_an_archive_cut_anywhere_is_an_error(form, source, page):
    """Nowhere is a part of a cache taken for the whole of it; a tar's padding apart, which nobody misses."""
    whole = packed(form, {ZLIB: page(), CMAKE: page("cmake", "v1.0.0")})
    end = len(whole.rstrip(b"\0")) if form == "tar" else len(whole) - 1

    for length in {*range(300, end, 97), end}:
        with pytest.raises(SourceError, match="public"):
            source(whole[:length]).list()


def test_a_tar_without_its_end_mark_is_an_error(source, page):
    """It ends between two members: nothing else would tell that others are missing."""
    whole = tar({ZLIB: page(), CMAKE: page("cmake", "v1.0.0")})
    second = whole.index(CMAKE.encode())

    with pytest.raises(SourceError, match="ends before its end mark"):
        source(whole[:second]).list()


def test_a_damaged_header_is_not_the_end(source, page):
    """tarfile alone would leave out all that is behind it, without a word."""
    whole = bytearray(tar({ZLIB: page(), CMAKE: page("cmake", "v1.0.0")}))
    whole[whole.index(CMAKE.encode())] ^= 1

    with pytest.raises(SourceError, match="bad checksum"):
        source(bytes(whole)).list()


@every_form
def test_one_flipped_bit_is_an_error_or_no_matter(form, source, page):
    """What has a checksum is told by it; nothing crashes, and a page is whole where nothing is told."""
    whole = packed(form, {ZLIB: page(), CMAKE: page("cmake", "v1.0.0")})
    told = 0
    for place in range(0, len(whole), max(1, len(whole) // 400)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        try:
            archive = source(bytes(damaged))
            listed = archive.list().documents
        except SourceError:
            told += 1
        else:
            assert listed
            if form in ("zip", "tar.gz"):
                assert {page(), page("cmake", "v1.0.0")} >= {archive.read(one) for one in listed if one.held}

    assert told > 20


def test_gzip_of_something_else_is_an_error_in_words(source, page):
    """A page, packed."""
    for raw in (gzip.compress(page()), gzip.compress(b""), pa.Codec("zstd").compress(page(), asbytes=True)):
        with pytest.raises(SourceError, match="what is packed in it is no tar"):
            source(raw).list()


def test_an_encrypted_page_is_an_error(source, page):
    """It says which, and what to do; a file that nobody wants may be encrypted."""
    raw = bytearray(zipped({ZLIB: page()}))
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1

    with pytest.raises(SourceError, match="zlib/specs.md is encrypted; pack the cache anew without a password"):
        source(bytes(raw)).list()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_method_of_packing_is_an_error(method, source, page):
    """The library would unpack of it more than it was asked for."""
    with pytest.raises(SourceError, match=f"method {method}, which is not read; pack the cache anew by deflate"):
        source(zipped({ZLIB: page()}, method)).list()


@every_form
def test_a_size_that_is_a_lie_is_an_error(form, source, page):
    """Shorter or longer than what is packed."""
    whole = packed("zip" if form == "zip" else "tar", {ZLIB: page()})
    for said in (len(page()) - 1, len(page()) + 600):
        raw = bytearray(whole)
        if form == "zip":
            place = raw.index(b"PK\1\2") + 24
            raw[place : place + 4] = said.to_bytes(4, "little")
        else:
            lie = member(ZLIB, size=said).tobuf(tarfile.USTAR_FORMAT)
            raw = bytearray(lie + page() + bytes(100)) if said > len(page()) else bytearray(lie + page()[:-1] + b"x" * 700)
        with pytest.raises(SourceError, match="public"):
            source(bytes(raw)).list()


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    """In words."""
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        ArchiveSource("public", tmp_path / "gone.zip", Limits()).list()
