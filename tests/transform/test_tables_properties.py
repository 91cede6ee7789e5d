"""What holds for the tables of any pages: types, keys and order, and that the order of reading means nothing."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.schema import TABLES
from etl.transform.dimensions import dimensions

SETTINGS = settings(deadline=None, max_examples=20)

# Rejects alone are stored by page, not by package.
REJECTS_ORDER = ["source", "path", "line", "rule", "excerpt", "detail"]

# A hash belongs to one package, as it does in truth.
LETTERS = {"zlib": "abc", "cmake": "def", "openssl-3": "ghij"}
# Each option in some of its forms; a list has at most one of them.
OPTIONS = [["+shared", "~shared", "++shared"], ["x=1,2", "x:='2,1'", "x='a b'"], ["y=", "y==1"], ["-no", "also no"]]
BAD = [{"size": "big"}, {"hash": "short"}, {"versions": []}, {"variants": ["+x", "~x", "", ""]}, {"os": ""}, {"stacks": None}]

SAYINGS = st.fixed_dictionaries(
    {
        "compiler": st.sampled_from(["none", "gcc", "gcc@11.4.0", "gcc@=11.4.0", "oneapi@1"]),
        "os": st.sampled_from(["ubuntu22.04", "rhel8"]),
        "size": st.sampled_from(["-", "1048576", "12", 13]),
        "stacks": st.lists(st.sampled_from(["root", "e4s", "hep", "a,b"]), max_size=4),
        "target": st.sampled_from(["zen4", "x86_64_v3", "quantum9"]),
        "variants": st.tuples(*(st.none() | st.sampled_from(forms) for forms in OPTIONS)).map(
            lambda chosen: [option for option in chosen if option]
        ),
        "versions": st.sampled_from([["1.9"], ["1.10"], ["develop"]]),
    }
)
META = st.fixed_dictionaries(
    {},
    optional={"num_specs": st.integers(-1, 3), "num_specs_by_stack": st.dictionaries(st.sampled_from(["root", "e4s"]), st.integers(0, 3))},
)
PLACES = st.tuples(st.sampled_from(["public", "own"]), st.sampled_from(["develop", "v0.22.0"]), st.sampled_from(sorted(LETTERS)))


@st.composite
def worlds(draw, bad=True):
    """Some pages, by place: what each claims and the entries it has; with `bad`, refused entries are among them."""
    world = {}
    for place in draw(st.lists(PLACES, unique=True, max_size=5)):
        letters = draw(st.lists(st.sampled_from(LETTERS[place[2]]), unique=not bad, max_size=4))
        entries = [(letter, draw(SAYINGS) | (draw(st.just({}) | st.sampled_from(BAD)) if bad else {})) for letter in letters]
        world[place] = draw(META), entries
    return world


@pytest.fixture(scope="session")
def pages_of(page, spec):
    """The pages of a world, in its order."""

    def make(world):
        return [
            page(*(spec(letter, **said) for letter, said in entries), source=source, tag=tag, package=package, meta=meta)
            for (source, tag, package), (meta, entries) in world.items()
        ]

    return make


def tables_of(found):
    """All tables of what was built, dimensions too."""
    return found.tables | dimensions(found.names)


@SETTINGS
@given(worlds())
def test_every_table_holds_to_its_declaration(built, pages_of, world):
    """Columns, types, checks and keys, for any pages, good or bad."""
    for name, frame in tables_of(built(*pages_of(world))).items():
        # A page has a count for each stack: within one stack the key is a key.
        parts = frame.partition_by("stack") if name == "published_counts" else [frame]

        assert TABLES[name].polars_schema == dict(frame.schema), name
        for part in parts:
            TABLES[name].schema.validate(part)


@SETTINGS
@given(worlds())
def test_rows_stand_in_the_order_of_the_table_and_none_twice(built, pages_of, world):
    """As they are stored, so nothing is left to chance; only rejects may be alike."""
    for name, frame in tables_of(built(*pages_of(world))).items():
        assert frame.equals(frame.sort(TABLES[name].sort_by, maintain_order=True)), name
        assert name == "rejects" or not frame.select(TABLES[name].sort_by).is_duplicated().any(), name


@SETTINGS
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_listing_means_nothing(built, pages_of, world, random):
    """The same pages, read in another order, make the same tables and names."""
    pages = pages_of(world)
    found, again = built(*pages), built(*random.sample(pages, len(pages)))

    assert found.names == again.names
    for name, frame in found.tables.items():
        assert frame.equals(again.tables[name]), name


@SETTINGS
@given(worlds(bad=False), st.randoms(use_true_random=False))
def test_the_order_on_a_page_means_nothing(built, pages_of, world, random):
    """Entries, their stacks and their options may stand in any order: only the page's digest and the entries' numbers differ."""

    def shuffled(values):
        return random.sample(values, len(values))

    other = {
        place: (meta, [(letter, said | {key: shuffled(said[key]) for key in ("stacks", "variants")}) for letter, said in shuffled(entries)])
        for place, (meta, entries) in world.items()
    }
    found, again = built(*pages_of(world)), built(*pages_of(other))

    assert found.names == again.names
    for name, frame in found.tables.items():
        apart = {"documents": ["sha256"], "rejects": ["detail", "sha256"]}.get(name, [])
        assert frame.drop(apart).equals(again.tables[name].drop(apart)), name


@SETTINGS
@given(worlds())
def test_every_entry_is_a_spec_of_its_tag_or_a_reject(built, pages_of, world):
    """Nothing is dropped in silence: pages, entries and options add up."""
    tables = built(*pages_of(world)).tables
    rejects = tables["rejects"]
    read = {(source, tag, package) for source, tag, package in tables["documents"].select("source", "tag", "package").rows()}
    entries = [said for place in read for _, said in world[place][1]]

    assert len(world) == len(read) + rejects.filter(scope="document").height
    assert len(entries) == tables["tag_specs"].height + rejects.filter(scope="spec").height
    assert tables["documents"]["spec_count"].sum() == tables["tag_specs"].height
    assert tables["tag_specs"]["stack_count"].sum() == tables["memberships"].height
    assert set(tables["tag_specs"]["spec_hash"]) == set(tables["specs"]["spec_hash"])
    assert set(tables["specs"].select("package", "version").rows()) == set(tables["versions"].select("package", "version").rows())


@settings(SETTINGS, max_examples=10)
@given(worlds())
def test_packages_can_be_built_apart(built, pages_of, world):
    """A batch of some packages and a batch of the others give together what one batch gives."""
    pages = pages_of(world)
    whole = built(*pages).tables
    parts = [built(*(one for one in pages if one.package == package)).tables for package in sorted(LETTERS)]

    for name, frame in whole.items():
        together = pl.concat(part[name] for part in parts)
        assert frame.equals(together.sort(REJECTS_ORDER) if name == "rejects" else together), name
