"""A cache's own words on its tags: how many specs, which stacks."""

import pytest

from etl.errors import SourceError
from etl.extract import totals as module
from etl.extract.totals import totals

META = b"""all:
  compiler_count: '31'
  count: 300
develop:
  compilers:
    gcc@11.4.0: 1987745
  count: 200
  parameters:
    count: 5
    shared: 7
v1.0.0:
  count: 100
"""


def test_the_count_of_each_tag_is_read():
    """Not that of `all`, nor a tally that happens to bear the name."""
    assert {"develop": 200, "v1.0.0": 100} == totals(META, None).spec_counts


@pytest.mark.parametrize(("written", "count"), [("1234", 1234), ("'1,234'", 1234), ("'1,234,567'", 1234567), ("0", 0)])
def test_a_count_is_a_number_or_a_text_with_commas(written, count):
    """As the generator wrote both."""
    assert {"develop": count} == totals(f"develop: {{count: {written}}}".encode(), None).spec_counts


@pytest.mark.parametrize("written", ["-1", "1.5", "'1,23'", "many", "null", "[1]", "{count: 1}", "99999999999999999"])
def test_what_is_no_count_says_nothing(written):
    """A count that cannot be one is passed over; those of other tags stand."""
    assert {"v1.0.0": 1} == totals(f"develop: {{count: {written}}}\nv1.0.0: {{count: 1}}".encode(), None).spec_counts


def test_the_largest_count_is_read():
    """2^53, what every reader of the tables holds; one more is not."""
    assert {"a": 2**53} == totals(f"a: {{count: {2**53}}}\nb: {{count: {2**53 + 1}}}".encode(), None).spec_counts


def test_the_stacks_of_each_tag_are_read():
    """In the order of the file, a stack named twice once."""
    tags = b"- name: develop\n  stacks: [root, e4s, root]\n- stacks:\n  - hep\n  name: v1.0.0\n- name: v1.1.0\n  stacks: []\n"

    assert {"develop": ["root", "e4s"], "v1.0.0": ["hep"], "v1.1.0": []} == totals(None, tags).stacks


def test_the_older_form_lists_tags_without_stacks():
    """A mapping with the list below `tags`; the stacks beside it are of no tag."""
    tags = b"tags:\n  - name: develop\n    url: s3://bucket/develop\n  - name: v0.18\nstacks:\n  - e4s\n"

    assert {"develop": [], "v0.18": []} == totals(None, tags).stacks


@pytest.mark.parametrize("raw", [b"", b"# nothing\n", b"text", b"[]", b"- a\n- [b]\n- {name: {x: y}}\n", b"{name: x, tags: y}", b"a: 1"])
def test_other_shapes_say_nothing(raw):
    """They are as good as absent."""
    assert ({}, {}) == (totals(raw, raw).spec_counts, totals(raw, raw).stacks)


def test_names_that_cannot_stand_in_a_table_are_passed_over():
    """Empty, or with a control character."""
    found = totals(b'"": {count: 1}\n"a\\tb": {count: 1}\nc: {count: 1}', b'- {name: "a\\0", stacks: [x]}\n- {name: c, stacks: ["", x]}')

    assert ({"c": 1}, {"c": ["x"]}) == (found.spec_counts, found.stacks)


def test_an_absent_file_says_nothing():
    """Neither must be there."""
    assert ({}, {}) == (totals(None, None).spec_counts, totals(None, None).stacks)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a: [", "did not find expected"),
        (b"a: &x {count: 1}\nb: *x", "references"),
        (b"- &x a", "references"),
        (b"b: *x", "references"),
        (b"a: !!python/name:os.system x", "tags"),
        (b"!!set {a, b}", "tags"),
        (b"? [a]\n: 1", "a key is a list"),
        (b"[" * 21 + b"]" * 21, "nested more than 20 deep"),
        (b"[" * 100_000, "nested more than 20 deep"),
        (b"a: 1\n---\nb: 1", "more than one document"),
        (b"a: \xff", "invalid leading UTF-8"),
        (b'a: "\\ud800"', "invalid Unicode"),
    ],
)
def test_what_is_no_plain_yaml_is_told(raw, reason):
    """SourceError, which names the file: else tags would seem to have left the list."""
    for name, given in (("meta", (raw, None)), ("tags", (None, raw))):
        with pytest.raises(SourceError, match=rf"_data/{name}.yaml cannot be read as YAML: .*{reason}.*mend or remove it"):
            totals(*given)


def test_twenty_deep_is_read():
    """The limit itself is allowed."""
    assert {} == totals(b"[" * 20 + b"]" * 20, None).spec_counts


def test_a_file_over_the_limit_is_told(monkeypatch):
    """At the limit it is read, one byte more is not."""
    monkeypatch.setattr(module, "LARGEST", len(META))

    assert {"develop": 200, "v1.0.0": 100} == totals(META, None).spec_counts
    with pytest.raises(SourceError, match=rf"_data/meta.yaml has {len(META) + 1} bytes; at most {len(META)}"):
        totals(META + b"\n", None)
