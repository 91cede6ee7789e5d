"""One model behind all sources: wherever the same pages come from, they are the same rows."""

import io
import json
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from etl.load.store import Store
from etl.query import ask

from .conftest import go, page, spec

OLD = """---
title: "lzo"
layout: cache
category: package
meta: {"versions": ["2.10"], "compilers": ["gcc@9.3.0"]}
spec_files: \n - "lzo@2.10%gcc@9.3.0+shared arch=linux-centos8-zen2": spec-0.json

---"""


@pytest.fixture
def pages(cache) -> Path:
    """A small cache of two tags, with totals and an old page with its spec file."""
    root = cache({"develop/zlib": [spec("a"), spec("b", stacks=["root"])], "v1.0.0/zlib": [spec("a")], "develop/zstd": [spec("c")]})
    (root / "_cache/lzo").mkdir()
    (root / "_cache/lzo/index.md").write_text(OLD)
    node = {"name": "lzo", "version": "2.10", "hash": "l" * 32, "parameters": {"shared": True, "cflags": ["-O1"]}}
    node["arch"] = {"platform": "linux", "platform_os": "centos8", "target": "zen2"}
    node["compiler"] = {"name": "gcc", "version": "9.3.0"}
    node["dependencies"] = [{"name": "zlib", "hash": "a" * 32, "type": ["build", "link"]}]
    (root / "_cache/lzo/spec-0.json").write_text(json.dumps({"spec": {"_meta": {"version": 2}, "nodes": [node]}}))
    (root / "_data").mkdir()
    (root / "_data/tags.yaml").write_text("- name: develop\n  stacks: [e4s, hep, root]\n")
    (root / "_data/meta.yaml").write_text("develop:\n  count: 3\n")
    return root


def packed(pages: Path, form: str) -> str:
    """The same pages in another form, as `run` takes it."""
    where = pages.parent / f"packed.{form}"
    files = sorted(path for path in pages.rglob("*") if path.is_file())
    if form == "zip":
        with zipfile.ZipFile(where, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, f"site/{file.relative_to(pages)}")
        return str(where)
    if form == "git":
        git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main", "-C", str(pages)]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "night"]):
            subprocess.run([*git, *words], check=True)
        return f"git+{pages}@main"
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        archive.add(pages, "site")
    if form == "tar.zst":
        where.write_bytes(pa.Codec("zstd").compress(plain.getvalue(), asbytes=True))
    elif form == "tar.gz":
        with tarfile.open(where, "w:gz") as archive:
            archive.add(pages, "site")
    else:
        where.write_bytes(plain.getvalue())
    return str(where)


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz", "tar.zst", "git"])
def test_the_same_pages_give_the_same_files_whatever_they_lie_in(pages, options, tmp_path, form):
    """Byte by byte: a file's name is its content."""
    go(options)
    source = packed(pages, form)
    go(replace(options, warehouse=tmp_path / "other", sources=(("public", source),)))
    folder, other = (Store(place).manifest() for place in (options.warehouse, tmp_path / "other"))

    assert folder is not None and other is not None
    assert folder.files == other.files


def test_an_old_page_says_what_its_spec_file_adds(pages, options):
    """Hash, flags and dependencies; nothing of stacks or counts."""
    go(options)

    told = "select spec_hash, is_hashed, variants_text, stack_count, stacks_text from specs join tag_specs using (spec_hash)"
    assert [("l" * 32, True, "+shared", None, None)] == ask(options.warehouse, f"{told} where specs.package = 'lzo'").rows
    assert [("cflags", "-O1")] == ask(options.warehouse, "select flag, value from spec_flags").rows
    assert [("zlib", "a" * 32, "build"), ("zlib", "a" * 32, "link")] == ask(
        options.warehouse, "select dependency_package, dependency_hash, kind from spec_dependencies order by kind"
    ).rows


def test_a_spec_file_that_changes_changes_its_page(pages, options):
    """It is part of what the page says: the next run reads it."""
    go(options)
    file = pages / "_cache/lzo/spec-0.json"
    file.write_text(file.read_text().replace("-O1", "-O2"))
    report = go(options, observed_at=None)

    assert "published" == report.status
    assert [("-O2",)] == ask(options.warehouse, "select value from spec_flags").rows


def test_totals_of_the_source_are_claims_like_any_other(pages, options):
    """`count` holds; of the stacks that are listed nobody stands in hep, so the tag is partial."""
    go(options)

    assert [("count", "3", "3", True), ("stacks", "e4s,hep,root", "e4s,root", False)] == ask(
        options.warehouse,
        "select claim, published, computed, is_equal from reconciliation where package is null and claim <> 'num_specs' order by claim",
    ).rows
    assert [("develop", True), ("untagged", None), ("v1.0.0", None)] == ask(
        options.warehouse, "select tag, is_partial from tags order by tag"
    ).rows
    assert [(None, None, 3)] == ask(
        options.warehouse, "select package, stack, published_spec_count from published_counts where package is null"
    ).rows


def test_a_change_of_totals_alone_is_a_release(pages, options):
    """What the source says of its tags is part of what it says."""
    go(options)
    (pages / "_data/meta.yaml").write_text("develop:\n  count: 4\n")

    assert "published" == go(options, observed_at=None).status
    assert "unchanged" == go(options, observed_at=None).status


def test_a_page_of_a_package_that_left_is_stale(cache, options):
    """The tag holds more specs than the source counts, and the page names only stacks that are listed no more."""
    root = cache(
        {"develop/zlib": [spec("a")], "develop/gone": [spec("b", stacks=["aws-ahug", "root"])], "develop/own": [spec("c", stacks=["root"])]}
    )
    (root / "_data").mkdir()
    (root / "_data/tags.yaml").write_text("- name: develop\n  stacks: [e4s, root]\n")
    (root / "_data/meta.yaml").write_text("develop:\n  count: 2\n")
    go(options)

    assert [("gone", True), ("own", False), ("zlib", False)] == ask(
        options.warehouse, "select package, is_stale from documents order by package"
    ).rows


def test_no_page_is_left_over_where_the_counts_agree(cache, options):
    """A stack may be missing from the list for a night; only the count tells that a page is too many."""
    root = cache({"develop/zlib": [spec("a")], "develop/gone": [spec("b", stacks=["aws-ahug", "root"])]})
    (root / "_data").mkdir()
    (root / "_data/tags.yaml").write_text("- name: develop\n  stacks: [e4s, root]\n")
    (root / "_data/meta.yaml").write_text("develop:\n  count: 2\n")
    go(options)

    assert [(False,)] == ask(options.warehouse, "select distinct is_stale from documents").rows


def test_two_sources_tell_what_each_lacks(cache, options, tmp_path):
    """By hash, by configuration, not at all."""
    cache({"develop/zlib": [spec("a"), spec("b", variants=["~shared"])]})
    cache({"develop/zlib": [spec("a"), spec("c", variants=["~shared"]), spec("d", target="zen5")]}, "own")
    sources = (("public", str(tmp_path / "cache")), ("own", str(tmp_path / "own")))
    go(options, sources=sources)

    assert [("a" * 32, "hash"), ("c" * 32, "configuration"), ("d" * 32, "none")] == ask(
        options.warehouse, "select spec_hash, match from source_matches where source = 'own' order by spec_hash"
    ).rows
    assert [("own", "public", 3, 1, 1, 1), ("public", "own", 2, 1, 1, 0)] == ask(
        options.warehouse,
        "select * exclude (same_share) from source_overlap order by source",
    ).rows


def test_a_page_for_which_another_speaks_is_no_second_source(cache, options):
    """`index.md` beside `specs.md`: the first in path order is read, the other refused."""
    root = cache({"develop/zlib": [spec("a")]})
    (root / "_cache/develop/zlib/index.md").write_text(page("zlib", "develop", spec("b")))
    report = go(options)

    assert ("refused", ["claimed_twice"]) == (report.status, [row["rule"] for row in report.rejects])
