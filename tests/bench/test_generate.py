"""The made-up caches: the same each time, and of the public cache's shape."""

import collections
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import nights
from bench.generate import Tag, cache, document, pages, write
from bench.universe import LAST_NIGHT
from etl.extract.layouts import document as split
from etl.extract.page import front_matter

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = 2_000


def contents(folder):
    """Every page below a folder, by its path there."""
    return {page.relative_to(folder).as_posix(): page.read_bytes() for page in folder.rglob("specs.md")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The pages of a small cache, by path."""
    folder = tmp_path_factory.mktemp("made")
    write(folder, *cache(SMALL))
    return contents(folder)


@pytest.fixture(scope="module")
def parsed(made):
    """Meta and specs of each page."""
    return {path: [json.loads(line.partition(b": ")[2]) for line in page.split(b"\n")[4:6]] for path, page in made.items()}


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_same_arguments_give_the_same_bytes_in_every_process(hash_seed, made, tmp_path):
    """Neither the process nor Python's seed for hashing shows in a page."""
    command = [sys.executable, "-m", "bench.generate", str(tmp_path), "--specs", str(SMALL)]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PYTHONHASHSEED": hash_seed}, stdout=subprocess.DEVNULL)

    assert made == contents(tmp_path)


@pytest.mark.parametrize("specs", [2_000, 100_000])
def test_a_cache_is_about_as_large_as_asked_for(specs):
    """The number of specs over all tags is within a fifth of what was asked for."""
    total = sum(len(builds) for _, _, builds in pages(*cache(specs)))

    assert 0.8 * specs <= total <= 1.2 * specs


def test_a_tenth_of_the_documents_holds_most_specs():
    """Few packages have very many builds, most a handful."""
    counts = sorted((len(builds) for _, _, builds in pages(*cache(100_000))), reverse=True)

    assert sum(counts[: len(counts) // 10]) > 0.5 * sum(counts)
    assert counts[len(counts) // 2] < 5


def test_tags_share_most_hashes(parsed):
    """What stands under a weekly tag stands under others too, under a name of its own each time."""
    tags = collections.defaultdict(set)
    for path, (_, specs) in parsed.items():
        tags[path.split("/")[1]] |= {spec["hash"] for spec in specs}
    weekly, before = sorted((name for name in tags if name.startswith("develop-")), reverse=True)[:2]

    assert len(tags[weekly] & tags[before]) > 0.5 * len(tags[weekly])
    assert tags[weekly] <= tags["develop"]


def test_one_night_leaves_most_documents_as_they_were():
    """Only pages of `develop` change from night to night, and but some of those."""
    tonight, tomorrow = (
        {(tag.name, package.name): document(package.name, tag, builds) for tag, package, builds in pages(*cache(20_000, night=night))}
        for night in (LAST_NIGHT, LAST_NIGHT + 1)
    )
    changed = {key for key, text in tomorrow.items() if tonight[key] != text}

    assert 0 < len(changed) < 0.02 * len(tonight)
    assert {"develop"} == {tag for tag, _ in changed}
    assert tonight.keys() == tomorrow.keys()


def test_a_chosen_share_of_documents_changes(made, tmp_path):
    """`rebuilt` changes about that share of the pages, under any tag, and one hash in each."""
    world, tags = cache(SMALL)
    write(tmp_path, world, tags, rebuilt=0.1)
    after = contents(tmp_path)
    changed = [path for path in made if made[path] != after[path]]

    assert 0.05 < len(changed) / len(made) < 0.15
    assert made.keys() == after.keys()
    assert len({path.split("/")[1] for path in changed}) > 1
    for path in changed:
        hashes = [{spec["hash"] for spec in json.loads(page.split(b"\n")[5].partition(b": ")[2])} for page in (made[path], after[path])]
        assert 1 == len(hashes[0] - hashes[1]) == len(hashes[1] - hashes[0])


def test_pages_that_are_as_they_should_be_are_left_alone(tmp_path):
    """Written again, only what differs is touched: a page keeps its time, and a changed one comes back."""
    world, tags = cache(500)
    write(tmp_path, world, tags)
    first, *others = sorted(tmp_path.rglob("specs.md"))
    before = {page: page.stat().st_mtime_ns for page in others}
    text = first.read_bytes()
    first.write_bytes(b"")

    write(tmp_path, world, tags)

    assert text == first.read_bytes()
    assert before == {page: page.stat().st_mtime_ns for page in others}


@pytest.mark.parametrize(("night", "layout"), [(0, "E"), (580, "E"), (581, "G"), (594, "G"), (595, "F"), (LAST_NIGHT, "F")])
def test_a_page_has_the_layout_of_its_day(night, layout):
    """E to 15 February 2025, G to 1 March, F from then on; as the job itself recognises them."""
    world, _ = cache(500)
    package = max(world, key=lambda package: package.configuration_count)
    tag = Tag("develop", night, keeps_all=True)

    assert layout == split(front_matter(document(package.name, tag, package.kept(night)).encode())).layout


def test_hashes_are_spack_hashes_and_stand_once_in_a_document(parsed):
    """32 characters of a-z and 2-7, each for one spec of a page."""
    for _, specs in parsed.values():
        hashes = [spec["hash"] for spec in specs]

        assert all(re.fullmatch("[a-z2-7]{32}", one) for one in hashes)
        assert len(hashes) == len(set(hashes))


def test_meta_counts_what_the_page_holds(parsed):
    """What a page claims of itself is true."""
    for meta, specs in parsed.values():
        stacks = collections.Counter(stack for spec in specs for stack in spec["stacks"])

        assert len(specs) == meta["num_specs"]
        assert dict(stacks) == meta["num_specs_by_stack"]
        assert sorted(stacks) == meta["stacks"]
        for key, field in (("compilers", "compiler"), ("oss", "os"), ("platforms", "platform"), ("targets", "target")):
            assert sorted({spec[field] for spec in specs}) == meta[key]
        assert sorted({version for spec in specs for version in spec["versions"]}) == meta["versions"]


def test_a_page_ends_with_its_closing_line(made):
    """As the public cache's do: seven lines, no newline behind the last."""
    assert all(7 == len(page.split(b"\n")) and page.endswith(b"\n---") for page in made.values())


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A small history, over a Sunday."""
    return nights.repository(tmp_path_factory.mktemp("history"), 100, 9)


@pytest.mark.parametrize("number", [0, 7, 8])
def test_each_commit_of_a_history_holds_the_pages_of_its_night(number, history, tmp_path):
    """The first and last, and the one before, on whose morrow a weekly tag comes and the oldest goes."""
    commit = nights.commits(history)[number]
    told = nights.git(history, "ls-tree", "-r", commit).decode()
    write(tmp_path, *cache(round(100 * nights.SPECS_OF_DOCUMENT), night=LAST_NIGHT - 8 + number))
    written = contents(tmp_path)

    assert {path: _blob_id(page) for path, page in written.items()} == dict(reversed(line.split()[2:]) for line in told.splitlines())


def _blob_id(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def test_the_same_history_has_the_same_commits(history, tmp_path):
    """Their times are the nights', whatever the hour and the machine."""
    again = nights.repository(tmp_path, 100, 9)

    assert nights.commits(history) == nights.commits(again)


def test_every_distinct_blob_of_a_history_is_named_once(history):
    """As git itself counts them."""
    told = nights.git(history, "rev-list", "--objects", "--no-object-names", "--filter=object:type=blob", "main").decode().split()
    found = nights.blobs(history)

    assert sorted(set(told) - set(nights.commits(history))) == sorted(found)


@pytest.mark.parametrize("documents", [1_000, 20_000])
def test_a_history_is_about_as_large_as_asked_for(documents):
    """The number of documents of a night is within a fifth of what was asked for."""
    found = sum(1 for _ in pages(*cache(round(documents * nights.SPECS_OF_DOCUMENT))))

    assert 0.8 * documents <= found <= 1.2 * documents
