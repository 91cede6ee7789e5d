"""The data files of the site that follows the pages, as documents."""

import gzip
import json
import pickle
import tarfile
from pathlib import Path
from typing import Any

import pytest

from etl.errors import SourceError
from etl.extract import read_batch
from etl.extract.limits import Limits
from etl.extract.sources.buildcache import BuildcacheSource
from etl.extract.sources.listing import Listing
from etl.extract.sources.site import SiteSource

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"

A, B, C = "a" * 32, "b" * 32, "c" * 32


def spec(spec_hash: str = A, **keys: Any) -> dict[str, Any]:
    """A spec of the site's data, with these keys."""
    said = {"hash": spec_hash, "version": "1.3", "variants": ["+shared"], "platform": "linux", "os": "ubuntu22.04", "target": "x86_64_v3"}
    return said | {"dependencies": [], "stacks": ["e4s"], "releases": ["develop"]} | keys


def package(*hashes: str, **keys: Any) -> dict[str, Any]:
    """A package that has these specs."""
    return {"uid": "zlib", "url": "https://example.org/zlib", "releases": ["develop"], "specs": list(hashes)} | keys


def site(folder: Path, packages: Any, specs: Any) -> SiteSource:
    """The source at a folder that holds both files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, said in (("package_data", packages), ("specs_data", specs)):
        (folder / f"{name}.json.gz").write_bytes(gzip.compress(json.dumps(said).encode()))
    return source(folder)


def source(location: Path | str) -> SiteSource:
    """The source at a location."""
    return SiteSource("site", str(location), Limits(), None)


def records(found: SiteSource | BuildcacheSource, listing: Listing | None = None) -> dict[str, dict[str, Any]]:
    """What a source holds, by path."""
    return {one.path: json.loads(found.read(one)) for one in (listing or found.list()).documents}


def only(folder: Path, **keys: Any) -> dict[str, Any]:
    """The record of one spec that has these keys."""
    (record, *_) = records(site(folder, {"zlib": package(A)}, {A: spec(**keys)})).values()
    (found,) = record["specs"]
    return found


def test_a_document_is_a_package_under_a_release(tmp_path):
    """A spec of two releases is in both; documents and specs are sorted."""
    specs = {B: spec(B), A: spec(A, releases=["v1.0", "develop"]), C: spec(C)}
    found = records(site(tmp_path, {"zlib": package(B, A), "hdf5": package(C)}, specs))

    assert [("develop/hdf5", [C]), ("develop/zlib", [A, B]), ("v1.0/zlib", [A])] == [
        (path, [one["hash"] for one in record["specs"]]) for path, record in found.items()
    ]
    assert {("site", "zlib"), ("site", "hdf5")} == {(record["layout"], record["package"]) for record in found.values()}


def test_what_the_site_does_not_say_is_left_out(tmp_path):
    """Compiler and size; what it says stands as on a page."""
    expected = {"hash": A, "versions": ["1.3"], "os": "ubuntu22.04", "platform": "linux", "target": "x86_64_v3"}

    assert expected | {"variants": ["+shared"], "stacks": ["e4s"], "flags": [], "patches": []} == only(tmp_path)


def test_a_text_for_each_value_becomes_one_for_each_option(tmp_path):
    """With the quotes that pages have; flags and whole patches stand apart."""
    patches = ["0123456789abcdef" * 4, "fedcba9876543210" * 4]
    texts = ["~ipo", "libs=static", "libs=shared", "languages=c++", "cflags=-O2", "cflags=-g", *(f"patches={patch}" for patch in patches)]
    found = only(tmp_path, variants=texts)

    assert ["~ipo", "languages='c++'", "libs:=shared,static", "patches=0123456,fedcba9"] == found["variants"]
    assert (["cflags=-O2 -g"], patches) == (found["flags"], found["patches"])


def test_a_text_that_is_no_option_stays_as_it_is(tmp_path):
    """The grammar of options refuses it later, and the spec loads; so does a second value of one that is on or off."""
    assert ["+x", "", "=1", "no", "x=1", "~x"] == only(tmp_path, variants=["no", "+x", "~x", "x=1", "", "=1"])["variants"]


@pytest.mark.parametrize(
    ("releases", "stacks", "said"),
    [
        (["develop"], ["radiuss", "e4s"], ["e4s", "radiuss"]),
        (["develop", "v1.0"], ["e4s"], ["e4s"]),
        (["develop", "v1.0"], ["e4s", "radiuss"], None),
        (["develop"], ["root", "e4s"], ["e4s"]),
        (["develop"], [], None),
        (["develop"], None, None),
    ],
)
def test_stacks_are_said_only_where_they_are_those_of_the_release(tmp_path, releases, stacks, said):
    """Of several releases and several stacks, which is of which is not in the data."""
    assert said == only(tmp_path, releases=releases, stacks=stacks).get("stacks")


def test_dependencies_are_read_where_they_are_given_by_hash(tmp_path):
    """As the site's data had them first; labels for people name none, and an empty list may mean that none is shown."""
    raw = [{"name": "zlib", "hash": B, "parameters": {"deptypes": ["link", "build"], "virtuals": []}}]
    found = records(site(tmp_path, {"hdf5": package(A), "zlib": package(B)}, {A: spec(dependencies=raw), B: spec(B)}))

    assert [{"hash": B, "package": "zlib", "version": "1.3", "kinds": ["build", "link"]}] == found["develop/hdf5"]["specs"][0][
        "dependencies"
    ]
    assert "dependencies" not in found["develop/zlib"]["specs"][0]
    assert "dependencies" not in only(tmp_path, dependencies=[{"label": "zlib@1.3", "link": "/package/zlib"}])


@pytest.mark.parametrize("inside", ["", "api", "_data"])
def test_the_files_are_found_where_the_site_has_them(tmp_path, inside):
    """Packed or plain; each of the two stands for both."""
    folder = tmp_path / inside
    site(folder, {"zlib": package(A)}, {A: spec()})
    packed = records(source(tmp_path))
    for name in ("package_data", "specs_data"):
        (folder / f"{name}.json").write_bytes(gzip.decompress((folder / f"{name}.json.gz").read_bytes()))
        (folder / f"{name}.json.gz").unlink()

    assert ["develop/zlib"] == list(packed)
    assert [packed] * 3 == [records(source(where)) for where in (tmp_path, folder / "specs_data.json", folder / "package_data.json.gz")]


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    """Whichever it is."""
    with pytest.raises(SourceError, match="holds no package_data"):
        source(tmp_path).list()

    site(tmp_path, {}, {})
    (tmp_path / "specs_data.json.gz").unlink()

    with pytest.raises(SourceError, match="no specs_data"):
        source(tmp_path).list()


@pytest.mark.parametrize(("packages", "specs"), [([], {}), ({}, []), ({}, {})])
def test_data_of_another_form_or_of_nothing_are_an_error(tmp_path, packages, specs):
    """Else everything would seem to have gone."""
    with pytest.raises(SourceError):
        site(tmp_path, packages, specs).list()


@pytest.mark.parametrize(
    "wrong",
    [None, [], {}, spec(version=1), spec(B), spec(variants="x"), spec(releases=[]), spec(releases=["a\n"]), {"releases": ["v1.0"]}],
)
def test_a_bad_spec_is_a_reject_and_loses_no_other(tmp_path, wrong):
    """It stands under the releases that it names, else under those of its package."""
    found = site(tmp_path, {"zlib": package(A, C)}, {A: wrong, C: spec(C)})
    batch = read_batch((found, one) for one in found.list().documents)
    (reject,) = batch.rejects.to_pylist()

    assert [C] == batch.specs["hash"].to_pylist()
    assert ("spec", "missing_key") == (reject["scope"], reject["rule"])
    assert ("v1.0/zlib" if wrong == {"releases": ["v1.0"]} else "develop/zlib") == reject["path"]


@pytest.mark.parametrize("packages", [{"zlib": []}, {"": package(A)}, {"zlib": package()}, {"zlib": package(B)}])
def test_specs_and_packages_that_do_not_know_each_other_are_rejects(tmp_path, packages):
    """A spec of no package stands under `unknown`, a package without data under its own name, a hash without data as nothing."""
    found = site(tmp_path, {"hdf5": package(C), **packages}, {A: spec(), C: spec(C)})
    batch = read_batch((found, one) for one in found.list().documents)

    assert [C] == batch.specs["hash"].to_pylist()
    assert "develop/unknown" in batch.rejects["path"].to_pylist()
    assert {"missing_key"} == set(batch.rejects["rule"].to_pylist())


def test_the_source_can_be_sent_to_another_process(tmp_path):
    """With what it listed."""
    found = site(tmp_path, {"zlib": package(A)}, {A: spec()})
    sent, listing = pickle.loads(pickle.dumps((found, found.list())))

    assert records(found) == records(sent, listing)


def test_site_and_index_agree_on_what_both_say(tmp_path):
    """The site's data as they are made of an index: each value a text, flags among the options, stacks without `root`."""
    if not CORPUS.is_dir():
        pytest.skip("../shared/corpus is not here")
    with tarfile.open(CORPUS / "manifest.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    found = records(site(tmp_path / "site", *_data(tmp_path / "manifest")))
    manifest = tmp_path / "manifest" / "cache_spack_io_index.json"
    indices = records(BuildcacheSource("cache", str(manifest), Limits(), None))
    expected = {(tag, one["hash"]): one for tag, one in _specs(indices) if set(one["stacks"]) - {"root"}}
    got = {(tag, one["hash"]): one for tag, one in _specs(found)}
    keys = ("versions", "os", "platform", "target", "patches")

    assert set(expected) <= set(got)
    for key, one in expected.items():
        assert [one[name] for name in keys] == [got[key][name] for name in keys]
        assert [text.replace(":=", "=") for text in one["variants"]] == [text.replace(":=", "=") for text in got[key]["variants"]]
        assert got[key].get("stacks") in (None, [stack for stack in one["stacks"] if stack != "root"])


def _specs(found: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(record["tag"], one) for record in found.values() for one in record["specs"]]


def _data(manifest: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two files that the site would have of these indices."""
    packages: dict[str, Any] = {}
    specs: dict[str, Any] = {}
    for tag, labels in json.loads((manifest / "cache_spack_io_index.json").read_text()).items():
        for label in labels:
            if label["label"] == "root":
                continue
            installs = json.loads((manifest / label["url"].removeprefix("s3://spack-binaries/")).read_text())["database"]["installs"]
            for spec_hash, one in installs.items():
                node, arch = one["spec"], one["spec"]["arch"]
                texts = []
                for name, value in node["parameters"].items():
                    many = value if isinstance(value, list) else [value]
                    texts += [("+" if value else "~") + name] if isinstance(value, bool) else [f"{name}={each}" for each in many]
                target = arch["target"] if isinstance(arch["target"], str) else arch["target"]["name"]
                said = spec(spec_hash, version=node["version"], variants=texts, os=arch["platform_os"], target=target)
                said = specs.setdefault(spec_hash, said | {"platform": arch["platform"], "stacks": [], "releases": []})
                for key, value in (("stacks", label["label"]), ("releases", tag)):
                    if value not in said[key]:
                        said[key].append(value)
                named = packages.setdefault(node["name"], package(releases=[]))
                if spec_hash not in named["specs"]:
                    named["specs"].append(spec_hash)
    return packages, specs
