"""The macro install_command: whether a hash is in the cache and how it is installed, on both DuckDB versions."""

from .conftest import night, nights, snapshot

A, B, C, D, E = "a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32
NEAR_A = "aaaaaaab" + "a" * 24  # begins as A does


KEYS = " && spack buildcache keys --install --trust"


def test_a_build_is_installed_from_the_mirror_of_its_tag(warehouse, ask):
    """A row for each tag that holds it; the beginning of the hash is enough, and the command has all of it."""
    catalog = warehouse(
        snapshots=nights(3),
        specs=[{"spec_hash": A}, {"spec_hash": B}],
        tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2, "first_snapshot_id": 2},
            {"spec_hash": A, "tag": "v1.0.0", "is_root_only": True},
            {"spec_hash": B},
        ],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v1.0.0", "kind": "release"}],
        documents=[{}, {"tag": "v1.0.0", "layout": "E"}],
    )

    command = f"spack install --use-buildcache only /{A}"
    mirror = "spack mirror add {0} https://binaries.spack.io/{0}" + KEYS
    assert [
        ("public", "develop", "zlib", "1.3", A, True, "e4s,hep", False, command, mirror.format("develop"), str(night(2)), str(night(3))),
        ("public", "v1.0.0", "zlib", "1.3", A, True, "", True, command, mirror.format("v1.0.0"), str(night(1)), str(night(3))),
    ] == ask(catalog, "select * from install_command('/aaaaaaa') order by tag")


def test_a_build_outside_root_is_in_the_mirror_of_its_stack(warehouse, ask):
    """The first of them, as good as any; also under a tag that has no root."""
    outside = {"spec_hash": A, "stacks_text": "e4s,hep", "stack_count": 2}
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[{**outside, "is_in_root": False}, {**outside, "tag": "v0.18", "is_in_root": None}],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v0.18", "kind": "release"}],
        documents=[{}, {"tag": "v0.18", "layout": "D"}],
    )

    assert [
        ("spack mirror add develop-e4s https://binaries.spack.io/develop/e4s" + KEYS,),
        ("spack mirror add v0.18-e4s https://binaries.spack.io/v0.18/e4s" + KEYS,),
    ] == ask(catalog, f"select mirror_command from install_command('{A}') order by tag")


def test_a_build_that_is_gone_tells_until_when_it_was_there(warehouse, ask):
    """Its last stay counts; where it came back, the one that lasts."""
    catalog = warehouse(
        snapshots=nights(5),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "tag": "v1.0.0", "from_snapshot_id": 5}],
        ended_tag_specs=[
            {"spec_hash": A, "stacks_text": "e4s", "to_snapshot_id": 2},
            {"spec_hash": A, "stacks_text": "hep", "from_snapshot_id": 3, "to_snapshot_id": 4},
            {"spec_hash": A, "tag": "v1.0.0", "to_snapshot_id": 3},
        ],
        tags=[{"tag": "develop", "kind": "develop"}, {"tag": "v1.0.0", "kind": "release"}],
        documents=[{}, {"tag": "v1.0.0"}],
    )

    query = f"""select tag, is_current, stacks_text, command is null, mirror_command is null, first_seen_at, last_seen_at
        from install_command('{A}') order by tag"""
    assert [
        ("develop", False, "hep", True, True, str(night(1)), str(night(3))),
        ("v1.0.0", True, "", False, False, str(night(1)), str(night(5))),
    ] == ask(catalog, query)


def test_a_key_made_up_for_a_page_without_hashes_installs_nothing(warehouse, ask):
    """Spack would not know it."""
    key = "x-" + "0" * 30
    catalog = warehouse(
        specs=[{"spec_hash": key, "is_hashed": False}],
        tag_specs=[{"spec_hash": key}],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{"layout": "A"}],
    )

    assert [(True, None, None)] == ask(catalog, f"select is_current, command, mirror_command from install_command('{key}')")


def test_no_address_is_made_of_what_is_no_name(warehouse, ask):
    """A mirror's own index has no tag; what a page writes must not become a part of somebody's shell."""
    stacks = {"untagged": "e4s", "v1": "e4s; echo", "v2": "$(echo)", "v3": "a b", "v4": "../e4s"}
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[
            {"spec_hash": A, "tag": tag, "stacks_text": stack, "stack_count": 1, "is_in_root": False} for tag, stack in stacks.items()
        ],
        tags=[{"tag": tag, "kind": "other" if tag == "untagged" else "release"} for tag in stacks],
        documents=[{"tag": tag, "path": f"{number}.md"} for number, tag in enumerate(stacks)],
    )

    assert [(True, None)] * 5 == ask(catalog, f"select command is not null, mirror_command from install_command('{A}')")


def test_only_pages_of_the_public_cache_tell_where_their_mirror_is(warehouse, ask):
    """Where an index of one's own is kept, only its owner knows; the command is the same."""
    sources = {"index": "buildcache", "later": "site", "pages": "G"}
    catalog = warehouse(
        snapshots=tuple(snapshot(source) for source in sources),
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "source": source} for source in sources],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{"source": source, "layout": layout} for source, layout in sources.items()],
    )

    query = f"select source, command is not null, mirror_command is not null from install_command('{A}') order by source"
    assert [("index", True, False), ("later", True, False), ("pages", True, True)] == ask(catalog, query)


def test_what_a_page_that_is_left_over_holds_is_not_to_be_installed(warehouse, ask):
    """It says that the build is there, and where, but its package has left the tag: nothing keeps it in the mirror."""
    catalog = warehouse(
        specs=[{"spec_hash": A}],
        tag_specs=[{"spec_hash": A, "stacks_text": "old", "stack_count": 1}],
        tags=[{"tag": "develop", "kind": "develop"}],
        documents=[{}],
        leftovers=[{}],
    )

    query = f"select is_current, stacks_text, command, mirror_command from install_command('{A}')"
    assert [(True, "old", None, None)] == ask(catalog, query)


def test_what_is_too_short_or_unknown_has_no_rows(warehouse, ask):
    """Six characters might be many builds."""
    catalog = warehouse(snapshots=(snapshot(),), specs=[{"spec_hash": A}], tag_specs=[{"spec_hash": A}])

    asked = (f"select spec_hash from install_command({given})" for given in ("'aaaaaa'", "''", f"'{C}'", "null"))
    assert [] == ask(catalog, " union all ".join(asked))


def test_several_builds_that_begin_so_have_their_rows_each(warehouse, ask):
    """Sources are not added up either."""
    catalog = warehouse(
        snapshots=(snapshot(), snapshot("own")),
        specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}],
        tag_specs=[{"spec_hash": A}, {"spec_hash": NEAR_A}, {"spec_hash": A, "source": "own", "tag": "untagged"}],
    )

    query = "select source, spec_hash from install_command('aaaaaaa') order by source, spec_hash"
    assert [("own", A), ("public", A), ("public", NEAR_A)] == ask(catalog, query)
