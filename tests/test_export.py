"""A release as Delta tables: the rows of the views, one release a version, and what happens in between."""

import datetime as dt
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from typer.testing import CliRunner

from etl.cli import app
from etl.config import Exports, RunOptions, read_config
from etl.errors import BusyError, StoreError, UsageError
from etl.export import delta, tables
from etl.export.delta import DeltaOptions, export_delta
from etl.load import catalog
from etl.load.definitions import definitions
from etl.load.lock import exclusive
from etl.pipeline import run
from etl.query import ask_arrow
from etl.run_report import RunReport

NIGHT = dt.datetime(2026, 11, 22, 4)


def load(warehouse, source=None, nights=0):
    """Run: of a folder, or of the sample."""
    sources = (("public", str(source)),) if source else ()
    run(RunOptions(warehouse, sources, observed_at=NIGHT + dt.timedelta(days=nights)), RunReport(), lambda *_: None)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A warehouse of the sample, and its tables."""
    folder = tmp_path_factory.mktemp("export")
    load(folder / "w")
    export_delta(folder / "w", folder / "delta", DeltaOptions(views=("stack_contents",)))
    return folder


FEW = ("snapshots", "stacks", "tag_specs")


@contextmanager
def only_few():
    """Three views, in the export and in the catalog that it asks: a test of versions needs no more."""
    with pytest.MonkeyPatch.context() as patch:
        chosen = [one for one in definitions() if one.name in FEW]
        patch.setattr(tables, "TABLES", FEW)
        patch.setattr(catalog, "definitions", lambda: chosen)
        patch.setattr(catalog, "macros", list)
        yield


@pytest.fixture
def few():
    """Three views in place of all."""
    with only_few():
        yield


@pytest.fixture(scope="module")
def nights(tmp_path_factory, page, spec):
    """A warehouse of three releases, of one spec, of two, and of two others; and tables of the first."""
    folder = tmp_path_factory.mktemp("nights")
    file = folder / "cache" / "_cache" / "develop" / "zlib" / "specs.md"
    file.parent.mkdir(parents=True)
    with only_few():
        for night, words in enumerate(("a", "ab", "cd")):
            file.write_bytes(page(specs=[spec(word) for word in words]))
            load(folder / "w", folder / "cache", nights=night)
        export_delta(folder / "w", folder / "delta", DeltaOptions(release=1))
    return folder


@pytest.fixture
def to(tmp_path, nights, few):
    """`to(2)` brings tables that hold the first release to the second."""
    shutil.copytree(nights / "delta", tmp_path / "delta")
    return lambda release, **more: export_delta(nights / "w", tmp_path / "delta", DeltaOptions(release=release, **more))


def told(folder):
    """Which versions belong together, by `releases`."""
    rows = DeltaTable(folder / "releases").to_pyarrow_table().sort_by([("release", "ascending"), ("table_name", "ascending")])
    return [(row["release"], row["table_name"], row["delta_version"], row["row_count"]) for row in rows.to_pylist()]


@pytest.mark.parametrize("name", [*tables.TABLES, "stack_contents"])
def test_a_table_has_the_rows_of_its_view(sample, name):
    """In the order that it names, with its columns and their meaning; times are moments in UTC."""
    (view,) = (one for one in tables.views(["stack_contents"]) if one.name == name)
    expected = ask_arrow(sample / "w", view.query)
    found = DeltaTable(sample / "delta" / name)
    naive = pa.schema([(one.name, pa.timestamp("us") if pa.types.is_timestamp(one.type) else one.type) for one in expected.schema])

    assert expected.to_pylist() == found.to_pyarrow_table().cast(naive).to_pylist()
    assert expected.column_names == [field.name for field in found.schema().fields]
    assert all(field.metadata["comment"] for field in found.schema().fields)


def test_any_reader_of_delta_reads_the_tables(sample):
    """They ask for no feature beyond the first protocol: a time without a zone would."""
    protocols = {DeltaTable(sample / "delta" / name).protocol()[:2] for name in (*tables.TABLES, "releases")}

    assert {(1, 2)} == protocols


def test_polars_and_duckdb_read_the_same(sample):
    """Polars by the log, DuckDB by the list of files, for its extension fits one version of it alone."""
    place = str(sample / "delta" / "memberships")
    expected = ask_arrow(sample / "w", "select stack, count(*) as n from memberships group by stack order by stack").to_pylist()
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select stack, count(*) from read_parquet(?) group by stack order by stack", [DeltaTable(place).file_uris()]
        ).fetchall()

    assert [(row["stack"], row["n"]) for row in expected] == rows
    assert expected == pl.read_delta(place).group_by("stack").agg(n=pl.len().cast(pl.Int64)).sort("stack").to_dicts()


def test_the_same_release_again_writes_nothing(tmp_path, to):
    """No version, no file."""
    first = to(2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "delta").rglob("*.*") if path.name != ".lock"}
    again = to(2)

    assert ("exported", 3, "unchanged", 0) == (first.status, first.written_tables, again.status, again.written_tables)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_each_release_is_a_version_that_can_be_read_later(tmp_path, to):
    """Its commit names it, and `releases` says which versions belong together."""
    to(2)
    table = DeltaTable(tmp_path / "delta" / "tag_specs")

    assert [("2", 1), ("1", 0)] == [(commit["spack_cache_release"], commit["version"]) for commit in table.history()]
    assert [
        (1, "snapshots", 0, 1),
        (1, "stacks", 0, 1),
        (1, "tag_specs", 0, 1),
        (2, "snapshots", 1, 2),
        (2, "stacks", 1, 1),
        (2, "tag_specs", 1, 2),
    ] == told(tmp_path / "delta")
    assert (1, 2) == (DeltaTable(tmp_path / "delta" / "tag_specs", version=0).count(), table.count())


def test_a_table_whose_view_has_other_columns_now_gets_them(tmp_path, to):
    """An earlier version keeps those that it had."""
    path = tmp_path / "delta" / "stacks"
    note = {"spack_cache_release": "1", "spack_cache_manifest": "0", "spack_cache_view": "0"}
    old = pa.table({"label": ["e4s"], "is_current": [1]})
    write_deltalake(path, old, mode="overwrite", schema_mode="overwrite", commit_properties=CommitProperties(custom_metadata=note))
    to(2)

    assert "stack" in DeltaTable(path).to_pyarrow_table().column_names
    assert old.column_names == DeltaTable(path, version=1).to_pyarrow_table().column_names


def test_a_program_with_other_views_writes_the_same_release_anew(tmp_path, to, monkeypatch):
    """Only the tables whose view, or a view below it, says something else."""
    to(2)
    views = tables.views

    def changed(more):
        return [tables.View(one.definition, "of another program") if one.name == "stacks" else one for one in views(more)]

    monkeypatch.setattr(delta, "views", changed)

    assert 1 == to(2).written_tables
    assert [2, 1] == [version for release, name, version, _ in told(tmp_path / "delta") if release == 2 and name != "snapshots"]


def test_an_export_that_dies_goes_on_where_it_was(tmp_path, to, monkeypatch):
    """Until then each table is of one release or the other, and `releases` lists no more than what is whole."""
    write = delta._write

    def dies(path, *rest):
        if path.name == "tag_specs":
            raise OSError("no space left")
        write(path, *rest)

    monkeypatch.setattr(delta, "_write", dies)
    with pytest.raises(StoreError, match="no space left. Each table holds one release as a whole; export again"):
        to(2)
    assert [1, 1, 0] == [DeltaTable(tmp_path / "delta" / name).version() for name in ("snapshots", "stacks", "tag_specs")]
    assert {1} == {release for release, *_ in told(tmp_path / "delta")}
    monkeypatch.undo()

    assert 1 == to(2).written_tables
    assert {1, 2} == {release for release, *_ in told(tmp_path / "delta")}


def test_data_files_of_a_first_export_that_died_are_no_obstacle(tmp_path, nights, few):
    """They lie in a folder that is no table yet; one that was being written has a number behind its name, and goes."""
    (tmp_path / "new" / "stacks").mkdir(parents=True)
    (tmp_path / "new" / "stacks" / "part-0.parquet").write_bytes(b"whole")
    (tmp_path / "new" / "stacks" / "part-1.parquet#1").write_bytes(b"half")

    assert 3 == export_delta(nights / "w", tmp_path / "new", DeltaOptions()).written_tables
    assert not (tmp_path / "new" / "stacks" / "part-1.parquet#1").exists()


def test_a_file_that_was_being_written_when_an_export_was_killed_goes(tmp_path, to):
    """No version names it, so that no vacuum would find it."""
    half = tmp_path / "delta" / "tag_specs" / "part-1.parquet#12"
    half.write_bytes(b"half")

    assert ("exported", False) == (to(2).status, half.exists())


def test_a_table_that_has_lost_a_file_is_written_anew(tmp_path, to):
    """Its log does not tell; the others stay as they are."""
    to(2)
    path = tmp_path / "delta" / "tag_specs"
    for uri in DeltaTable(path).file_uris():
        Path(uri).unlink()

    assert ("exported", 1) == ((done := to(2)).status, done.written_tables)
    assert 2 == DeltaTable(path).to_pyarrow_table().num_rows
    assert (2, "tag_specs", 2, 2) == told(tmp_path / "delta")[-1]


def test_a_folder_may_have_blanks_and_any_letters(tmp_path, nights, few):
    """The library quotes them in the paths of files, which are found all the same."""
    done = [export_delta(nights / "w", tmp_path / "a b é%zz", DeltaOptions()).status for _ in range(2)]

    assert ["exported", "unchanged"] == done


def test_a_list_of_releases_that_is_lost_is_written_anew(tmp_path, to):
    """For the release that is exported: what was said of others is lost."""
    to(2)
    for uri in DeltaTable(tmp_path / "delta" / "releases").file_uris():
        Path(uri).unlink()
    to(2)

    assert [(2, "snapshots"), (2, "stacks"), (2, "tag_specs")] == [row[:2] for row in told(tmp_path / "delta")]


def test_a_view_that_is_no_longer_named_stays_as_it_was(tmp_path, to, monkeypatch):
    """It is listed as long as its table holds the release, and not for a later one."""
    to(2)
    monkeypatch.setattr(tables, "TABLES", ("snapshots", "stacks"))
    again = to(2)
    kept = [name for release, name, *_ in told(tmp_path / "delta") if release == 2]
    to(3)

    assert ("unchanged", ["snapshots", "stacks", "tag_specs"]) == (again.status, kept)
    assert ["snapshots", "stacks"] == [name for release, name, *_ in told(tmp_path / "delta") if release == 3]
    assert 2 == DeltaTable(tmp_path / "delta" / "tag_specs").count()


def test_an_error_of_the_library_is_told_with_its_cause(to, monkeypatch):
    """It stands in the last of several lines."""

    def fails(*_):
        raise DeltaError("Failed to write\n\nCaused by:\n    no space left")

    monkeypatch.setattr(delta, "_write", fails)

    with pytest.raises(StoreError, match="Failed to write Caused by: no space left"):
        to(2)


def test_a_warehouse_that_may_not_be_read_is_no_bug(nights, to, monkeypatch):
    """Its file is named."""

    def refuses(*_):
        raise PermissionError(13, "Permission denied", str(nights / "w" / "data"))

    monkeypatch.setattr(delta, "check", refuses)

    with pytest.raises(StoreError, match="w/data: Permission denied; an export must be able to read the warehouse"):
        to(2)


def test_old_versions_go_after_so_many_days(tmp_path, to):
    """With them what `releases` said of them; without an age nothing goes."""
    to(2)
    path = tmp_path / "delta" / "tag_specs"
    assert 1 == DeltaTable(path, version=0).to_pyarrow_table().num_rows
    done = to(3, keep_days=0)

    assert done.removed_files >= 6
    assert {3} == {release for release, *_ in told(tmp_path / "delta")}
    assert 2 == DeltaTable(path).to_pyarrow_table().num_rows
    with pytest.raises(FileNotFoundError):
        DeltaTable(path, version=0).to_pyarrow_table()
    assert "unchanged" == to(3, keep_days=0).status


def test_young_versions_stay(tmp_path, to):
    """They were replaced less than a day ago."""
    assert 0 == to(2, keep_days=1).removed_files
    assert {1, 2} == {release for release, *_ in told(tmp_path / "delta")}
    assert 1 == DeltaTable(tmp_path / "delta" / "tag_specs", version=0).to_pyarrow_table().num_rows


def test_an_older_release_is_refused(tmp_path, nights, to):
    """It can be read as an earlier version, and exported to another folder."""
    to(2)

    with pytest.raises(UsageError, match="holds release 2, which is newer than 1; name another --output"):
        to(1)
    assert 1 == export_delta(nights / "w", tmp_path / "other", DeltaOptions(release=1)).release
    with pytest.raises(UsageError, match="release 7 is not kept"):
        to(7)


def test_another_release_of_the_same_number_is_refused(tmp_path, sample, to):
    """As of a warehouse that was begun anew: its history is another."""
    with pytest.raises(UsageError, match="holds another release of the number 1"):
        export_delta(sample / "w", tmp_path / "delta", DeltaOptions())


def _notes(folder):
    (folder / "stacks").mkdir(parents=True)
    (folder / "stacks" / "notes.txt").write_text("mine")


def _other_table(folder):
    write_deltalake(folder / "stacks", pa.table({"a": [1]}))


@pytest.mark.parametrize(("make", "says"), [(_notes, "is there already, and no Delta table"), (_other_table, "did not write")])
def test_what_others_wrote_is_left_alone(tmp_path, nights, few, make, says):
    """A folder with the name of a table, and a table of another program."""
    make(tmp_path / "taken")

    with pytest.raises(UsageError, match=says):
        export_delta(nights / "w", tmp_path / "taken", DeltaOptions())
    assert {"stacks", ".lock"} == {path.name for path in (tmp_path / "taken").iterdir()}


@pytest.mark.parametrize(
    ("output", "view", "says"),
    [
        ("w/lake", None, "neither lies in the warehouse"),
        (".", None, "nor holds it"),
        ("lake", "no_view", "no such view"),
        ("lake", "runs", "no such view"),
        ("lake", "releases", "no such view"),
        ("lake", "freshness", "change without a release, for `freshness` asks"),
        ("other", None, "it is another warehouse"),
        ("lake#1", None, "cannot stand below a name with '#'"),
        ("lake%41", None, "cannot stand below a name with '%41'"),
        ("lake\n", None, r"cannot stand below a name with '\\n'"),
        ("lake\udcff", None, "a name that is not UTF-8"),
        ("s3://bucket/lake", None, "is an address"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why(nights, output, view, says):
    """And makes nothing."""
    (nights / "other").mkdir(exist_ok=True)
    (nights / "other" / "manifest.json").touch()
    with pytest.raises(UsageError, match=says):
        export_delta(nights / "w", nights / output, DeltaOptions(views=[view] if view else []))
    assert not list(nights.rglob("lake*"))


def test_a_view_that_asks_the_time_is_refused_and_so_is_what_reads_it(monkeypatch):
    """Their rows change without a release; those of the model do not."""
    like = tables.definitions()[0]
    clock = replace(like, name="clock", reads=(), statement="select now() as t -- a comment")
    reader = replace(like, name="reader", reads=("clock",), statement="select t from clock -- not now()")
    quiet = replace(like, name="quiet", reads=(), statement="select 1 as known -- as of now()")
    assert list(tables.TABLES) == [one.name for one in tables.views(tables.TABLES)]
    monkeypatch.setattr(tables, "definitions", lambda: [clock, reader, quiet])
    monkeypatch.setattr(tables, "TABLES", ())

    assert ["quiet"] == [one.name for one in tables.views(["quiet"])]
    for name in ("clock", "reader"):
        with pytest.raises(UsageError, match="`clock` asks what time it is"):
            tables.views([name])


@pytest.mark.parametrize("days", [-1.0, 36_501.0, float("inf"), float("nan")])
def test_an_age_that_is_none_is_refused(nights, days):
    """Before anything is written."""
    with pytest.raises(UsageError, match="give days from 0 to 36500"):
        export_delta(nights / "w", nights / "lake", DeltaOptions(keep_days=days))
    assert not (nights / "lake").exists()


def test_two_exports_at_once_do_not_meet(tmp_path, to):
    """The second is told which process holds the folder."""
    held = f"held by another export .process {os.getpid()}"
    with exclusive(tmp_path / "delta" / ".lock", "now"), pytest.raises(BusyError, match=held):
        to(2)


def test_a_release_that_lacks_a_file_is_not_exported(tmp_path, nights, to):
    """The tables stay at the release before."""
    shutil.copytree(nights / "w", tmp_path / "w")
    for file in (tmp_path / "w" / "data" / "tags").iterdir():
        file.unlink()

    with pytest.raises(StoreError, match="is missing or damaged"):
        export_delta(tmp_path / "w", tmp_path / "delta", DeltaOptions())
    assert 0 == DeltaTable(tmp_path / "delta" / "tag_specs").version()


def test_a_view_that_another_reads_counts_in_its_digest():
    """`platform_split` reads `stack_builds`: where `stack_builds` says something else, so does `platform_split`."""
    known = {one.name: one for one in tables.definitions()}
    changed = known | {"stack_builds": replace(known["stack_builds"], statement="select 1")}

    assert tables._digest(known["platform_split"], known) != tables._digest(changed["platform_split"], changed)
    assert tables._digest(known["stacks"], known) == tables._digest(changed["stacks"], changed)


def test_a_config_file_names_a_folder_beside_it(tmp_path):
    """An option names another; an age below 0 is none."""
    file = tmp_path / "night.yaml"
    file.write_text("exports:\n  delta: lake\n  views: [stack_contents]\n  keep_days: 30\n")
    config = read_config(file)

    assert Exports(str(tmp_path / "lake"), ["stack_contents"], 30) == Exports.of(config, None)
    assert "/srv/lake" == Exports.of(config, Path("/srv/lake")).delta
    assert Exports() == Exports.of(None, None)
    for days in ("-1", "36501", ".inf"):
        file.write_text(f"exports: {{delta: lake, keep_days: {days}}}\n")
        with pytest.raises(UsageError, match="keep_days"):
            read_config(file)


def call(*words, **env):
    """Run the command and wait for it."""
    command = [sys.executable, "-m", "etl", *map(str, words)]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def test_a_run_keeps_the_tables_in_step_and_stands_where_they_fail(tmp_path):
    """It says so on stderr and in its record; the next run, even one that finds nothing new, makes up for it."""
    (tmp_path / "lake").write_text("in the way")
    (tmp_path / "night.yaml").write_text("warehouse: w\nexports: {delta: lake}\n")
    failed = call("run", "--config", tmp_path / "night.yaml", "--json")
    (record,) = (tmp_path / "w" / "runs").iterdir()
    (tmp_path / "lake").unlink()
    mended = call("run", "--config", tmp_path / "night.yaml", "--json")

    assert (0, 0, "") == (failed.returncode, mended.returncode, mended.stderr)
    assert ("published", None) == tuple(json.loads(failed.stdout)[key] for key in ("status", "reason"))
    assert "warning: the Delta tables are not those of the release, and the next run tries again" in failed.stderr
    assert json.loads(record.read_bytes())["warnings"][0].startswith("the Delta tables are not")
    assert "unchanged" == json.loads(mended.stdout)["status"]
    assert {1} == {release for release, *_ in told(tmp_path / "lake")}


@pytest.mark.parametrize(("view", "delta", "says"), [("no_view", "lake", "no such view"), ("stack_contents", "s3://lake", "is an address")])
def test_an_export_that_can_never_be_made_ends_a_run_before_it_begins(tmp_path, view, delta, says):
    """At the first try by hand, and not each night after it."""
    (tmp_path / "night.yaml").write_text(f"warehouse: w\nexports: {{delta: '{delta}', views: [{view}]}}\n")

    with pytest.raises(UsageError, match=f"exports: .*{says}"):
        CliRunner().invoke(app, ["run", "--config", str(tmp_path / "night.yaml")], catch_exceptions=False)
    assert not (tmp_path / "w").exists()


def _terminated(*_):
    os.kill(os.getpid(), signal.SIGTERM)


def _broken(*_):
    raise ZeroDivisionError("by accident")


@pytest.mark.parametrize(("ends", "code", "says"), [(_terminated, 143, "asked to end"), (_broken, 1, "by accident")])
def test_a_run_whose_export_is_cut_short_is_told_of_all_the_same(tmp_path, monkeypatch, ends, code, says):
    """It stands: hooks, stdout and its record have it as published, the last with what became of the export."""
    monkeypatch.setattr("etl.cli.export._delta", lambda: (ends, DeltaOptions))
    words = ["run", "--warehouse", tmp_path / "w", "--export-delta", tmp_path / "lake", "--on-published", f"cp /dev/stdin {tmp_path}/told"]
    before = signal.signal(signal.SIGTERM, lambda *_: None)  # in case nobody heeds it
    try:
        done = CliRunner().invoke(app, list(map(str, words)))
    finally:
        signal.signal(signal.SIGTERM, before)
    (record,) = (json.loads(path.read_bytes()) for path in (tmp_path / "w" / "runs").iterdir())

    assert (code, True) == (done.exit_code, "published: release 1" in done.stdout)
    assert "published" == json.loads((tmp_path / "told").read_bytes())["status"] == record["status"]
    assert says in record["warnings"][0] and f"warning: {record['warnings'][0]}" in done.stderr


def test_the_page_reads_the_tables_as_it_says(sample):
    """Its Python for Polars and for DuckDB."""
    text = (Path(__file__).resolve().parent.parent / "docs" / "exports.md").read_text()
    blocks = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "spark" not in block]
    found = {}
    for block in blocks:
        exec(block.replace("/srv/lake/spack", str(sample / "delta")), found)

    assert 2 == len(blocks)
    assert ask_arrow(sample / "w", "select distinct stack from memberships").num_rows == found["top"].height
    assert [tuple(row.values()) for row in ask_arrow(sample / "w", "select tag, spec_count from tags order by tag").to_pylist()] == found[
        "rows"
    ]


def test_the_command_says_what_it_did(sample):
    """As text or as one JSON object."""
    words = ("export", "--format", "delta", "--warehouse", sample / "w", "--output", sample / "again")
    text, again = call(*words), call(*words, "--json")
    wrong = call("export", "--format", "iceberg", "--warehouse", sample / "w", "--output", sample / "none")

    assert (0, "") == (text.returncode, text.stderr)
    assert f"exported: release 1 to {sample / 'again'}\nwritten: {len(tables.TABLES)} of {len(tables.TABLES)} tables" in text.stdout
    assert ("unchanged", 0) == tuple(json.loads(again.stdout)[key] for key in ("status", "written_rows"))
    assert (2, True) == (wrong.returncode, "choose delta" in wrong.stderr)


def test_without_the_extra_the_command_says_how_to_get_it(sample, tmp_path):
    """And a run that should keep tables in step does not begin."""
    (tmp_path / "deltalake.py").write_text("raise ImportError('No module named deltalake')")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    done = call("export", "--warehouse", sample / "w", "--output", tmp_path / "d", PYTHONPATH=path)
    night = call("run", "--warehouse", tmp_path / "w", "--export-delta", tmp_path / "d", PYTHONPATH=path)

    assert (2, "") == (done.returncode, done.stdout)
    assert "pip install 'spack-cache-etl[delta]'" in done.stderr
    assert (2, False) == (night.returncode, (tmp_path / "w").exists())
    assert "pip install 'spack-cache-etl[delta]'" in night.stderr
