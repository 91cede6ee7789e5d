"""What a run is told: options over the config file over defaults."""

from pathlib import Path

import pytest

from etl.config import RunOptions, read_config
from etl.errors import SourceError, UsageError
from etl.extract import Limits, open_source
from etl.extract.sources import named, without_password


def told(tmp_path: Path, text: str):
    """The options that a config file alone gives."""
    file = tmp_path / "night.yaml"
    file.write_text(text)
    return RunOptions.of(read_config(file), sources=[], warehouse=None, workers=None, cores=2, max_rejects=None, max_shrink=None)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("pages", "{here}/pages"),
        ("/srv/pages", "/srv/pages"),
        ("git+nights.git@main", "git+{here}/nights.git@main"),
        ("git+https://example.org/nights.git@main", "git+https://example.org/nights.git@main"),
        ("git+git@example.org:nights.git", "git+git@example.org:nights.git"),
        ("buildcache+mirror", "buildcache+{here}/mirror"),
        ("buildcache+https://example.org/cache_spack_io_index.json", "buildcache+https://example.org/cache_spack_io_index.json"),
        ("site+api", "site+{here}/api"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
    ],
)
def test_a_relative_place_in_a_config_file_is_beside_it(tmp_path, place, expected):
    """A scheduled run has some other working directory; an address stays as it is."""
    options = told(tmp_path, f"sources:\n  public: {place}\n")

    assert (("public", expected.format(here=tmp_path)),) == options.sources


def test_each_limit_may_be_set(tmp_path):
    """The others are as usual."""
    options = told(tmp_path, "limits:\n  document_bytes: 1000\n  nesting: 5\n")

    assert Limits(document_bytes=1000, nesting=5) == options.limits


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("limits:\n  page_bytes: 1\n", "there are document_bytes, document_specs"),
        ("limits:\n  nesting: 0\n", "give 1 or more"),
        ("limits:\n  nesting: many\n", "night.yaml"),
        ("limits: 5\n", "night.yaml"),
    ],
)
def test_a_limit_that_is_none_is_refused(tmp_path, text, says):
    """With the name, and those that there are."""
    with pytest.raises(UsageError, match=says):
        told(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public=git+https://example.org/a=b@main", ("public", "git+https://example.org/a=b@main")),
        ("git+https://example.org/?a=b", (None, "git+https://example.org/?a=b")),
        ("/srv/a=b", (None, "/srv/a=b")),
    ],
)
def test_a_source_is_named_before_its_first_equals_sign(text, expected):
    """Where what stands there can be a name."""
    assert expected == named(text)


def test_a_password_is_not_kept():
    """A location is shown and stored; who may read it is another matter."""
    assert "git+https://example.org/x.git" == without_password("git+https://me:secret@example.org/x.git")
    assert "site+https://example.org/api" == without_password("site+https://example.org/api?signature=secret")
    assert "git+git@example.org:x.git" == without_password("git+git@example.org:x.git")
    assert "/srv/what?" == without_password("/srv/what?")


def test_an_address_alone_does_not_say_what_is_there():
    """Pages cannot be listed over HTTP."""
    with pytest.raises(SourceError, match="buildcache"):
        open_source("public", "https://example.org/_cache/")
