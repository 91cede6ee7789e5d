"""docs/sources.md: every command it shows works, every query gives the answer it shows, its table of limits is that of the code."""

import gzip
import hashlib
import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from etl.cli import app
from etl.config import RunOptions, read_config
from etl.extract import Limits
from etl.extract.sources import named, open_source
from etl.output import Format, rendered
from etl.pipeline import run
from etl.query import ask
from etl.run_report import RunReport

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
TEXT = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}
REFUSED = "What is refused, and trying again"
FORMS = ["A folder", "One document", "An archive", "An object store", "A git repository", "A build cache", "The successor site"]

FAR = re.compile(r"https://(binaries|site)\.example\.org")  # what the test's own server stands in for
CUT = "_cache/develop/cmake/specs.md"


def commands(text: str) -> list[str]:
    """What stands behind `$ spack-cache-etl ` in a text."""
    return re.findall(r"^\$ spack-cache-etl (.+)$", text, re.MULTILINE)


def answers(text: str) -> list[tuple[str, str]]:
    """Each query of a text with the answer below it."""
    return re.findall(r"```sql\n(.*?)```\n```text\n(.*?)```", text, re.DOTALL)


RUNS = [command for title in FORMS for command in commands(SECTIONS[title])]
UNREACHED = [command for command in RUNS if re.search(r"s3://|git\+https://", command)]  # what only a foreign server could answer
ANSWERS = [pair for title, section in SECTIONS.items() if title != REFUSED for pair in answers(section)]


def call(srv: Path, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the page; `/srv` is the test's own folder."""
    words = [word.replace("/srv/", f"{srv}/") for word in shlex.split(command)]
    direct = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return subprocess.run([sys.executable, "-m", "etl", *words, *more], cwd=ROOT, env=direct, capture_output=True, text=True, check=False)


def node(spec_hash: str, name: str = "zlib", version: str = "1.3.1", **keys: Any) -> dict[str, Any]:
    """An entry of an index: a spec like those of the pages, with a binary."""
    arch = {"platform": "linux", "platform_os": "ubuntu22.04", "target": "x86_64_v3"}
    parameters = {"shared": True, "build_system": "makefile"}
    said = {"name": name, "version": version, "arch": arch, "compiler": {"name": "gcc", "version": "11.4.0"}, "parameters": parameters}
    return {"spec": said | {"hash": spec_hash} | keys, "in_buildcache": True}


def index(*entries: dict[str, Any]) -> bytes:
    """An index that holds these entries."""
    installs = {entry["spec"]["hash"]: entry for entry in entries}
    return json.dumps({"database": {"version": "7", "installs": installs}}).encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Files below a folder."""
    for path, raw in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(raw)
    return folder


def git(folder: Path, *arguments: str | Path) -> None:
    """Run git as a user does."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", *map(str, arguments)]
    subprocess.run(command, env=outer, capture_output=True, check=True)


@pytest.fixture(scope="module")
def made(page, spec):
    """`made(folder)` fills a folder with a small cache in every form that the page names, under the names that it has there."""

    def pages() -> dict[str, bytes]:
        cmake = spec("c", versions=["3.30.0"])
        held = {
            "develop/zlib": page("zlib", specs=[spec("a"), spec("b", stacks=["hep", "root"])]),
            "develop/cmake": page("cmake", specs=[cmake]),
            "develop/xz": page("xz", specs=[spec("old", stacks=["e4s-old", "root"])]),
            "v1.0.0/zlib": page("zlib", "v1.0.0", specs=[spec("first")]),
        }
        totals = {
            "_data/meta.yaml": b"all:\n  count: '5'\ndevelop:\n  count: 3\nv1.0.0:\n  count: 2\n",
            "_data/tags.yaml": b"- name: develop\n  stacks: [e4s, hep, root]\n- name: v1.0.0\n  stacks: [e4s, root]\n",
        }
        return {f"_cache/{path}/specs.md": raw for path, raw in held.items()} | totals

    def mirror() -> dict[str, bytes]:
        zlib = spec("a")["hash"]
        needs = [{"name": "zlib", "hash": zlib, "parameters": {"deptypes": ["link"], "virtuals": []}}]
        lua, cmake = (spec(word)["hash"] for word in ("lua", "our cmake"))
        raw = index(node(zlib), node(cmake, "cmake", "3.30.0"), node(lua, "lua", "5.4.6", dependencies=needs))
        checksum = hashlib.sha256(raw).hexdigest()
        blob = {"contentLength": len(raw), "mediaType": "application/vnd.spack.db.v8+json", "checksumAlgorithm": "sha256"}
        manifest = {"version": 3, "data": [blob | {"compression": "none", "checksum": checksum}]}
        return {
            "v3/manifests/index/index.manifest.json": json.dumps(manifest).encode(),
            f"blobs/sha256/{checksum[:2]}/{checksum}": raw,
        }

    def indices() -> dict[str, bytes]:
        labels = {"root": "develop", "e4s": "develop/e4s"}
        urls = [{"label": label, "url": f"s3://spack-binaries/{where}/build_cache/index.json"} for label, where in labels.items()]
        held = {f"{where}/build_cache/index.json": index(node(spec("a")["hash"])) for where in labels.values()}
        return held | {"cache_spack_io_index.json": json.dumps({"develop": urls}).encode()}

    def site() -> dict[str, bytes]:
        spec_hash = spec("a")["hash"]
        said = {"hash": spec_hash, "version": "1.3.1", "platform": "linux", "os": "ubuntu22.04", "target": "x86_64_v3"}
        said |= {"variants": ["+shared"], "releases": ["develop"], "stacks": ["e4s"]}
        files = {"package_data": {"zlib": {"releases": ["develop"], "specs": [spec_hash]}}, "specs_data": {spec_hash: said}}
        return {f"{name}.json.gz": gzip.compress(json.dumps(held).encode()) for name, held in files.items()}

    def make(srv: Path) -> Path:
        copy = write(srv / "cache.spack.io", pages())
        write(srv / "mirror", mirror())
        write(srv / "indices", indices())
        write(srv / "site", site())
        with tarfile.open(srv / "cache.tar.gz", "w:gz") as archive:
            archive.add(copy, "cache.spack.io")
        work = write(srv / "work", pages())
        git(work, "init", "--quiet", "--initial-branch=nights")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--message=night")
        git(work, "clone", "--quiet", "--bare", work, srv / "cache.git")
        git(work, "bundle", "create", "--quiet", srv / "nights.bundle", "nights")
        return srv

    return make


@pytest.fixture(scope="module")
def srv(made, tmp_path_factory) -> Path:
    """A folder `/srv` in which every example works."""
    return made(tmp_path_factory.mktemp("srv"))


@pytest.fixture(scope="module")
def both(srv) -> Path:
    """The warehouse of the section on several sources, made by its command."""
    (command,) = commands(SECTIONS["Several sources in one warehouse"])
    done = call(srv, command)

    assert (0, "") == (done.returncode, done.stderr)
    return srv / "both"


@pytest.fixture(scope="module")
def server(srv):
    """The folder `/srv` on a web server: its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Nothing: tests are silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(srv))) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_every_form_has_an_example_and_says_its_limits():
    """No section is empty, and no other one has commands that no test runs."""
    others = ["Several sources in one warehouse", REFUSED]
    assert {*FORMS, *others} == {title for title, section in SECTIONS.items() if commands(section)}
    for form in FORMS:
        assert commands(SECTIONS[form]) and "**Limits**" in SECTIONS[form] and "**It can say**" in SECTIONS[form]


@pytest.mark.parametrize("command", [command for command in RUNS if command not in UNREACHED])
def test_a_run_it_shows_publishes(srv, server, command):
    """Without a reject; the test's own server stands in for those of the examples."""
    folders = {"binaries": "indices", "site": "site"}
    near = FAR.sub(lambda found: f"{server}/{folders[found[1]]}", command)
    report = json.loads(call(srv, f"{near}-once", "--json").stdout)

    assert ("published", 0) == (report["status"], report["documents"]["rejected"])
    assert report["specs"]["current"] >= 1


@pytest.mark.parametrize(("command", "kind"), list(zip(UNREACHED, ["BucketSource", "GitSource"], strict=True)))
def test_a_run_that_needs_a_foreign_server_is_at_least_a_call(command, kind):
    """Its words are the command's, its source is of the form that the section is about."""
    pytest.importorskip("obstore", reason="the extra `remote` is not installed")
    words = shlex.split(command)
    context = get_command(app).get_command(None, words[0]).make_context(words[0], words[1:])
    ((source,),) = [context.params["source"]]
    name, location = named(source)

    assert ("public", kind) == (name, type(open_source(name, location)).__name__)


@pytest.mark.parametrize(("query", "answer"), ANSWERS, ids=[query.split("FROM ")[1].split()[0] for query, _ in ANSWERS])
def test_a_query_gives_the_answer_that_stands_below_it(both, query, answer):
    """To the letter."""
    assert answer == rendered(ask(both, query), Format.table)


def test_a_broken_page_is_refused_kept_stale_and_loads_when_it_is_mended(made, tmp_path):
    """The section on what is refused, from its first line to its last."""
    srv = made(tmp_path)
    first, listed, again = commands(SECTIONS[REFUSED])
    assert 0 == call(srv, first).returncode
    page = srv / "cache.spack.io" / CUT
    whole = page.read_bytes()
    page.write_bytes(whole[:-3])

    assert 0 == call(srv, first).returncode
    assert "not_closed" in call(srv, listed).stdout
    for query, answer in answers(SECTIONS[REFUSED]):
        assert answer == rendered(ask(srv / "warehouse", query), Format.table)
    page.write_bytes(whole)
    assert f"public {CUT}: loads now\npublished: release 3" in call(srv, again).stdout
    assert [] == ask(srv / "warehouse", "select path from rejects").rows


def test_one_broken_page_of_one_is_over_the_budget(made, tmp_path):
    """Unless it is raised."""
    srv = made(tmp_path)
    (command,) = commands(SECTIONS["One document"])
    page = srv / "cache.spack.io" / "_cache/develop/zlib/specs.md"
    page.write_bytes(page.read_bytes()[:-3])

    assert 5 == call(srv, command).returncode
    assert 0 == call(srv, command, "--max-rejects", "1").returncode


def test_a_stack_whose_index_is_gone_is_not_observed(made, tmp_path):
    """As the section on build caches says."""
    srv = made(tmp_path)
    command = next(one for one in commands(SECTIONS["A build cache"]) if "/srv/indices" in one)
    assert 0 == call(srv, command).returncode
    (srv / "indices/develop/e4s/build_cache/index.json").unlink()

    assert 0 == call(srv, command).returncode
    assert [("develop", 1, False)] == ask(srv / "index", "select tag, stack_count, is_partial from tags").rows
    assert [(2, "develop", "e4s")] == ask(srv / "index", "select snapshot_id, tag, stack from gaps").rows

    anew = command.replace("--warehouse /srv/index", "--warehouse /srv/anew")
    assert 0 == call(srv, anew).returncode
    assert [("develop", 0, True)] == ask(srv / "anew", "select tag, stack_count, is_partial from tags").rows
    assert [("stacks", "e4s,root", "root")] == ask(
        srv / "anew", "select claim, published, computed from reconciliation where not is_equal"
    ).rows


def test_the_limits_are_those_of_the_code():
    """Each key, and its default."""
    rows = re.findall(r"^\| `(\w+)` \| ([0-9,]+) \|", SECTIONS["Limits"], re.MULTILINE)

    assert asdict(Limits()) == {name: int(most.replace(",", "")) for name, most in rows}


def test_the_config_file_it_shows_is_one(tmp_path):
    """Its limits become those of a run."""
    (shown,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "night.yaml").write_text(shown)
    config = read_config(tmp_path / "night.yaml")
    told = RunOptions.of(config, sources=[], warehouse=None, workers=1, cores=1, max_rejects=None, max_shrink=None)

    assert Limits(document_bytes=33_554_432, archive_members=200_000) == told.limits


def test_the_places_it_points_to_are_there():
    """Files beside it, and headings of its own."""
    links = re.findall(r"\]\(([^):]+)\)", TEXT)
    headings = {"#" + re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}

    assert [] == [link for link in links if link not in headings and not (ROOT / "docs" / link).is_file()]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not here")
def test_pages_and_index_of_the_same_tags_differ_as_it_says(tmp_path):
    """On the cache that it speaks of, beside the checkout."""
    for name in ("site", "manifest"):
        with tarfile.open(CORPUS / f"{name}.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
    manifest = f"buildcache+{tmp_path / 'manifest' / 'cache_spack_io_index.json'}"
    warehouse = tmp_path / "w"
    run(RunOptions(warehouse, (("pages", str(tmp_path / "site")), ("index", manifest))), RunReport(), lambda *_: None)

    def number(query: str) -> int:
        ((found,),) = ask(warehouse, query).rows
        return int(found)

    def only_in(source: str, columns: str, view: str) -> int:
        sides = [f"select {columns} from {view} where source {sign} '{source}'" for sign in ("=", "<>")]
        return number(f"select count(*) from ({' except '.join(sides)})")

    for source in ("pages", "index"):
        assert 0 == only_in(source, "tag, package, spec_hash, is_in_root, stacks_text", "tag_specs")
    assert 0 == number("select count(*) from spec_conflicts")
    extras = "(select distinct tag, {0} from {1} join (select tag, spec_hash from tag_specs where source = 'index') using (spec_hash))"
    counted = {
        "builds": "tag_specs where source = 'index'",
        "distinct": "specs",
        "dependencies": extras.format("spec_hash, dependency_hash", "spec_dependencies"),
        "flags": extras.format("spec_hash", "spec_flags"),
        "patches": extras.format("spec_hash", "spec_patches"),
        "without binary": "(select distinct dependency_hash from spec_dependencies anti join specs on specs.spec_hash = dependency_hash)",
    }
    said = " ".join(SECTIONS["Pages and index of the same tags"].split())
    found = {what: f"{number(f'select count(*) from {rows}'):,}" for what, rows in counted.items()}
    patterns = {
        "builds": r"([\d,]+) builds under the tags",
        "distinct": r"([\d,]+) distinct",
        "dependencies": r"\| dependencies \| ([\d,]+)",
        "flags": r"\| builds with flags of their own \| ([\d,]+)",
        "patches": r"\| builds with patches \| ([\d,]+), whole",
        "without binary": r"\| entries without a binary \| ([\d,]+), all glibc",
    }

    assert found == {what: match[1] for what, pattern in patterns.items() if (match := re.search(pattern, said))}
