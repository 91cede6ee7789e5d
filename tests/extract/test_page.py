"""A page is a line `---`, lines `key: value`, a line `---`, and nothing else."""

import pytest

from etl.extract.page import Field, front_matter


def test_each_key_has_its_value_and_its_line():
    """Lines count from 1, as an editor shows them; white space around a value says nothing."""
    found = front_matter(b"---\ntitle: zlib\nspec_files: \nlayout:cache\n---")

    assert {b"title": Field(b"zlib", 2, []), b"spec_files": Field(b"", 3, []), b"layout": Field(b"cache", 4, [])} == found.fields


def test_lines_below_a_key_belong_to_it():
    """YAML may spread a value over lines; a blank line counts among them, not behind them, so that all keep their numbers."""
    found = front_matter(b"---\nmeta:\n  num_specs: 1\n\n- a\nlayout: cache\n\n---")

    assert b"\n  num_specs: 1\n\n- a" == found.field(b"meta").text
    assert b"cache" == found.field(b"layout").text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: raw + b"\n", id="final newline"),
        pytest.param(lambda raw: raw + b"\n \n\n", id="blank lines at the end"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="BOM"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n") + b"\r\n", id="BOM, CRLF, final newline"),
        pytest.param(lambda raw: raw.replace(b"\n---", b"\n\n---"), id="blank line before the closer"),
        pytest.param(lambda raw: raw.replace(b"---\ntitle", b"--- \ntitle"), id="blank behind the opener"),
    ],
)
def test_how_an_editor_saves_a_page_makes_no_difference(page, one, change):
    """The public cache has LF and no final newline; a checkout on Windows or an editor may have others."""
    plain, changed = one(page()), one(change(page()))

    assert plain["specs"] == changed["specs"]
    assert plain["counts"] == changed["counts"]
    assert plain["document"]["specs_line"] == changed["document"]["specs_line"]


@pytest.mark.parametrize(
    ("raw", "excerpt"),
    [
        pytest.param(b"", "", id="no bytes"),
        pytest.param(b"\0" * 4096, "\0" * 20, id="zeros"),
        pytest.param(b" \r\n\t\n", " \r\n\t\n", id="white space"),
        pytest.param(b"\xef\xbb\xbf", "", id="nothing but a BOM"),
    ],
)
def test_a_page_must_say_something(refused, raw, excerpt):
    """`empty`: a disk that was full, or a machine that lost power while it wrote."""
    assert ("document", "empty", 1, excerpt) == refused(raw)


def test_a_page_must_be_text(page, refused):
    """`not_text`: what is no UTF-8 is not guessed at; the line is that of the first bad byte."""
    raw = page().replace(b'"zlib"', b'"zl\xefb"')

    assert ("document", "not_text", 2, '\ufffdb"\nlayout: cache\ncategories: [package, develop]\nm') == refused(raw)


def test_utf_16_is_not_text(page, refused):
    """`not_text`: PowerShell's `>` writes it."""
    assert ("document", "not_text", 1) == refused(page().decode().encode("utf-16"))[:3]


def test_a_page_must_begin_with_its_front_matter(page, refused):
    """`no_front_matter`: a page of HTML, or one whose first line is lost."""
    assert ("document", "no_front_matter", 1, 'title: "zlib"') == refused(page().removeprefix(b"---\n"))


@pytest.mark.parametrize("size", [4, 20, 300])
def test_a_page_that_was_cut_off_is_refused(page, refused, size):
    """`not_closed`: the closing line is the only sign that a page is whole, and the excerpt shows where it ends."""
    raw = page()[:size]
    lines = raw.decode().split("\n")

    assert ("document", "not_closed", len(lines), lines[-1][:200]) == refused(raw)


def test_nothing_may_stand_behind_the_closing_line(page, refused):
    """`text_after_end`: two pages in one, as a merge leaves them."""
    assert ("document", "text_after_end", 9, "---") == refused(page() + b"\n\n" + page())


def test_a_key_may_stand_but_once(page, refused):
    """`repeated_key`: YAML's readers differ on which of two counts."""
    raw = page().replace(b"meta:", b'title: "cmake"\nmeta:')

    assert ("document", "repeated_key", 5, 'title: "cmake"') == refused(raw)


def test_a_line_must_belong_to_a_key(page, refused):
    """`no_key`: text before the first key."""
    assert ("document", "no_key", 2, "<<<<<<< HEAD") == refused(page().replace(b"title", b"<<<<<<< HEAD\ntitle"))


def test_a_front_matter_without_keys_lacks_them(refused):
    """`missing_key` is about the page as a whole: it names what is there instead."""
    assert ("document", "missing_key", 1, "") == refused(b"---\n---")
