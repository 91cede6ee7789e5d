"""Indices of build caches as documents: which specs, in which stacks, and what becomes of bad ones."""

import gzip
import hashlib
import json
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import SourceError
from etl.extract import read_batch
from etl.extract.limits import Limits
from etl.extract.sources.buildcache import BuildcacheSource
from etl.extract.sources.folder import FolderSource
from etl.extract.sources.listing import UNTAGGED, Listing
from etl.transform.list_keys import as_key
from etl.transform.variants import variant_sets

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"

A, B, C = "a" * 32, "b" * 32, "c" * 32
MANIFEST = "cache_spack_io_index.json"
TARBALL = "application/vnd.spack.install.v2.tar+gzip"


def node(spec_hash: str = A, name: str = "zlib", **keys: Any) -> dict[str, Any]:
    """A node of the fourth version, with these keys."""
    arch = {"platform": "linux", "platform_os": "ubuntu22.04", "target": "x86_64_v3"}
    return {"name": name, "version": "1.3", "arch": arch, "parameters": {"shared": True}, "hash": spec_hash} | keys


def entry(spec_hash: str = A, has_binary: bool | None = True, **keys: Any) -> dict[str, Any]:
    """An entry of an index; has_binary None leaves that key out."""
    said = {"spec": node(spec_hash, **keys), "ref_count": 0}
    return said if has_binary is None else said | {"in_buildcache": has_binary}


def index(installs: dict[str, Any], version: Any = "7") -> bytes:
    """An index that holds these entries."""
    return json.dumps({"database": {"version": version, "installs": installs}}).encode()


def source(location: Path | str, limits: Limits | None = None) -> BuildcacheSource:
    """The source at a location."""
    return BuildcacheSource("cache", str(location), limits or Limits(), None)


def records(found: BuildcacheSource, listing: Listing | None = None) -> dict[str, dict[str, Any]]:
    """What a source holds, by path."""
    return {one.path: json.loads(found.read(one)) for one in (listing or found.list()).documents}


def hashes(found: BuildcacheSource) -> dict[str, list[str]]:
    """The hashes that each document of a source holds."""
    return {path: [spec["hash"] for spec in record["specs"]] for path, record in records(found).items()}


def stacks(found: BuildcacheSource) -> dict[str, list[str] | None]:
    """The stacks that each spec stands in."""
    return {spec["hash"]: spec.get("stacks") for record in records(found).values() for spec in record["specs"]}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[[dict[str, dict[str, bytes | None]]], BuildcacheSource]:
    """`manifest({tag: {label: index}})` is the source at a manifest that names them; an index of None is not there."""

    def made(tags: dict[str, dict[str, bytes | None]]) -> BuildcacheSource:
        said: dict[str, list[dict[str, str]]] = {}
        for tag, labels in tags.items():
            said[tag] = []
            for label, raw in labels.items():
                path = f"{tag}/build_cache/index.json" if label == "root" else f"{tag}/{label}/build_cache/index.json"
                said[tag].append({"label": label, "url": f"s3://spack-binaries/{path}"})
                if raw is not None:
                    write(tmp_path, {path: raw})
        write(tmp_path, {MANIFEST: json.dumps(said).encode()})
        return source(tmp_path / MANIFEST)

    return made


@pytest.fixture
def mirror(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """`mirror({view: index})` is a mirror of the third layout; the view "" is its own index."""

    def made(views: dict[str, bytes]) -> Path:
        for view, raw in views.items():
            digest = hashlib.sha256(raw).hexdigest()
            blob = {"contentLength": len(raw), "mediaType": "application/vnd.spack.db.v8+json", "compression": "none"}
            blob |= {"checksumAlgorithm": "sha256", "checksum": digest}
            said = json.dumps({"version": 3, "data": [blob]}).encode()
            path = f"v3/manifests/index/{view}/index.manifest.json".replace("//", "/")
            write(tmp_path, {path: said, f"blobs/sha256/{digest[:2]}/{digest}": raw})
        return tmp_path

    return made


def test_a_document_is_a_package_under_a_tag(manifest):
    """Its specs are sorted by hash, whatever their order in the index; documents are in path order."""
    found = manifest(
        {"v1.0": {"root": index({B: entry(B), A: entry(A), C: entry(C, name="hdf5")})}, "develop": {"root": index({A: entry()})}}
    )

    assert [("develop/zlib", [A]), ("v1.0/hdf5", [C]), ("v1.0/zlib", [A, B])] == list(hashes(found).items())
    assert [("develop", "zlib"), ("v1.0", "hdf5"), ("v1.0", "zlib")] == [(one.tag, one.package) for one in found.list().documents]
    assert {"buildcache"} == {record["layout"] for record in records(found).values()}


def test_the_same_index_gives_the_same_bytes_in_whatever_order(manifest):
    """So that nothing has changed where nothing has."""
    one, other = index({A: entry(A), B: entry(B)}), index({B: entry(B), A: entry(A)})
    first = [document.fingerprint for document in manifest({"develop": {"root": one, "e4s": one}}).list().documents]
    second = [document.fingerprint for document in manifest({"develop": {"e4s": other, "root": other}}).list().documents]

    assert first == second


def test_names_that_are_no_file_names_stay_one_step_of_the_path(manifest):
    """Tag and package are data from elsewhere."""
    found = manifest({"releases": {"root": index({A: entry(name="../a b")})}})

    assert ["releases/..%2Fa%20b"] == list(records(found))


def test_a_spec_stands_in_each_stack_whose_index_knows_its_hash(manifest):
    """As on pages: of a tag if any index has the binary, in a stack also where that one has it as a dependency only."""
    found = manifest({"develop": {"root": index({A: entry(A), B: entry(B)}), "e4s": index({A: entry(A, has_binary=False), B: entry(B)})}})

    assert {A: ["e4s", "root"], B: ["e4s", "root"]} == stacks(found)


def test_an_entry_without_a_binary_is_no_spec_but_says_its_version(manifest):
    """Such as the libc of the machine that built: others depend on it."""
    edge = {"name": "glibc", "hash": B, "parameters": {"deptypes": ["link"], "virtuals": ["libc"]}}
    found = manifest({"develop": {"root": index({A: entry(A, dependencies=[edge]), B: entry(B, False, name="glibc", version="2.35")})}})
    (spec,) = records(found)["develop/zlib"]["specs"]

    assert {"develop/zlib": [A]} == hashes(found)
    assert [{"hash": B, "package": "glibc", "version": "2.35", "kinds": ["link"]}] == spec["dependencies"]


def test_in_an_index_that_never_says_so_all_entries_count(manifest):
    """The index of an installed tree has no such key; where others have it, an entry without it has no binary."""
    never = index({A: entry(A, None), B: entry(B, None)})
    sometimes = index({A: entry(A, None), B: entry(B)})

    assert {"develop/zlib": [A, B]} == hashes(manifest({"develop": {"root": never}}))
    assert {"develop/zlib": [B]} == hashes(manifest({"develop": {"root": sometimes}}))


@pytest.mark.parametrize("version", ["5", 5])
def test_in_the_oldest_index_a_node_stands_under_its_name(manifest, version):
    """And its dependencies are a mapping."""
    old = {key: value for key, value in node(dependencies={"cmake": {"hash": B, "type": ["build"]}}).items() if key != "name"}
    (spec,) = records(manifest({"develop": {"root": index({A: {"spec": {"zlib": old}, "in_buildcache": True}}, version)}}))["develop/zlib"][
        "specs"
    ]

    assert (A, [{"hash": B, "package": "cmake", "kinds": ["build"]}]) == (spec["hash"], spec["dependencies"])


@pytest.mark.parametrize("version", ["6", "7", "8", "9"])
def test_later_indices_have_one_form_of_nodes(manifest, version):
    """They differ in keys that may be absent."""
    assert {"develop/zlib": [A]} == hashes(manifest({"develop": {"root": index({A: entry()}, version)}}))


@pytest.mark.parametrize("version", ["4", "10", "0.9.3", 7.5, ""])
def test_an_index_of_another_version_is_an_error_that_names_it(manifest, version):
    """What it would say in a form that nobody has seen, nobody knows."""
    with pytest.raises(SourceError, match=f"has version {version}; versions 5 to 9"):
        manifest({"develop": {"root": index({A: entry()}, version)}}).list()


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"[]", b'{"database": {"version": "7"}}', b'{"a": NaN}', b"[" * 100_000, b'{"a": "\\ud800"}', b"\x1f\x8bno"]
)
def test_what_is_no_index_is_an_error(manifest, raw):
    """Nothing of it can be believed."""
    with pytest.raises(SourceError):
        manifest({"develop": {"root": raw}}).list()


def test_a_stack_whose_index_is_not_there_is_not_observed(manifest):
    """The manifest still lists it, so its specs have not left; the others are read."""
    found = manifest({"develop": {"root": index({A: entry()}), "e4s": None}, "v1.0": {"root": None}, "v2.0": {}})

    assert {A: ["root"]} == stacks(found)
    assert {"develop": ["e4s", "root"], "v1.0": ["root"], "v2.0": []} == found.list().totals.stacks


def test_a_manifest_none_of_whose_indices_is_there_is_an_error(manifest):
    """Else everything would seem to have gone."""
    with pytest.raises(SourceError, match="of 2 indices .* none is there"):
        manifest({"develop": {"root": None, "e4s": None}}).list()


def test_a_label_may_stand_twice(tmp_path):
    """Its indices count together."""
    labels = [{"label": "e4s", "url": url} for url in ("one.json", "s3://spack-binaries/two.json")]
    write(
        tmp_path, {MANIFEST: json.dumps({"develop": labels}).encode(), "one.json": index({A: entry(A)}), "two.json": index({B: entry(B)})}
    )

    assert {A: ["e4s"], B: ["e4s"]} == stacks(source(tmp_path / MANIFEST))


@pytest.mark.parametrize("raw", [b"[]", b'{"develop": [{"label": "root"}]}', b'{"": []}', b'{"a": [{"label": "x\\n", "url": "u"}]}', b"{"])
def test_what_is_no_manifest_is_an_error(tmp_path, raw):
    """Names of tags and stacks are part of its form."""
    with pytest.raises(SourceError, match="manifest"):
        source(write(tmp_path, {MANIFEST: raw}) / MANIFEST).list()


def test_an_absolute_url_of_the_same_kind_of_place_is_opened(tmp_path):
    """Here a path and a `file://` URL, from a manifest that is a file itself."""
    elsewhere = write(tmp_path / "elsewhere", {"a.json": index({A: entry(A)}), "b.json": index({B: entry(B)})})
    labels = [{"label": "a", "url": f"{elsewhere}/a.json"}, {"label": "b", "url": f"file://{elsewhere}/b.json"}]
    home = write(tmp_path / "home", {MANIFEST: json.dumps({"develop": labels}).encode()})

    assert {A: ["a"], B: ["b"]} == stacks(source(home / MANIFEST))


@pytest.mark.parametrize("url", ["https://example.org/index.json", "s3://other/index.json", "../outside.json"])
def test_a_manifest_leads_nowhere_else(tmp_path, url):
    """Neither to another kind of place nor out of its folder."""
    write(tmp_path, {"outside.json": index({A: entry()})})
    home = write(tmp_path / "home", {MANIFEST: json.dumps({"develop": [{"label": "root", "url": url}]}).encode()})

    with pytest.raises(SourceError):
        source(home / MANIFEST).list()


@pytest.mark.parametrize("url", ["/index.json", "file:///index.json", "s3://other/index.json"])
def test_a_manifest_from_the_web_does_not_make_local_files_be_read(monkeypatch, tmp_path, url):
    """It is written by others."""

    class Web:
        location = "https://example.org"

        def fetch(self, path: str) -> bytes:
            return json.dumps({"develop": [{"label": "root", "url": url}]}).encode()

    monkeypatch.setattr("etl.extract.sources.buildcache.place", lambda *_: Web())

    with pytest.raises(SourceError, match="names an index elsewhere"):
        source(f"https://example.org/{MANIFEST}").list()


def test_a_blob_in_a_manifest_must_have_the_checksum_of_its_name(tmp_path):
    """A cut-off or replaced one would be read as specs that left."""
    raw = gzip.compress(index({A: entry()}), mtime=0)
    digest = hashlib.sha256(raw).hexdigest()
    path = f"develop/blobs/sha256/{digest[:2]}/{digest}"
    said = json.dumps({"develop": [{"label": "root", "url": f"s3://spack-binaries/{path}"}]}).encode()
    found = source(write(tmp_path, {MANIFEST: said, path: raw}) / MANIFEST)

    assert {"develop/zlib": [A]} == hashes(found)

    write(tmp_path, {path: index({B: entry(B)})})

    with pytest.raises(SourceError, match="sha256"):
        found.list()


def test_a_mirror_is_one_tag_without_stacks(mirror):
    """Which stack its specs are of, it does not say."""
    found = source(mirror({"": index({A: entry()}, "8")}))

    assert {f"{UNTAGGED}/zlib": [A]} == hashes(found)
    assert ({A: None}, {}) == (stacks(found), found.list().totals.stacks)


def test_the_views_of_a_mirror_are_its_stacks(mirror):
    """Beside its own index, which is `root` then."""
    found = source(mirror({"": index({A: entry(A), B: entry(B)}), "gpu": index({A: entry(A)})}))

    assert {A: ["gpu", "root"], B: ["root"]} == stacks(found)
    assert {UNTAGGED: ["gpu", "root"]} == found.list().totals.stacks


def test_an_index_that_is_not_what_its_manifest_says_is_an_error(mirror):
    """Its size and checksum stand there."""
    folder = mirror({"": index({A: entry()})})
    (blob,) = (folder / "blobs").rglob("*/*/*")
    blob.write_bytes(blob.read_bytes().replace(b"1.3", b"1.4"))

    with pytest.raises(SourceError, match="sha256"):
        source(folder).list()

    blob.write_bytes(blob.read_bytes() + b" ")

    with pytest.raises(SourceError, match="bytes, not"):
        source(folder).list()


def test_a_mirror_of_the_second_layout_has_one_index(tmp_path):
    """With a checksum beside it, or none."""
    raw = index({A: entry()})
    found = source(write(tmp_path, {"build_cache/index.json": raw}))

    assert {f"{UNTAGGED}/zlib": [A]} == hashes(found)

    write(tmp_path, {"build_cache/index.json.hash": hashlib.sha256(raw).hexdigest().encode() + b"\n"})

    assert {f"{UNTAGGED}/zlib": [A]} == hashes(found)

    write(tmp_path, {"build_cache/index.json.hash": b"0" * 64})

    with pytest.raises(SourceError, match="sha256"):
        found.list()


def test_a_folder_that_is_no_mirror_is_an_error_that_says_what_is_missing(tmp_path):
    """Both names that an index could have."""
    with pytest.raises(SourceError, match="neither v3/manifests/index/index.manifest.json .* nor build_cache/index.json"):
        source(tmp_path).list()


def test_an_index_without_a_spec_is_an_error(tmp_path):
    """Else everything would seem to have gone."""
    with pytest.raises(SourceError, match="no spec"):
        source(write(tmp_path, {"build_cache/index.json": index({A: entry(A, False)})})).list()


@pytest.mark.parametrize("is_signed", [False, True])
def test_the_size_of_a_spec_is_that_of_its_tarball(mirror, is_signed):
    """As the spec's own manifest says, signed or not; the other blob there is the spec file."""
    blobs = [{"contentLength": 1234, "mediaType": TARBALL}, {"contentLength": 99, "mediaType": "application/vnd.spack.spec.v5+json"}]
    said = json.dumps({"version": 3, "data": blobs}, indent=1).encode()
    if is_signed:
        head = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        said = head + said.replace(b"{", b"- {", 1) + b"\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    folder = mirror({"": index({A: entry(A), B: entry(B)})})
    write(
        folder,
        {f"v3/manifests/spec/zlib/zlib-1.3-{A}.spec.manifest.json": said, f"v3/manifests/spec/zlib/zlib-1.3-{B}.spec.manifest.json": b"{"},
    )

    assert ["1234", None] == [spec.get("size") for spec in records(source(folder))[f"{UNTAGGED}/zlib"]["specs"]]


def bad(**keys: Any) -> dict[str, Any]:
    """An entry whose node has these keys instead."""
    return {"spec": node(**keys), "in_buildcache": True}


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"spec": []},
        {"spec": {"name": "zlib"}, "in_buildcache": True},
        bad() | {"in_buildcache": "yes"},
        bad(spec_hash=B),
        bad(version=1.3),
        bad(arch="linux-ubuntu22.04-x86_64"),
        bad(name=""),
        bad(name="a\nb"),
        bad(parameters={"x": {"y": 1}}),
        bad(parameters={"x": 1.5}),
        bad(dependencies=[{"name": "cmake"}]),
        bad(dependencies="cmake"),
        bad(compiler="gcc@11"),
        {"hash": A, "versions": ["1"], "os": "o", "platform": "p", "target": "t"},
    ],
)
def test_a_bad_entry_is_a_reject_and_loses_no_other(manifest, wrong):
    """It stands beneath its hash among the specs of its package, or of `unknown`; the reader of records refuses it there."""
    found = manifest({"develop": {"root": index({A: wrong, C: entry(C)})}})
    batch = read_batch((found, one) for one in found.list().documents)
    (reject,) = batch.rejects.to_pylist()

    assert [C] == batch.specs["hash"].to_pylist()
    assert ("spec", "missing_key") == (reject["scope"], reject["rule"])
    assert reject["path"] in ("develop/zlib", "develop/unknown")
    assert reject["excerpt"].startswith(f'{{"{A}"')


def test_an_entry_that_another_index_has_whole_is_no_reject(manifest):
    """The stack still has it."""
    found = manifest({"develop": {"root": index({A: bad(version=1.3)}), "e4s": index({A: entry()})}})

    assert {A: ["e4s", "root"]} == stacks(found)


def test_a_text_that_no_table_should_hold_is_refused_by_the_reader(manifest):
    """The others of the package load."""
    found = manifest({"develop": {"root": index({A: entry(A, version="1\u0000"), B: entry(B)})}})
    batch = read_batch((found, one) for one in found.list().documents)

    assert ([B], ["control_character"]) == (batch.specs["hash"].to_pylist(), batch.rejects["rule"].to_pylist())


def test_the_source_can_be_sent_to_another_process(manifest):
    """With what it listed."""
    found = manifest({"develop": {"root": index({A: entry()})}})
    sent, listing = pickle.loads(pickle.dumps((found, found.list())))

    assert records(found) == records(sent, listing)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Indices and pages of the same specs."""
    if not CORPUS.is_dir():
        pytest.skip("../shared/corpus is not here")
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("manifest", "site"):
        with tarfile.open(CORPUS / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder


def said(found: BuildcacheSource | FolderSource) -> tuple[Listing, dict[tuple[str, str, str], tuple[Any, ...]]]:
    """What a source says of each spec under each tag, options in their canonical form, dependencies apart."""
    listing = found.list()
    batch = read_batch((found, one) for one in listing.documents)

    assert 0 == batch.rejects.num_rows
    documents = {
        row["document"]: (row["tag"], row["package"]) for row in batch.documents.select(["document", "tag", "package"]).to_pylist()
    }
    keys = pl.DataFrame({"variants": batch.specs["variants"].to_pylist()}).select(as_key("variants"))["variants"]
    sets = variant_sets(keys)
    texts = dict(sets.texts.select("variants_key", "variants_text").iter_rows())

    assert 0 == sets.refused.height
    plain = ["versions", "os", "platform", "target"]
    return listing, {
        (*documents[spec["document"]], spec["hash"]): (
            *(spec[key] for key in plain),
            spec["compiler"].replace("@=", "@"),
            sorted(spec["stacks"]),
            texts[key],
        )
        for spec, key in zip(batch.specs.to_pylist(), keys, strict=True)
    }


def test_an_index_says_what_the_pages_made_of_it_say(corpus):
    """Every spec of every tag: version, system, compiler, stacks with `root`, and options; and the same stacks of each tag."""
    listing, indices = said(source(corpus / "manifest" / MANIFEST))
    _, pages = said(FolderSource.at("site", corpus / "site", Limits()))

    assert 9_642 == len(indices)
    assert pages == indices
    assert {"develop-2024-03-31", "develop-2024-04-14", "develop-2024-05-12", "v0.21.2"} == set(listing.totals.stacks)
