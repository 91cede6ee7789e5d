"""An archive is read once, whatever its form, and gives what the folder that it was made of gives."""

import gzip
import io
import os
import tarfile
import zipfile

import pytest

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.archive import is_archive
from etl.extract.sources.folder import FolderSource

from .conftest import CMAKE, META, SPEC, ZLIB, contents, every_form, hard_link, in_order, member, packed, paths, tar, zipped


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
