"""Whole pages, our own and real ones where they lie beside the checkout: JSON, YAML and the batch say the same."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from etl.extract import open_source, read_batch
from etl.extract.page import front_matter
from etl.extract.yaml_value import from_yaml

HERE = Path(__file__).resolve()
OWN = sorted((HERE.parents[1] / "documents").glob("layout-?.md"))
AS_YAML = HERE.parents[1] / "documents" / "layout-f-as-yaml.md"  # says what layout-f.md says
REAL = HERE.parents[3] / "shared" / "documents"
SEED = REAL / "seed"

READ = "EFG"  # layouts that give specs
KEYS = ("hash", "compiler", "versions", "os", "platform", "target", "variants", "stacks", "size")


def index() -> list[dict[str, str]]:
    """The list of the real documents: `path`, `layout`, `specs`."""
    if not REAL.is_dir():
        return []
    with (REAL / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def real(layouts: str) -> list:
    """A parameter for each real document of some layouts, or one that is skipped."""
    rows = [pytest.param(row, id=row["path"]) for row in index() if row["layout"] in layouts]
    return rows or [pytest.param(None, marks=pytest.mark.skip(reason=f"no real documents at {REAL}"))]


EVERY = pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.name) for path in OWN]
    + [pytest.param(REAL / row["path"], id=row["path"]) for row in index() if row["layout"] in READ]
    + [pytest.param(path, id=path.name) for path in sorted(SEED.glob("*.txt"))],
)


def batch_of(path: Path):
    """A batch of one document, none of it refused."""
    source = open_source("public", str(path))
    found = read_batch((source, one) for one in source.list().documents)
    assert [] == found.rejects.to_pylist()
    return found


@EVERY
def test_json_yaml_and_the_batch_say_the_same(path):
    """PyYAML reads the whole front matter for comparison, by another reader from end to end."""
    expected = yaml.load(path.read_bytes().removeprefix(b"---\n").rpartition(b"---")[0], Loader=yaml.CSafeLoader)
    found = batch_of(path)
    (document,) = found.documents.to_pylist()

    assert expected["title"] == document["package"]
    assert expected["categories"] == ["package", document["tag"]]
    assert {None: expected["meta"]["num_specs"], **expected["meta"]["num_specs_by_stack"]} == dict(
        zip(found.counts["stack"].to_pylist(), found.counts["published_spec_count"].to_pylist(), strict=True)
    )
    assert [{key: spec[key] for key in KEYS} for spec in expected["spec_details"]] == [
        {key: row[key] for key in KEYS} for row in found.specs.to_pylist()
    ]


@EVERY
@pytest.mark.parametrize("key", [b"meta", b"spec_details"])
def test_the_slow_way_gives_what_the_fast_way_gives(path, key):
    """What is JSON may as well be read as YAML: the same values, but that numbers are text."""
    field = front_matter(path.read_bytes()).field(key)

    assert json.loads(field.value, parse_int=str) == json.loads(from_yaml(key.decode(), field, ""))


@EVERY
def test_published_counts_are_those_of_the_specs_listed(path):
    """A page is written in one go: where its own counts disagree, it is cut or edited."""
    found = batch_of(path)
    stacks = Counter(stack for stacks in found.specs["stacks"].to_pylist() for stack in stacks)

    assert {None: found.specs.num_rows, **stacks} == dict(
        zip(found.counts["stack"].to_pylist(), found.counts["published_spec_count"].to_pylist(), strict=True)
    )


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_our_own_pages_have_the_layout_that_their_name_says(path):
    """By the order of keys and the tarball."""
    assert path.name[len("layout-")].upper() == batch_of(path).documents["layout"][0].as_py()


def test_a_page_in_block_yaml_is_the_same_page():
    """The same specs and counts; its version 1.10 stands without quotes, and is not 1.1."""
    as_json, as_yaml = batch_of(AS_YAML.with_name("layout-f.md")), batch_of(AS_YAML)

    assert as_json.specs.equals(as_yaml.specs)
    assert as_json.counts.equals(as_yaml.counts)


@pytest.mark.parametrize("row", real(READ))
def test_a_real_document_has_its_layout_and_number_of_specs(row):
    """As the list says, which was made by other means."""
    found = batch_of(REAL / row["path"])

    assert (row["layout"], int(row["specs"])) == (found.documents["layout"][0].as_py(), found.specs.num_rows)


# What the list counts are lines: of the 54 of zlib, four say what another says, and nothing tells those apart.
DISTINCT = {"a083123a/_cache/zlib/index.md": 50, "84edadc4/_cache/zlib/specs.md": 50}


@pytest.mark.parametrize("row", real("ABC"))
def test_a_real_document_without_details_is_read(row):
    """Every text of a spec fits the grammar; what the layout does not say is null."""
    found = batch_of(REAL / row["path"])

    assert row["layout"] == found.documents["layout"][0].as_py()
    assert DISTINCT.get(row["path"], int(row["specs"])) == found.specs.num_rows
    assert {None} == {value for column in ("stacks", "size") for value in found.specs[column].to_pylist()}
    assert [None] == found.documents["published_spec_count"].to_pylist()
    assert 0 == found.counts.num_rows


@pytest.mark.skipif(not SEED.is_dir(), reason=f"no real documents at {REAL}")
def test_the_seed_is_read():
    """68 specs, and 9 counts: the whole, `root` and seven stacks."""
    (path,) = SEED.glob("*.txt")
    found = batch_of(path)

    assert (1, 68, 9) == (found.documents.num_rows, found.specs.num_rows, found.counts.num_rows)
