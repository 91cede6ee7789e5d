"""What `connect` prints works as it is printed, pasted into the tools themselves, also for a folder with a difficult name."""

import json
import os
import re
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from etl.connect import settings
from etl.connect.settings import QUERY

HERE = Path(__file__).resolve().parent
REFUSED = "file system operations are disabled by configuration"


def blocks(tool: str, root: Path, language: str) -> list[str]:
    """The blocks of a language in a tool's settings."""
    return re.findall(rf"^`{{3,}}{language}\n(.*?)^`{{3,}}$", settings(tool, root), re.DOTALL | re.MULTILINE)


def scripts(root: Path) -> list[str]:
    """The Python of `connect python`: each script begins with an import, and goes on in the blocks that have none."""
    found: list[str] = []
    for block in blocks("python", root, "python"):
        if block.startswith("import"):
            found.append("")
        found[-1] += block
    return found


def without(script: str, call: str) -> str:
    """A script without the lines that need what an environment does not have."""
    return "".join(line for line in script.splitlines(keepends=True) if call not in line)


def test_python_asks_duckdb_and_gets_a_polars_frame(sample, told):
    """In this environment, which has no pandas; other files are refused."""
    script = without(scripts(sample)[0], ".df()") + "print(len(rows), len(polars_frame), arrow_table.num_rows)\n"
    foreign = (
        "try:\n    connection.execute(\"from read_text('/etc/passwd')\")\nexcept duckdb.PermissionException as error:\n    print(error)\n"
    )
    printed = told(sys.executable, "-c", script + foreign)

    assert printed.startswith("5 5 5\n") and REFUSED in printed


def test_python_gets_a_pandas_frame(sample, told, environment):
    """In the environment of the BI tools."""
    script = without(scripts(sample)[0], ".pl()") + "print(len(rows), len(pandas_frame), arrow_table.num_rows)\n"

    assert "5 5 5\n" == told(environment("bi") / "bin/python", "-c", script)


def test_python_asks_by_adbc(sample, told, environment):
    """With the driver in the package duckdb."""
    script = scripts(sample)[1] + "print(adbc_table.num_rows)\n"

    assert "5\n" == told(environment("bi") / "bin/python", "-c", script)


@pytest.mark.parametrize("name", ["bi", "bi-superset"])
def test_python_asks_by_sqlalchemy(sample, told, environment, name):
    """With either pair of SQLAlchemy and driver."""
    script = scripts(sample)[2] + "print(len(sqlalchemy_rows))\n"

    assert "5\n" == told(environment(name) / "bin/python", "-c", script)


def test_superset_connects_and_is_restricted(sample, told, environment):
    """With its URI, its engine parameters and the lines for its configuration; two charts at once do not collide."""
    (uri,), (parameters,), (config,) = (blocks("superset", sample, language) for language in ("text", "json", "python"))
    command = (environment("bi-superset") / "bin/python", HERE / "superset_settings.py", config, uri.strip(), parameters, QUERY)
    rows, refused = json.loads(told(*command))

    assert [5, 5, 5] == rows
    assert REFUSED in refused


def test_the_shell_opens_the_catalog_with_its_initial_sql(sample, told, environment, tmp_path):
    """The command as it is printed, the SQL in a file."""
    (command,), (initial, query) = blocks("duckdb", sample, "sh"), blocks("duckdb", sample, "sql")
    (tmp_path / "init.sql").write_text(initial)
    (tmp_path / "query.sql").write_text(query)
    variables = {**os.environ, "PATH": f"{environment('bi') / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    printed = told("sh", "-c", f"{command.strip()} -cmd '.read init.sql' -csv -noheader < query.sql", env=variables)

    assert 5 == len([line for line in printed.splitlines() if line.count(",") == 2])


def test_harlequin_opens_the_catalog_with_its_initial_sql(sample, told, environment, tmp_path):
    """Its adapter with the same file, read-only; other files are refused."""
    initial, query = blocks("duckdb", sample, "sql")
    (tmp_path / "init.sql").write_text(initial)
    rows, refused = json.loads(told(environment("bi") / "bin/python", HERE / "harlequin_settings.py", sample / "spack_cache.duckdb", query))

    assert (5, True) == (rows, REFUSED in refused)


def test_evidence_attaches_the_catalog(sample, told, environment):
    """Its initial SQL and its query, run by its driver in one go."""
    initial, query = blocks("evidence", sample, "sql")

    assert 5 == len(json.loads(told("node", HERE / "node_settings.mjs", initial, query, cwd=environment("node"))))


def test_a_loader_of_observable_writes_parquet(sample, told, tmp_path):
    """The shell script prints the bytes of a file, as the framework wants them."""
    (script,) = blocks("observable", sample, "sh")
    program = tmp_path / "spack-cache-etl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m etl "$@"\n')
    program.chmod(0o755)
    variables = {**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    told("sh", "-c", f"({script}) > printed.parquet", env=variables)

    assert ["stack", "spec_count", "own_spec_count"] == pl.read_parquet(tmp_path / "printed.parquet").columns


@pytest.mark.parametrize("tool", ["tableau", "powerbi", "dbeaver"])
def test_drivers_run_the_upper_part_once_and_the_lower_for_each_connection(sample, tool):
    """As the JDBC and ODBC drivers read the file: what stands below the marker can be repeated, with the restrictions in force."""
    session, query = blocks(tool, sample, "sql")
    once, each = session.split("/* DUCKDB_CONNECTION_INIT_BELOW_MARKER */")
    with duckdb.connect(str(sample / "spack_cache.duckdb"), read_only=True) as first:
        first.execute(once)
        for connection in (first, first.cursor()):
            connection.execute(each)

            assert 5 == len(connection.execute(query).fetchall())
        with pytest.raises(duckdb.PermissionException, match=REFUSED):
            first.execute("from read_text('/etc/passwd')")


def test_grafana_reads_its_file(sample):
    """YAML with a path that must be quoted; its initial SQL can be repeated, and both of its queries answer."""
    (text,), (query, series) = blocks("grafana", sample, "yaml"), blocks("grafana", sample, "sql")
    (source,) = yaml.safe_load(text)["datasources"]

    assert (str(sample / "spack_cache.duckdb"), True) == (source["jsonData"]["path"], source["jsonData"]["readOnly"])
    with duckdb.connect(source["jsonData"]["path"], read_only=True) as connection:
        connection.execute(source["jsonData"]["initSql"])
        connection.execute(source["jsonData"]["initSql"])

        assert 5 == len(connection.execute(query).fetchall())
        assert ["time", "metric", "spec_count"] == [column[0] for column in connection.execute(series).description]


@pytest.mark.parametrize("tool", ["r", "metabase"])
def test_what_others_are_told_to_ask_is_answered(sample, tool):
    """Of tools that were not tried, the query at least."""
    assert QUERY in settings(tool, sample)
