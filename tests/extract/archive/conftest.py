"""Makers of archives, and what a test asks of a source."""

import gzip
import io
import tarfile
import zipfile

import pyarrow as pa
import pytest

from etl.extract.limits import Limits
from etl.extract.sources.archive import ArchiveSource

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
