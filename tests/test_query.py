"""Questions: they read the warehouse and nothing else, in both DuckDB versions; and they reach earlier releases."""

import datetime as dt
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.config import RunOptions
from etl.diff import Wanted, difference
from etl.errors import StoreError, UsageError
from etl.load.definitions import checks, definitions, macros
from etl.load.manifest import Manifest
from etl.permitted import restrictions
from etl.pipeline import run
from etl.query import ask, ask_arrow
from etl.run_report import RunReport
from etl.schema import SCHEMA_VERSION

OLD = Path(sys.prefix) / "duckdb-1.5.6"
NIGHT = dt.datetime(2026, 11, 22, 4)
COUNT = "select count(*) from tag_specs"

# What an attacker may try through `ask`; {inside} is a file name in the warehouse's own data, where DuckDB itself would write.
ATTACKS = (
    "from read_text('{secret}')",
    "from read_csv('{secret}')",
    "from read_blob('{secret}')",
    "from sniff_csv('{secret}')",
    "from read_json_objects('{secret}')",
    "from '{secret}'",
    "from glob('{outside}/*')",
    "from glob('{root}/*')",
    "from read_parquet('{other}/data/tags/*.parquet')",
    "from read_parquet('{root}/data/../../other/data/tags/*.parquet')",
    "from read_duckdb('{other}/spack_cache.duckdb', table_name = 'tags')",
    "from read_json_objects('{root}/manifest.json')",
    "from 'http://127.0.0.1:9/a.parquet'",
    "from read_parquet('https://127.0.0.1:9/a.parquet')",
    "from read_parquet('s3://bucket/a.parquet')",
    "copy (select 1) to '{outside}/new'",
    "copy (select 1) to '{inside}'",
    "with a as (copy (select 1) to '{inside}') from a",
    "explain analyze copy (select 1) to '{inside}'",
    "EXPLAIN (analyze) copy (select 1) to '{inside}'",
    "explain analyze /* ( */ copy (select 1) to '{inside}'",
    "/* */ explain analyze copy (select 1) to '{inside}'",
    "explain analyze with a as (copy (select 1) to '{inside}') from a",
    "explain analyze create temp table a as select 1",
    "explain analyze set threads = 1",
    "explain analyze call enable_logging(storage_path = '{inside}')",
    "export database '{outside}/new'",
    "attach '{other}/spack_cache.duckdb' as other",
    "attach ':memory:' as other",
    "install httpfs",
    "load httpfs",
    "load '{secret}'",
    "set memory_limit = '1GB'",
    "reset allowed_directories",
    "set variable warehouse_root = '{other}'",
    "set schema = 'data'",
    "use memory",
    "pragma enable_profiling",
    "pragma database_list",
    "call pragma_version()",
    "create table a as select 1",
    "create temp table a as select 1",
    "create or replace temp view tags as select 1",
    "create macro a() as 1",
    "create secret a (type http)",
    "insert into specs values (1)",
    "with a as (insert into specs values (1) returning *) from a",
    "select (with a as (delete from specs returning *) from a)",
    "select getenv('HOME')",
    "from enable_logging(storage_path = '{inside}')",
    "from system.main.\"ENABLE_LOGGING\"(storage_path = '{inside}')",
    "select (from enable_profiling(save_location = '{inside}'))",
    "from query('from enable_logging()')",
    "from json_execute_serialized_sql(json_serialize_sql('from enable_logging()'))",
    "from duckdb_secrets()",
    "from checkpoint()",
    "from frame",
    "select 1; select 2",
    "select 1 \0; select 2",
    "select '\ud800'",
    "prepare a as select 1",
    "begin",
    "vacuum",
    "select " + " + ".join(["1"] * 900),
    "select interval '100000000 years'",
    "select now()",
)

# What a tool may try that other people connect, after `restrictions`: there, DuckDB alone is the guard.
FROM_A_TOOL = (
    "from read_text('{secret}')",
    "from read_csv('{secret}')",
    "from read_blob('{secret}')",
    "from '{secret}'",
    "from glob('{outside}/*')",
    "from glob('{root}/*')",
    "from read_text('{root}/data/../manifest.json')",
    "from read_parquet('{other}/data/tags/*.parquet')",
    "from read_parquet('http://127.0.0.1:9/a.parquet')",
    "copy (select 1) to '{outside}/new'",
    "explain analyze copy (select 1) to '{outside}/new'",
    "export database '{outside}/new'",
    "attach '{other}/spack_cache.duckdb' as other (read_only)",
    "install httpfs",
    "load '{secret}'",
    "set allowed_directories = ['{outside}']",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "create table a as select 1",
    "from frame",
)

_ASK = """
import json, sys
from pathlib import Path
import pyarrow
from etl.errors import EtlError
from etl.query import ask
root, queries = Path(sys.argv[1]), json.load(sys.stdin)
frame = pyarrow.table({"a": [1]})
for query in queries:
    try:
        ask(root, query)
        told = None
    except EtlError as error:
        told = [error.exit_code, str(error)]
    print(json.dumps(told))
print(json.dumps(ask(root, "select count(*) from tag_specs").rows))
"""

_CONNECT = """
import json, sys
from pathlib import Path
import duckdb, pyarrow
from etl.permitted import restrictions
root, queries = Path(sys.argv[1]), json.load(sys.stdin)
frame = pyarrow.table({"a": [1]})
connection = duckdb.connect(root / "spack_cache.duckdb", read_only=True)
for statement in restrictions(root):
    connection.execute(statement)
for query in queries:
    try:
        connection.execute(query).fetchall()
        told = None
    except duckdb.Error as error:
        told = [2, str(error)]
    print(json.dumps(told))
print(json.dumps(connection.execute("select count(*) from tag_specs").fetchall()))
"""


def publish(root: Path, pages: Path, nights: int = 0) -> None:
    """Load the pages as one more release."""
    options = RunOptions(root, (("public", str(pages)),), observed_at=NIGHT + dt.timedelta(days=nights), accept_shrink=True)
    run(options, RunReport(), lambda *_: None)


@pytest.fixture(scope="module")
def place(tmp_path_factory, page, spec) -> Path:
    """A folder with a warehouse of three releases in `w`: one build, two, three; one of another cache in `other`; and a secret."""
    folder = tmp_path_factory.mktemp("query")
    file = folder / "cache" / "_cache" / "develop" / "zlib" / "specs.md"
    file.parent.mkdir(parents=True)
    for night, words in enumerate(("a", "ab", "abc")):
        file.write_bytes(page(specs=[spec(word) for word in words]))
        publish(folder / "w", folder / "cache", night)
    publish(folder / "other", folder / "cache")
    (folder / "secret").write_text("a,b\n1,2\n")
    return folder


@pytest.fixture
def copy(place, tmp_path) -> Path:
    """A warehouse of one's own, moved from where it was made."""
    return Path(shutil.copytree(place / "w", tmp_path / "w"))


def filled(place: Path, query: str) -> str:
    """An attack with the names of files in it."""
    inside = place / "w" / "data" / "tags" / "new.parquet"
    names = {"secret": place / "secret", "outside": place, "root": place / "w", "other": place / "other", "inside": inside}
    for name, path in names.items():
        query = query.replace(f"{{{name}}}", str(path))
    return query


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def tried(place: Path, script: str, queries: tuple[str, ...], version: str) -> tuple[dict[str, list[object]], object, str]:
    """What each query was told, in one process; how the views answered after all of them; and what that process printed besides."""
    if version != "installed" and not OLD.is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")
    done = subprocess.run(
        [sys.executable, "-c", script, str(place / "w")],
        input=json.dumps([filled(place, query) for query in queries]),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(([str(OLD)] if version != "installed" else []) + [str(Path.cwd())])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    *told, rows = map(json.loads, done.stdout.splitlines())
    return dict(zip(queries, told, strict=True)), rows, done.stderr


@pytest.mark.parametrize("version", ["installed", "1.5.6"])
@pytest.mark.parametrize(("script", "queries"), [(_ASK, ATTACKS), (_CONNECT, FROM_A_TOOL)], ids=["ask", "restrictions"])
def test_whatever_does_more_than_read_the_warehouse_fails_in_words(place, script, queries, version):
    """Each is refused as usage, without a traceback; the views answer after it, and no file is new, changed or gone."""
    before = contents(place)
    found, rows, noise = tried(place, script, queries, version)

    assert dict.fromkeys(queries, 2) == {query: told and told[0] for query, told in found.items()}
    assert [] == [query for query, told in found.items() if "Traceback" in told[1] or not told[1].strip()]
    assert ([[3]], "", before) == (rows, noise, contents(place))


@pytest.mark.parametrize(
    "query",
    [
        "from glob('{outside}/*')",
        "with a as (copy (select 1) to '{inside}') from a",
        "set variable warehouse_root = '{other}'",
    ],
)
def test_the_command_refuses_them_with_exit_2(place, query):
    """Nothing on stdout, our words on stderr."""
    command = [sys.executable, "-m", "etl", "sql", filled(place, query), "--warehouse", str(place / "w")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (2, "", True, False) == (done.returncode, done.stdout, done.stderr.startswith("error: "), "Traceback" in done.stderr)
    assert not (place / "w" / "data" / "tags" / "new.parquet").exists()


@pytest.mark.parametrize("stdin", [b"\xff", b"select '\xff'"])
def test_a_query_that_is_no_text_is_told(place, stdin):
    """On standard input."""
    command = [sys.executable, "-m", "etl", "sql", "-", "--warehouse", str(place / "w")]
    done = subprocess.run(command, input=stdin, env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, check=False)

    assert (2, b"", False) == (done.returncode, done.stdout, b"Traceback" in done.stderr)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_file_that_cannot_be_written_is_told(place, format):
    """As usage: another name helps."""
    output = str(place / "nowhere" / "file")
    command = [sys.executable, "-m", "etl", "sql", "from tags", "--warehouse", str(place / "w"), "--format", format, "--output", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (2, True) == (done.returncode, done.stderr.startswith(f"error: --output {output}: "))


def test_all_views_macros_and_checks_answer(place):
    """All that is published gets by with that little."""
    for one in (*definitions(), *macros()):
        assert ask(place / "w", one.example).columns
    for check in checks():
        assert [] == ask(place / "w", check.statement).rows


@pytest.mark.parametrize(
    "query",
    [
        "from (pivot tags on kind in ('develop') using count(*))",
        "explain (format json) from tags",
        "EXPLAIN ANALYZE from tags",
        "summarize tags",
        "describe",
        "show all tables",
        "with recursive t as (select 1 as a union all select a + 1 from t where a < 9) from t",
        "from range(3) union all values (1)",
        "select * from parquet_kv_metadata('{root}/data/tags/*.parquet')",
        "from information_schema.columns",
        "select " + " or ".join(f"{number} = 2" for number in range(900)),
    ],
)
def test_other_questions_are_not_hindered(place, query):
    """Any form of SELECT, also on single files of the warehouse."""
    assert ask(place / "w", filled(place, query)).rows


@pytest.mark.parametrize("name", ["it's [odd] *", "[[a]*"])
def test_a_moved_folder_answers_whatever_its_name(place, tmp_path, name):
    """DuckDB reads some characters as patterns."""
    moved = Path(shutil.copytree(place / "w", tmp_path / name))

    assert [(3, 3)] == ask(moved, f"select ({COUNT}), (select count(*) from runs)").rows
    assert [(1,)] == ask(moved, COUNT, release=1).rows


def test_a_folder_behind_links_answers(copy, tmp_path):
    """The warehouse itself, or its data on another disk."""
    (tmp_path / "link").symlink_to(copy)
    (copy / "data").rename(tmp_path / "disk")
    (copy / "data").symlink_to(tmp_path / "disk")

    assert [(3,)] == ask(tmp_path / "link", COUNT).rows


def test_a_folder_that_cannot_be_written_answers(copy):
    """As on a read-only mount: now, and as it was."""
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    before = contents(copy)

    assert ([(3,)], [(1,)]) == (ask(copy, COUNT).rows, ask(copy, COUNT, release=1).rows)
    assert before == contents(copy)


def test_questions_at_once_do_not_lock_one_another(place):
    """Each has a DuckDB of its own: what is locked in one is not locked in the other."""
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda root: ask(place / root, COUNT).rows, ["w", "other"] * 6))

    assert [[(3,)]] * 12 == found


def test_times_are_utc_wherever_one_asks(place):
    """The views' times are; so are the clock's."""
    assert [("UTC",)] == ask(place / "w", "select current_setting('TimeZone')").rows


def test_restrictions_may_stand_in_a_script(place):
    """One statement each, as other tools run them when they connect; locked at last."""
    statements = restrictions(place / "w")

    assert not any(";" in one or "\n" in one for one in statements)
    assert "SET lock_configuration = true" == statements[-1]


def test_an_earlier_release_is_asked_as_it_was_published(place):
    """By its number; the current one has a number too."""
    both = f"select ({COUNT}), (select count(*) from snapshots)"

    assert [(1, 1)] == ask(place / "w", both, release=1).rows
    assert [(3, 3)] == ask(place / "w", both, release=3).rows
    assert 2 == ask_arrow(place / "w", "from tag_specs", release=2).num_rows


def test_the_command_asks_a_release(place):
    """`--release N`."""
    command = [sys.executable, "-m", "etl", "sql", COUNT, "--release", "2", "--warehouse", str(place / "w")]
    done = subprocess.run([*command, "--format", "csv"], capture_output=True, text=True, check=False)

    assert (0, "2", "") == (done.returncode, done.stdout.split()[-1], done.stderr)


def test_an_earlier_release_is_guarded_as_the_current_one_is(place):
    """The same two guards."""
    for query in ("from glob('{outside}/*')", "with a as (copy (select 1) to '{inside}') from a"):
        with pytest.raises(UsageError):
            ask(place / "w", filled(place, query), release=1)


def test_a_release_that_is_not_kept_is_told_with_those_that_are(copy):
    """By `sql` and by `diff`; one that a dead run left unpublished is none."""
    published = Manifest.read(copy / "manifests" / "000003.json")
    (copy / "manifests" / "000002.json").unlink()
    (copy / "manifests" / "000004.json").write_bytes(published.encoded())

    for number in (2, 4, 10**9):
        with pytest.raises(UsageError, match=rf"release {number} is not kept in .*these are: 1, 3$"):
            ask(copy, COUNT, release=number)
    with pytest.raises(UsageError, match=r"release 2 is not kept in .*these are: 1, 3\. The history is kept all the same: compare times"):
        difference(copy, "2", "3", Wanted())
    assert difference(copy, "1", "3", Wanted()).rows


def test_releases_in_a_row_are_told_in_few_words(place):
    """A year has 365."""
    with pytest.raises(UsageError, match="these are: 1 to 3$"):
        ask(place / "w", COUNT, release=9)


def test_a_release_whose_files_are_gone_says_so(copy):
    """The others answer."""
    first, last = (Manifest.read(copy / "manifests" / f"00000{number}.json") for number in (1, 3))
    gone = {file.path for file in first.files} - {file.path for file in last.files}
    for path in gone:
        (copy / path).unlink()

    assert gone
    with pytest.raises(StoreError, match=rf"release 1 is no longer whole: {copy}/data/.* gone\. Ask another release"):
        ask(copy, COUNT, release=1)
    assert [(3,)] == ask(copy, COUNT, release=3).rows


def test_a_release_with_other_columns_says_who_can_ask_it(place, monkeypatch):
    """Its files are of an older program than this one."""
    monkeypatch.setattr("etl.load.kept.SCHEMA_VERSION", SCHEMA_VERSION + 1)

    with pytest.raises(
        StoreError, match=f"release 1 has schema version {SCHEMA_VERSION}, written by spack-cache-etl .* ask a later release"
    ):
        ask(place / "w", COUNT, release=1)


def test_a_warehouse_that_may_not_be_looked_at_says_so(place, monkeypatch):
    """As where a folder above keeps this user out."""

    def refuses(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuses)

    for release in (None, 1):
        with pytest.raises(StoreError, match=r"cannot be read: Permission denied; mend the permissions"):
            ask(place / "w", COUNT, release=release)


def test_without_a_warehouse_there_is_no_release(tmp_path):
    """Said in the same words as without a number."""
    for release in (None, 1):
        with pytest.raises(StoreError, match="holds no warehouse yet"):
            ask(tmp_path, COUNT, release=release)


def test_the_statements_on_the_page_are_those_that_the_program_runs():
    """They can be pasted."""
    page = (Path(__file__).resolve().parent.parent / "docs" / "security.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)

    assert list(restrictions(Path("/srv/warehouse"))) == [line.removesuffix(";") for line in shown.splitlines()]


def test_a_macro_with_a_slip_in_its_name_is_told_which_was_meant(place):
    """It is not forbidden: it is not there."""
    with pytest.raises(UsageError, match=r"usable_build\(\.\.\.\) is no macro here.*; did you mean usable_builds\(\.\.\.\)\?"):
        ask(place / "w", "from usable_build('zlib', 'zen4', null)")
