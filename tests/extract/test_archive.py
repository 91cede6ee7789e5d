"""An archive is read once, whatever its form, and gives what the folder that it was made of gives."""

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.archive import ArchiveSource, is_archive
from etl.extract.sources.folder import FolderSource

ZLIB = "_cache/develop/zlib/specs.md"
CMAKE = "_cache/v1.0.0/cmake/specs.md"
SPEC = "_cache/develop/zlib/spec-0.json"
META = "_data/meta.yaml"
FORMS = ("zip", "tar", "tar.gz", "tar.zst")

every_form = pytest.mark.parametrize("form", FORMS)


def tar(files, *others):
    """A tar of `{path: bytes}`, and of members that are no files behind them."""
    return in_order(*files.items(), *others)


def in_order(*members):
    """A tar of members as they come, each a path with its content, or one that is no file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", encoding="utf-8", errors="surrogateescape") as archive:
        for one in members:
            if isinstance(one, tarfile.TarInfo):
                archive.addfile(one)
            else:
                path, raw = one
                archive.addfile(member(path, size=len(raw)), io.BytesIO(raw))
    return packed.getvalue()


def hard_link(path, target):
    """A tar's member that is another name of one before it."""
    return member(path, type=tarfile.LNKTYPE, linkname=target)


def member(path, **fields):
    """A tar's member."""
    made = tarfile.TarInfo(path)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """A zip of `{path or ZipInfo: bytes}`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for path, raw in files.items():
            archive.writestr(path, raw)
    return packed.getvalue()


def packed(form, files):
    """An archive of `{path: bytes}` in one of the four forms."""
    if form == "zip":
        return zipped(files)
    raw = tar(files)
    if form == "tar.gz":
        return gzip.compress(raw)
    return pa.Codec("zstd").compress(raw, asbytes=True) if form == "tar.zst" else raw


@pytest.fixture
def source(tmp_path):
    """`source(bytes, limit=1)` is an archive of those bytes, under some limits; its name says nothing of its form."""

    def make(raw: bytes, **limits: int) -> ArchiveSource:
        file = tmp_path / "packed"
        file.write_bytes(raw)
        return ArchiveSource("public", file, Limits(**limits))

    return make


def contents(source):
    """What a source lists and reads: path, tag, package, content, and the same of the files beside."""
    return [
        (one.path, one.tag, one.package, source.read(one), [(file.path, source.read(file)) for file in one.beside])
        for one in source.list().documents
    ]


def paths(source):
    """The paths that a source lists."""
    return [one.path for one in source.list().documents]


@pytest.fixture
def files(page):
    """Two pages, a spec file beside one, what is said of the tags, and what is neither."""
    return {
        "README.md": b"# a cache",
        CMAKE: page("cmake", "v1.0.0"),
        ZLIB: page(),
        SPEC: b"{}",
        "_cache/develop/zlib/notes.md": b"",
        META: b"develop:\n  count: 1\n",
        "_data/tags.yaml": b"- name: develop\n  stacks: [e4s]\n",
    }


@every_form
@pytest.mark.parametrize("top", ["", "./", "site/", "a/b/", "/".join("abcdefgh" * 20) + "/"])
def test_an_archive_gives_what_its_folder_gives(form, top, files, source, cache):
    """Paths, contents, what lies beside, and totals; whatever folder the cache was packed in."""
    folder = FolderSource.at("public", cache(at=files), Limits())
    archive = source(packed(form, {top + path: raw for path, raw in files.items()}))

    assert [ZLIB, CMAKE] == paths(archive)
    assert contents(folder) == contents(archive)
    assert folder.list().totals == archive.list().totals
    assert {"develop": 1} == archive.list().totals.spec_counts


@every_form
def test_the_fingerprint_is_that_of_the_content(form, files, source):
    """Packed again it is the same; another page, or another file beside it, is another."""

    def prints(changed):
        return [one.fingerprint for one in source(packed(form, files | changed)).list().documents]

    before = prints({})

    assert before == prints({"README.md": b"another"})
    assert [True, False] == [a == b for a, b in zip(before, prints({CMAKE: b"another"}), strict=True)]
    assert [False, True] == [a == b for a, b in zip(before, prints({SPEC: b"[]"}), strict=True)]


@every_form
def test_an_archive_is_known_by_its_first_bytes(form, files, tmp_path):
    """Whatever its name is; a page is none, also one that says `ustar` where a tar does."""
    archive, page = tmp_path / "a.md", tmp_path / "b.zip"
    archive.write_bytes(packed(form, files))
    page.write_bytes(b"---\n".ljust(257) + b"ustar\n---\n")

    assert is_archive(archive)
    assert not is_archive(page)


@pytest.mark.parametrize("raw", [b"", b"P", b"PK", b"---\n", b"\x1f"])
def test_a_few_bytes_are_no_archive(raw, tmp_path):
    """A file shorter than what makes an archive known."""
    (tmp_path / "short").write_bytes(raw)

    assert not is_archive(tmp_path / "short")


@every_form
def test_the_last_of_two_members_counts(form, source, page):
    """As it does for tar, which unpacks one over the other."""
    first, last = page(), page(layout="E")
    if form == "zip":
        with pytest.warns(UserWarning, match="Duplicate name"):
            raw = io.BytesIO()
            with zipfile.ZipFile(raw, "w") as archive:
                archive.writestr(ZLIB, first)
                archive.writestr(ZLIB, last)
        doubled = raw.getvalue()
    else:
        once, again = tar({ZLIB: first}), tar({f"./{ZLIB}": last})
        doubled = once[: 512 + -(-len(first) // 512) * 512] + again

    assert [last] == [content for _, _, _, content, _ in contents(source(doubled))]


@every_form
def test_several_caches_are_an_error(form, source, page):
    """Which is meant? The message names them, and says what to do."""
    raw = packed(form, {f"a/{ZLIB}": page(), f"b/{ZLIB}": page(), "c/_cache/x/notes.md": b""})

    with pytest.raises(SourceError, match="several caches, a/_cache/, b/_cache/; pack the one that is meant"):
        source(raw).list()


@every_form
def test_no_page_is_an_error(form, source):
    """An archive without a cache is no empty one."""
    with pytest.raises(SourceError, match="no page"):
        source(packed(form, {"_cache/develop/zlib/notes.md": b"", "specs.md": b""})).list()


def test_an_archive_without_a_member_is_an_error(source):
    """Also one that is nothing but its end mark."""
    for raw in (tar({}), zipped({}), gzip.compress(tar({}))):
        with pytest.raises(SourceError, match="no page"):
            source(raw).list()


@every_form
@pytest.mark.parametrize("name", [f"/{ZLIB}", f"../{ZLIB}", f"a/../../{ZLIB}", "_cache/../../_cache/develop/zlib/specs.md"])
def test_a_path_that_leads_out_is_passed_over(form, name, source, page):
    """It is no page of this cache."""
    assert [CMAKE] == paths(source(packed(form, {name: page(), CMAKE: page("cmake", "v1.0.0")})))


@every_form
def test_a_path_is_taken_without_its_detours(form, source, page):
    """As the file system would take it."""
    assert [ZLIB] == paths(source(packed(form, {"x/.././_cache//develop/zlib/specs.md": page()})))


def test_a_zero_in_a_name_is_passed_over(source, page):
    """zipfile would cut the name there, and take the rest for a page."""
    raw = zipped({CMAKE: page("cmake", "v1.0.0"), ZLIB + "_.exe": page()}).replace(b"specs.md_", b"specs.md\0")

    assert [CMAKE] == paths(source(raw))


def test_a_name_that_is_no_utf8_is_listed(source, page):
    """Its bytes can be had back; the reader of pages says what is wrong with it."""
    name = os.fsdecode(b"_cache/develop/\xff/specs.md")

    assert [name] == paths(source(tar({name: page()})))


def test_a_zip_of_windows_has_its_folders(source, page):
    """Some packers part them by a backslash."""
    entry = zipfile.ZipInfo(ZLIB.replace("/", "\\"))
    entry.create_system = 0

    assert [ZLIB] == paths(source(zipped({entry: page()})))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_what_is_no_file_of_a_tar_is_listed_as_none(kind, source, page):
    """A link, pipe, device or folder that bears a page's name; it has no content."""
    archive = source(tar({CMAKE: page("cmake", "v1.0.0")}, member(ZLIB, type=kind, linkname="/etc/passwd")))
    listed, good = archive.list().documents

    assert (ZLIB, False) == (listed.path, listed.is_file)
    assert good.is_file
    with pytest.raises(OSError, match="not unpacked"):
        archive.read(listed)


def test_a_hard_link_is_the_file_that_is_packed_before_it(source, cache, page, tmp_path):
    """A file of two names is packed under one of them, whatever packs a folder; pages and spec files are read all the same."""
    other = "_cache/develop/zlib/spec-1.json"
    folder = cache(at={ZLIB: page(), SPEC: b"{}"})
    (folder / other).hardlink_to(folder / SPEC)
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.add(folder / "_cache", "site/_cache")
        kinds = [one.type for one in archive.getmembers()]

    assert tarfile.LNKTYPE in kinds
    assert contents(FolderSource.at("public", folder, Limits())) == contents(source(raw.getvalue()))
    assert ["_cache/develop/zlib/spec-0.json", other] == [one.path for one in source(raw.getvalue()).list().documents[0].beside]


def test_a_hard_link_has_its_own_place_and_the_content_of_the_other(source):
    """Also one to a link; what comes later under the first name does not change it, as on a disk."""
    first, second = "_cache/develop/a/specs.md", "_cache/v1.0.0/b/specs.md"
    raw = in_order((first, b"once"), hard_link(second, f"./{first}"), (first, b"later"), hard_link(ZLIB, second))

    assert [
        (first, "develop", "a", b"later", []),
        (ZLIB, "develop", "zlib", b"once", []),
        (second, "v1.0.0", "b", b"once", []),
    ] == contents(source(raw))


@pytest.mark.parametrize("target", [CMAKE, ZLIB, "README.md", "../README.md", "_cache/a/link/specs.md"])
def test_a_hard_link_to_no_file_before_it_is_listed_as_no_file(target, source):
    """One that is packed later or passed over, itself, outside, or no file: what it would be, nobody knows."""
    soft = member("_cache/a/link/specs.md", type=tarfile.SYMTYPE, linkname="x")
    listed = source(in_order(("README.md", b""), soft, hard_link(ZLIB, target), (CMAKE, b""))).list().documents

    assert {"_cache/a/link/specs.md": False, ZLIB: False, CMAKE: True} == {one.path: one.is_file for one in listed}


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
def test_words_on_the_tags_that_are_no_yaml_are_told(form, source, page, tmp_path):
    """With the name of the source and its place: of an archive, and of the folder that it was made of."""
    files = {ZLIB: page(), META: b"a: ["}
    for path, raw in files.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(raw)

    for one, place in ((source(packed(form, files)), tmp_path / "packed"), (FolderSource.at("public", tmp_path, Limits()), tmp_path)):
        with pytest.raises(SourceError, match=f"^source public: {place}: _data/meta.yaml cannot be read as YAML"):
            one.list()


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644])
def test_what_is_no_file_of_a_zip_is_listed_as_none(mode, source):
    """A zip made on Unix says so in its attributes."""
    entry = zipfile.ZipInfo(ZLIB)
    entry.external_attr = mode << 16
    (listed,) = source(zipped({entry: b"/etc/passwd"})).list().documents

    assert (ZLIB, False) == (listed.path, listed.is_file)


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
