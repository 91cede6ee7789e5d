"""The versions of each package, counted in Spack's order."""

import polars as pl

from etl.transform.versions import versions


def specs(*rows):
    """Specs of which only package and version matter."""
    return pl.DataFrame(rows, schema={"package": pl.String, "version": pl.String}, orient="row")


def test_versions_are_counted_from_the_oldest_upward():
    """In Spack's order, not in that of text: 1.9 is older than 1.10, and develop is the newest of all."""
    found = versions(specs(("zlib", "1.10"), ("zlib", "develop"), ("zlib", "1.9"), ("zlib", "1.10-rc1")))

    assert [
        ("zlib", "1.9", 1, False),
        ("zlib", "1.10-rc1", 2, False),
        ("zlib", "1.10", 3, False),
        ("zlib", "develop", 4, True),
    ] == found.select("package", "version", "version_order", "is_newest").rows()


def test_each_package_has_its_own_order_and_one_newest():
    """Packages stand in byte order, and the same version may be the newest of one only."""
    found = versions(specs(("zlib", "1.3"), ("cmake", "3.30"), ("zlib", "1.2"), ("cmake", "1.3")))

    assert [("cmake", "1.3", 1), ("cmake", "3.30", 2), ("zlib", "1.2", 1), ("zlib", "1.3", 2)] == found.select(
        "package", "version", "version_order"
    ).rows()
    assert ["3.30", "1.3"] == found.filter("is_newest")["version"].to_list()


def test_a_version_of_many_specs_is_one_row():
    """However many builds of it there are."""
    assert 1 == versions(specs(*[("zlib", "1.3")] * 3)).height


def test_versions_that_spack_holds_equal_are_two_rows_in_the_order_of_their_text():
    """`1-2` and `1.2` are published as they are; one of them is the newest."""
    found = versions(specs(("zlib", "1.2"), ("zlib", "1-2")))

    assert [("1-2", 1, False), ("1.2", 2, True)] == found.select("version", "version_order", "is_newest").rows()


def test_a_git_ref_that_names_no_version_is_never_the_newest_of_several():
    """What is unknown must not pass for the newest."""
    assert ["1.3"] == versions(specs(("zlib", "git.main"), ("zlib", "1.3"))).filter("is_newest")["version"].to_list()


def test_no_specs_have_no_versions():
    """The table is empty, with its columns."""
    found = versions(specs())

    assert 0 == found.height
    assert {"package", "version", "version_order", "is_newest"} <= set(found.columns)
