"""The marts of stacks: their compilers and platforms, and how far packages reach, on both DuckDB versions."""

A, B, C, D, E, F = ("a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32, "f" * 32)


def test_stack_compilers_count_the_unknown_one(warehouse, ask):
    """Half of e4s has no known compiler: that is a row, and the shares add up to 1."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B, "compiler_name": None, "compiler_version": None, "package": "zstd"}],
        tag_specs=[{"spec_hash": A, "stack_count": 1}, {"spec_hash": B, "stack_count": 1, "package": "zstd"}],
        memberships=[{"spec_hash": A}, {"spec_hash": B, "package": "zstd"}],
    )

    query = """select compiler_name, compiler_version, spec_count, spec_share, package_count
               from stack_compilers where stack = 'e4s' order by compiler_name nulls last"""
    assert [("gcc", "13.2.0", 1, 0.5, 1), (None, None, 1, 0.5, 1)] == ask(catalog, query)


def test_stack_compilers_count_a_shared_spec_once_in_each_stack_and_once_in_the_tag(warehouse, ask):
    """The whole tag also has the build without stacks, which makes three; four memberships are not four builds."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": C, "compiler_version": "14.1.0"}],
        tag_specs=[{"spec_hash": A, "stack_count": 2}, {"spec_hash": B, "stack_count": 2}, {"spec_hash": C}],
        memberships=[{"spec_hash": hash_, "stack": stack} for hash_ in (A, B) for stack in ("e4s", "hep")],
    )

    query = """select stack, compiler_version, spec_count, round(spec_share, 3), package_count
               from stack_compilers order by stack nulls first, compiler_version"""
    assert [
        (None, "13.2.0", 2, 0.667, 1),
        (None, "14.1.0", 1, 0.333, 1),
        ("e4s", "13.2.0", 2, 1.0, 1),
        ("hep", "13.2.0", 2, 1.0, 1),
    ] == ask(catalog, query)


def test_stack_compilers_keep_tags_and_sources_apart(warehouse, ask):
    """Each has its own builds and its own shares."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B, "compiler_version": "14.1.0"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B, "tag": "v1.0"}, {"spec_hash": B, "source": "own"}],
    )

    assert [("own", "develop", "14.1.0", 1.0), ("public", "develop", "13.2.0", 1.0), ("public", "v1.0", "14.1.0", 1.0)] == ask(
        catalog, "select source, tag, compiler_version, spec_share from stack_compilers order by all"
    )


def test_platform_split_names_the_accelerator_of_a_stack_and_none_of_the_tag(warehouse, ask):
    """Ml-cuda is for cuda and all linux; the tag is half darwin, by a build that stands in no stack."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B, "platform": "darwin", "package": "zstd"}],
        tag_specs=[{"spec_hash": A, "stack_count": 2}, {"spec_hash": B, "package": "zstd"}],
        memberships=[{"spec_hash": A, "stack": "ml-cuda"}, {"spec_hash": A, "stack": "unheard-of"}],
        stacks=[{"stack": "ml-cuda", "platform": "linux", "accelerator": "cuda"}],
    )

    query = """select stack, platform, accelerator, spec_count, package_count, spec_share
               from platform_split order by stack nulls first, platform"""
    assert [
        (None, "darwin", None, 1, 1, 0.5),
        (None, "linux", None, 1, 1, 0.5),
        ("ml-cuda", "linux", "cuda", 1, 1, 1.0),
        ("unheard-of", "linux", None, 1, 1, 1.0),
    ] == ask(catalog, query)


def test_platform_split_goes_by_what_builds_say_in_each_tag_and_source(warehouse, ask):
    """A stack that is named for darwin but holds a linux build has a row for each platform, under its own tag and source."""
    catalog = warehouse(
        specs=[{"spec_hash": A}, {"spec_hash": B, "platform": "darwin"}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B, "source": "own"}],
        memberships=[{"spec_hash": A}, {"spec_hash": B}, {"spec_hash": A, "tag": "v1.0"}, {"spec_hash": B, "source": "own"}],
        stacks=[{"stack": "e4s", "platform": "darwin"}],
    )

    query = "select source, tag, platform, spec_count, spec_share from platform_split where stack = 'e4s' order by all"
    assert [
        ("own", "develop", "darwin", 1, 1.0),
        ("public", "develop", "darwin", 1, 0.5),
        ("public", "develop", "linux", 1, 0.5),
        ("public", "v1.0", "linux", 1, 1.0),
    ] == ask(catalog, query)


def test_package_reach_tells_root_only_unassigned_own_and_shared_builds(warehouse, ask):
    """Of zlib's four builds one is of each sort; it stands in both stacks of the tag, zstd in hep alone, curl in none."""
    catalog = warehouse(
        specs=[{"spec_hash": hash_} for hash_ in (A, B, C, D)] + [{"spec_hash": E, "package": "zstd"}, {"spec_hash": F, "package": "curl"}],
        tag_specs=[
            {"spec_hash": A, "stack_count": 0, "is_root_only": True},
            {"spec_hash": B, "stack_count": 0, "is_in_root": False},
            {"spec_hash": C, "stack_count": 1},
            {"spec_hash": D, "stack_count": 2},
            {"spec_hash": E, "stack_count": 1, "package": "zstd"},
            {"spec_hash": F, "stack_count": 0, "is_root_only": True, "package": "curl"},
        ],
        memberships=[
            {"spec_hash": C, "stack": "e4s"},
            {"spec_hash": D, "stack": "e4s"},
            {"spec_hash": D, "stack": "hep"},
            {"spec_hash": E, "stack": "hep", "package": "zstd"},
        ],
    )

    query = """select package, stack_count, tag_stack_count, is_in_all_stacks, only_stack, spec_count, root_only_spec_count,
                      unassigned_spec_count, one_stack_spec_count, several_stacks_spec_count, unsaid_spec_count
               from package_reach order by package"""
    assert [
        ("curl", 0, 2, False, None, 1, 1, 0, 0, 0, 0),
        ("zlib", 2, 2, True, None, 4, 1, 1, 1, 1, 0),
        ("zstd", 1, 2, False, "hep", 1, 0, 0, 1, 0, 0),
    ] == ask(catalog, query)


def test_package_reach_leaves_out_pages_that_are_left_over(warehouse, ask):
    """curl left develop, and its page names a stack that is no more; its page under v1.0 counts, and there are two stacks there."""
    curl = {"spec_hash": B, "package": "curl"}
    catalog = warehouse(
        specs=[{"spec_hash": A}, curl],
        tag_specs=[{"spec_hash": A}, {"spec_hash": A, "tag": "v1.0"}, curl, {**curl, "tag": "v1.0"}],
        memberships=[
            {"spec_hash": A},
            {"spec_hash": A, "tag": "v1.0"},
            {**curl, "stack": "old"},
            {**curl, "tag": "v1.0", "stack": "old"},
        ],
        leftovers=[{"package": "curl"}],
    )

    query = "select tag, package, stack_count, tag_stack_count, is_in_all_stacks, spec_count from package_reach order by tag, package"
    assert [
        ("develop", "zlib", 1, 1, True, 1),
        ("v1.0", "curl", 1, 2, False, 1),
        ("v1.0", "zlib", 1, 2, False, 1),
    ] == ask(catalog, query)


def test_package_reach_is_unknown_where_a_page_says_nothing_of_stacks(warehouse, ask):
    """Its builds are not without stacks: they are counted apart, and the answers are NULL."""
    silent = {"stack_count": None, "stacks_text": None, "is_in_root": None, "is_root_only": None}
    catalog = warehouse(specs=[{"spec_hash": A}], tag_specs=[{"spec_hash": A, **silent}])

    query = """select stack_count, tag_stack_count, is_in_all_stacks, spec_count, root_only_spec_count, unassigned_spec_count,
                      unsaid_spec_count from package_reach"""
    assert [(None, 0, None, 1, 0, 0, 1)] == ask(catalog, query)


def test_package_reach_counts_the_stacks_of_each_tag_and_source(warehouse, ask):
    """All stacks are those of the tag; a tag without any has no package in all of them."""
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[
            {"spec_hash": A, "stack_count": 1},
            {"spec_hash": A, "tag": "v1.0"},
            {"spec_hash": A, "source": "own", "stack_count": 2},
        ],
        memberships=[{"spec_hash": A}, {"spec_hash": A, "source": "own"}, {"spec_hash": A, "source": "own", "stack": "hep"}],
    )

    query = "select source, tag, stack_count, tag_stack_count, is_in_all_stacks, only_stack from package_reach order by source, tag"
    assert [
        ("own", "develop", 2, 2, True, None),
        ("public", "develop", 1, 1, True, "e4s"),
        ("public", "v1.0", 0, 0, False, None),
    ] == ask(catalog, query)
