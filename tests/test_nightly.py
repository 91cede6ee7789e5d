"""The night as operators have it: how a run tells of its end, how `status` judges, and that the page and the files of deploy/ hold."""

import datetime as dt
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
import yaml
from typer.testing import CliRunner

from etl.cli import app
from etl.config import Notices, RunOptions, read_config
from etl.errors import EtlError, UsageError
from etl.load.manifest import Manifest
from etl.load.runs import RunRecord, read_runs, write_run
from etl.notify.metrics import METRICS
from etl.pipeline import Run, run
from etl.query import ask
from etl.run_report import RunReport

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
COMMAND = [sys.executable, "-m", "etl"]


class Done(NamedTuple):
    """How a call ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def call(*words: str | Path) -> Done:
    """Carry out a command as the command line does, in this process: a new one takes a second to start."""
    done = CliRunner().invoke(app, [*map(str, words)])
    if isinstance(done.exception, EtlError):
        return Done(done.exception.exit_code, done.stdout, f"{done.stderr}error: {done.exception}\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return Done(1, done.stdout, done.stderr + "".join(traceback.format_exception(done.exception)))
    return Done(done.exit_code, done.stdout, done.stderr)


def samples(file: Path) -> dict[str, str]:
    """Each line of a file of metrics, without the prefix."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("spack_cache_etl_").rsplit(" ", 1) for line in lines if not line.startswith("#"))


def into(file: Path) -> str:
    """A hook that appends what it gets to a file, a line each time."""
    code = f"import sys; open({str(file)!r}, 'a').write(sys.stdin.read() + chr(10))"
    return shlex.join([sys.executable, "-c", code])


def pages(root: Path, count: int) -> Path:
    """A cache of so many packages, each with a page that lists no spec."""
    for number in range(count):
        page = root / "_cache" / "develop" / f"p{number}" / "specs.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(
            f'---\ntitle: "p{number}"\nlayout: cache\ncategories: [package, develop]\nmeta: {{"num_specs": 0}}\nspec_details: []\n---'
        )
    return root


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """A folder with a cache of three pages, and a warehouse that was loaded from it."""
    folder = tmp_path_factory.mktemp("night")
    options = RunOptions(folder / "w", (("public", str(pages(folder / "cache", 3))),), observed_at=dt.datetime(2026, 11, 22, 4))
    run(options, RunReport(), lambda *_: None)
    return folder


@pytest.fixture
def night(first, tmp_path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(first, tmp_path / "night"))


def test_hooks_are_called_by_outcome_with_the_runs_object(night):
    """Published, then unchanged (nobody), refused, failed; `--hook` for all three."""
    told = {name: night / name for name in ("hook", "published", "refused", "failed")}
    options = [word for name, file in told.items() for word in (f"--{name}" if name == "hook" else f"--on-{name}", into(file))]
    loads = ["run", f"public={night / 'cache'}", "--warehouse", night / "w", *options]
    pages(night / "cache", 4)
    codes = [call(*loads).returncode, call(*loads).returncode]
    (night / "cache/_cache/develop/p1/specs.md").write_text("---\n")
    codes.append(call(*loads).returncode)
    shutil.rmtree(night / "cache")
    codes.append(call(*loads).returncode)
    found = {name: [json.loads(line) for line in file.read_text().splitlines()] for name, file in told.items()}

    assert [0, 0, 5, 3] == codes
    assert ["published", "refused", "failed"] == [one["status"] for one in found["hook"]]
    assert [found["hook"][0:1], found["hook"][1:2], found["hook"][2:3]] == [found[name] for name in ("published", "refused", "failed")]
    assert {*RunReport().as_json(), "warehouse", "hostname", "text"} == set(found["failed"][0])
    assert ["published", "unchanged", "refused", "failed"] == [one.status for one in read_runs(night / "w" / "runs")[1:]]
    assert "failed, release 2 stands: " in found["failed"][0]["text"] and "does not exist" in found["failed"][0]["text"]


def test_what_does_not_work_of_it_is_a_warning_and_changes_nothing(night, monkeypatch):
    """On stderr and in the run's record; secrets of a command or an address are not told."""
    monkeypatch.setattr("etl.notify.webhooks.WAITS", (0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pages(night / "cache", 4)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    nobody = night / "none" / "etl.prom"
    words = ["--on-published", "sh -c 'exit 7' secret", "--webhook", f"http://127.0.0.1:{port}/secret", "--metrics-file", nobody]
    done = call("run", f"public={night / 'cache'}", "--warehouse", night / "w", *words, "--json")
    told = [line.removeprefix("warning: ") for line in done.stderr.splitlines()]

    assert (0, "published") == (done.returncode, json.loads(done.stdout)["status"])
    assert ["hook 1 for published (sh) ended with exit code 7", "webhook at 127.0.0.1 could not be reached (ConnectionError)"] == told[:2]
    assert [f"metrics {nobody} could not be written: No such file or directory"] == told[2:]
    assert told[:2] == read_runs(night / "w" / "runs")[-1].warnings


def test_a_collector_of_lineage_gets_both_events_of_a_run(night, monkeypatch):
    """As the config names it; also of one that finds nothing changed."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    got: list[dict] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802  (as the library wants it)
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: stderr is read."""

    pages(night / "cache", 4)
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        config = {"warehouse": "w", "sources": {"public": "cache"}, "openlineage": f"http://127.0.0.1:{server.server_port}/api/v1/lineage"}
        (night / "night.yaml").write_text(yaml.safe_dump(config))
        done = [call("run", "--config", night / "night.yaml") for _ in range(2)]
        server.shutdown()

    assert [(0, ""), (0, "")] == [(one.returncode, one.stderr) for one in done]
    assert ["START", "COMPLETE"] * 2 == [one["eventType"] for one in got]
    assert [True, False] == [bool(one["outputs"]) for one in got[1::2]]


def test_a_collector_that_is_not_there_is_a_warning(night, monkeypatch):
    """One, not one for each event."""
    monkeypatch.setattr("etl.notify.webhooks.WAITS", (0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    config = {"warehouse": "w", "sources": {"public": "cache"}, "openlineage": f"http://127.0.0.1:{port}/secret"}
    (night / "night.yaml").write_text(yaml.safe_dump(config))
    done = call("run", "--config", night / "night.yaml")

    assert (0, "warning: openlineage at 127.0.0.1 could not be reached (ConnectionError)\n") == (done.returncode, done.stderr)


def test_a_backfill_tells_whom_a_run_tells(night):
    """By the config: the hook for what was published, and the metrics."""
    repository = night / "cache"
    for words in (["init"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "night"]):
        subprocess.run(
            ["git", *words, "--quiet"] if words[0] == "init" else ["git", *words], cwd=repository, check=True, capture_output=True
        )
    config = {"warehouse": "filled", "hooks": {"published": [into(night / "told")]}, "metrics_file": "etl.prom"}
    (night / "night.yaml").write_text(yaml.safe_dump(config))
    done = call("backfill", f"public=git+{repository}", "--config", night / "night.yaml")

    assert (0, "published", 1) == (
        done.returncode,
        json.loads((night / "told").read_text())["status"],
        len(read_runs(night / "filled" / "runs")),
    )
    assert "1" == samples(night / "etl.prom")['last_run_status{status="published"}']


def test_a_dry_run_tells_nobody(night):
    """It is no run."""
    pages(night / "cache", 4)
    words = ["--hook", into(night / "hook"), "--metrics-file", night / "etl.prom", "--dry-run"]

    assert 0 == call("run", f"public={night / 'cache'}", "--warehouse", night / "w", *words).returncode
    assert not (night / "hook").exists() and not (night / "etl.prom").exists()


def test_metrics_are_written_whatever_the_end(night):
    """Also of the first run of all that fails; and `status` writes the same."""
    file, other = night / "etl.prom", night / "other.prom"
    words = ["--metrics-file", file]
    assert 3 == call("run", "/nowhere", "--warehouse", night / "new", *words).returncode
    nothing = samples(file)
    assert 0 == call("run", f"public={night / 'cache'}", "--warehouse", night / "w", *words).returncode
    unchanged = samples(file)
    assert 0 == call("status", "--warehouse", night / "w", "--metrics-file", other).returncode
    assert 3 == call("run", "public=/nowhere", "--warehouse", night / "w", *words).returncode
    failed = samples(file)

    assert ("1", "0") == (nothing['last_run_status{status="failed"}'], nothing["release"]) and "specs" not in nothing
    assert ("1", "3", "0") == (unchanged['last_run_status{status="unchanged"}'], unchanged["last_run_documents_seen"], unchanged["specs"])
    assert unchanged == samples(other)
    assert ("1", "1") == (failed['last_run_status{status="failed"}'], failed["release"])
    assert unchanged["last_success_timestamp_seconds"] == failed["last_success_timestamp_seconds"] < failed["last_run_timestamp_seconds"]
    assert not (night / "new").exists()


def test_a_run_that_finds_the_warehouse_damaged_says_so_in_its_metrics(night):
    """What can be known is there; the rest has no line."""
    for file in (night / "w" / "data").rglob("*.parquet"):
        file.unlink()
    done = call("run", f"public={night / 'cache'}", "--warehouse", night / "w", "--metrics-file", night / "etl.prom")
    found = samples(night / "etl.prom")

    assert (4, "1", False) == (done.returncode, found['last_run_status{status="failed"}'], "specs" in found)
    assert "warning: metrics of the release are not known" in done.stderr


def test_the_log_may_be_json_lines(night):
    """Nothing else is on stderr, whatever the end; results stay on stdout."""
    pages(night / "cache", 4)
    (night / "cache/_cache/develop/p1/specs.md").write_text("---\n")
    loads = ["run", f"public={night / 'cache'}", "--warehouse", night / "w", "--log-format", "json"]
    done = [call(*loads, "--max-rejects", "1", "--hook", "false")]
    (night / "cache/_cache/develop/p2/specs.md").write_text("---\n")
    done += [call(*loads), call("run", "public=/nowhere", *loads[2:])]
    found = [[json.loads(line) for line in one.stderr.splitlines()] for one in done]

    assert [0, 5, 3] == [one.returncode for one in done]
    assert ["start", "step", "reject", "end", "warning"] == [one["event"] for one in found[0]]
    assert ["start", "step", "reject", "reject", "end"] == [one["event"] for one in found[1]]
    assert ["start", "end"] == [one["event"] for one in found[2]]
    assert [("info", "published"), ("warning", "refused"), ("error", "failed")] == [
        (line["level"], line["status"]) for lines in found for line in lines if line["event"] == "end"
    ]
    assert done[0].stdout.startswith("published: release 2")


def test_a_bug_leaves_its_traceback_in_the_record(night, monkeypatch):
    """An error that is told in words has none there. In the log it is a field, else on stderr as always."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by accident")

    pages(night / "cache", 4)
    loads = ["run", f"public={night / 'cache'}", "--warehouse", night / "w"]
    with monkeypatch.context() as patched:
        patched.setattr(Run, "_build", broken)
        plain, as_json = call(*loads), call(*loads, "--log-format", "json", "--json")
    told = call("run", "public=/nowhere", "--warehouse", night / "w")
    records = read_runs(night / "w" / "runs")[1:]

    assert [1, 1, 3] == [one.returncode for one in (plain, as_json, told)]
    assert [True, True, False] == ["in broken" in str(one.traceback) for one in records]
    assert "ZeroDivisionError: by accident" == records[0].reason == json.loads(as_json.stdout)["reason"]
    assert plain.stderr.startswith("Traceback") and "by accident" in json.loads(as_json.stderr.splitlines()[-1])["traceback"]
    assert records[2].traceback is None


def test_a_run_that_is_asked_to_end_ends_in_order(night):
    """It says so in its record and to whoever wants to know, and leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"public=site+http://127.0.0.1:{silent.getsockname()[1]}/api"
        words = [
            "run",
            place,
            "--warehouse",
            str(night / "w"),
            "--on-failed",
            into(night / "told"),
            "--metrics-file",
            str(night / "etl.prom"),
        ]
        environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
        silent.settimeout(30)
        with (
            subprocess.Popen([*COMMAND, *words], env=environment, stderr=subprocess.PIPE, text=True) as process,
            silent.accept()[0],
        ):  # it waits for an answer now
            process.send_signal(signal.SIGTERM)
            _, stderr = process.communicate(timeout=30)
    last = read_runs(night / "w" / "runs")[-1]

    assert (143, True) == (process.returncode, "asked to end" in stderr)
    assert ("failed", "Terminated: asked to end (SIGTERM), as a time limit or a shutdown does") == (last.status, last.reason)
    assert "failed" == json.loads((night / "told").read_text())["status"]
    assert "1" == samples(night / "etl.prom")['last_run_status{status="failed"}']


def test_status_judges_the_age_of_each_source_and_the_last_run(night):
    """Exit 5 and a line on stderr for each; without --max-age it only tells."""
    loads = ["run", f"public={night / 'cache'}", "--warehouse", night / "w"]
    asks = ["status", "--warehouse", night / "w"]
    old = call(*asks, "--max-age", "2d")
    assert 0 == call(*loads).returncode  # nothing has changed
    still = call(*asks, "--max-age", "2d", "--json")
    young = call(*asks, "--max-age", "999999d")
    assert 3 == call(*loads[:1], "public=/nowhere", *loads[2:]).returncode
    failed, plain = call(*asks, "--max-age", "999999d"), call(*asks)

    assert [5, 5, 0, 5, 0] == [one.returncode for one in (old, still, young, failed, plain)]
    assert (
        "not well: the newest snapshot of source public is of 2026-11-22 04:00 UTC, " in old.stderr and "2 days are allowed\n" in old.stderr
    )
    assert "found nothing new there" in json.loads(still.stdout)["problems"][0]
    assert "" == young.stderr == plain.stderr
    assert "not well: the last run, of 20" in failed.stderr and "failed: " in failed.stderr and "does not exist" in failed.stderr


def test_status_finds_a_run_that_never_ended(night):
    """It was killed, and no other has come since."""
    begun = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(hours=5)
    write_run(night / "w" / "runs", RunRecord("29990101T000000.000000Z", begun, "1"))
    done = [call("status", "--warehouse", night / "w", "--max-age", age, "--json") for age in ("4", "4h", "999999")]

    assert [5, 5, 0] == [one.returncode for one in done]
    assert "has not ended: it hangs, or was killed" in done[0].stderr
    assert "has not ended: it is under way, or was killed" in call("status", "--warehouse", night / "w").stdout


@pytest.mark.parametrize("age", ["two days", "-1", "2w", ""])
def test_an_age_is_hours_or_days(first, age):
    """Else it is said what is."""
    done = call("status", "--warehouse", first / "w", f"--max-age={age}")

    assert (2, True) == (done.returncode, "e.g. 36h or 2d" in done.stderr)


def test_status_says_how_complete_the_release_is(night):
    """Documents that keep what they said, and what the source has more of; still one screen."""
    (night / "cache/_data").mkdir()
    (night / "cache/_data/meta.yaml").write_text("develop: {count: 10}\n")
    (night / "cache/_cache/develop/p1/specs.md").write_text("---\n")
    assert 0 == call("run", f"public={night / 'cache'}", "--warehouse", night / "w", "--max-rejects", "1").returncode
    text = call("status", "--warehouse", night / "w").stdout
    found = json.loads(call("status", "--warehouse", night / "w", "--json").stdout)

    assert (1, 1, 0, 1) == tuple(found[name] for name in ("stale_documents", "partial_tags", "unobserved", "unequal_claims"))
    assert "stale      1 documents keep" in text and "partial    1 tags hold less" in text and "rejects    1 in this release (" in text
    assert len(text.splitlines()) < 25


def test_a_damaged_record_is_told_by_its_name(night):
    """No traceback: what to do is said."""
    (night / "w" / "runs" / "20261101T000000.000000Z.json").write_text("{")
    done = call("status", "--warehouse", night / "w")

    assert (4, True) == (done.returncode, "20261101T000000.000000Z.json is damaged" in done.stderr)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hooks: {published: mail}", "hooks.published"),
        ("hooks: {unchanged: [mail]}", "unchanged"),
        ('hooks: {failed: ["mail \'x"]}', "No closing quotation"),
        ("hooks: {failed: ['']}", "empty command"),
        ("webhooks: [ftp://example.org]", "https://"),
        ("webhooks: ['https://[']", "https://"),
    ],
)
def test_a_config_that_could_tell_nobody_is_refused_before_the_run(tmp_path, text, says):
    """At the first try by hand, not in the first bad night."""
    (tmp_path / "night.yaml").write_text(text)

    with pytest.raises(UsageError, match=says):
        Notices.of(read_config(tmp_path / "night.yaml"), hooks={}, webhooks=[], metrics_file=None)


def test_an_option_takes_the_place_of_what_the_config_says(tmp_path):
    """For each outcome alone; a file is beside the config."""
    (tmp_path / "night.yaml").write_text(
        "hooks: {failed: [a b], refused: [c]}\nwebhooks: ['https://example.org/x']\nmetrics_file: etl.prom\n"
    )
    told = Notices.of(read_config(tmp_path / "night.yaml"), hooks={"failed": ["d"]}, webhooks=[], metrics_file=None)

    assert {"published": [], "refused": [("c",)], "failed": [("d",)]} == told.hooks
    assert (("https://example.org/x",), tmp_path / "etl.prom") == (told.webhooks, told.metrics_file)


# The page, and what it points to.


def known_options(command: str) -> set[str]:
    """The options that `--help` of a command names."""
    group = typer.main.get_command(app)
    return {option for parameter in group.commands[command].params for option in parameter.opts}


def words_of(text: str) -> list[list[str]]:
    """Each call of the command in a text, as words up to where a shell goes on."""
    found = re.findall(r"(?:^|[\s/])spack-cache-etl +((?:run|status|rejects|sql|backfill|check|verify)\b[^\n`>|&]*)", text)
    return [shlex.split(words, comments=True) for words in found]


def unknown(calls: list[list[str]]) -> list[tuple[str, str]]:
    """Options that the command of a call does not have."""
    return [(words[0], word) for words in calls for word in words[1:] if word.startswith("--") and word not in known_options(words[0])]


def container_call() -> list[str]:
    """What the image runs."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (entry,), (command,) = re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE), re.findall(r"^CMD (.*)$", text, re.MULTILINE)
    assert ["spack-cache-etl"] == json.loads(entry)
    return json.loads(command)


@pytest.mark.parametrize("name", ["systemd/spack-cache-etl.service", "crontab", "ci-schedule.yaml", "../docs/nightly.md"])
def test_a_file_calls_what_there_is(name):
    """Each command and option."""
    calls = words_of((DEPLOY / name).read_text(encoding="utf-8"))

    assert calls
    assert [] == unknown(calls)


def test_the_image_calls_what_there_is_and_copies_what_the_wheel_needs():
    """Nothing that it copies is missing."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--)(.*)$", text, re.MULTILINE) for word in line.split()[:-1]]

    assert [] == unknown([container_call()])
    assert {"pyproject.toml", "constraints.txt", "README.md", "etl", "sql"} == set(copied)
    assert all((ROOT / word).exists() for word in copied)


def test_the_config_is_one():
    """It can be copied as it is."""
    config = read_config(DEPLOY / "night.yaml")
    told = Notices.of(config, hooks={}, webhooks=[], metrics_file=None)

    assert "/srv/spack-cache/warehouse" == config.warehouse
    assert [("/usr/local/bin/tell-operators",)] == told.hooks["failed"] == told.hooks["refused"]
    assert str(told.metrics_file).endswith(".prom")


def test_the_schedule_of_a_ci_parses():
    """With a time, and a step that runs."""
    schedule = yaml.safe_load((DEPLOY / "ci-schedule.yaml").read_text(encoding="utf-8"))
    minute, hour, *rest = schedule["on"]["schedule"][0]["cron"].split()

    assert (True, ["*", "*", "*"]) == (0 <= int(minute) < 60 and 0 <= int(hour) < 24, rest)
    assert any("spack-cache-etl run" in step.get("run", "") for step in schedule["jobs"]["night"]["steps"])


def test_the_crontab_has_five_fields_and_no_percent_sign():
    """Where cron would end the line."""
    lines = [line for line in (DEPLOY / "crontab").read_text().splitlines() if line and not line.startswith(("#", "MAILTO"))]

    assert 2 == len(lines)
    assert all(re.match(r"[0-9]+ [0-9]+ \* \* \* [a-z/]", line) and "%" not in line for line in lines)


def test_systemd_takes_the_units(tmp_path):
    """Without a word of complaint."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    here = tmp_path / "spack-cache-etl"
    here.write_text("#!/bin/sh\n")
    here.chmod(0o755)
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/spack-cache-etl/bin/spack-cache-etl", str(here)))
    units = [str(tmp_path / unit.name) for unit in (DEPLOY / "systemd").iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_the_unit_is_hardened_and_may_write_where_the_config_says():
    """The settings that the page relies on."""
    lines = (DEPLOY / "systemd" / "spack-cache-etl.service").read_text().splitlines()
    config = read_config(DEPLOY / "night.yaml")
    writable = [line.partition("=")[2].lstrip("-") for line in lines if line.startswith("ReadWritePaths=")]

    assert {"ProtectSystem=strict", "NoNewPrivileges=true", "Nice=10", "IOSchedulingClass=best-effort", "TimeoutStartSec=2h"} <= set(lines)
    assert [config.warehouse, str(Path(str(config.metrics_file)).parent)] == writable
    assert "Persistent=true" in (DEPLOY / "systemd" / "spack-cache-etl.timer").read_text().splitlines()


def test_the_page_names_every_exit_code_every_metric_and_files_that_are_there():
    """With what each tells."""
    codes = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)

    assert ["0", "1", "2", "3", "4", "5", "6", "143"] == codes
    assert [(name, told) for name, told in METRICS.items()] == re.findall(r"^\| `([a-z_]+)` \| (.*) \|$", PAGE, re.MULTILINE)[
        -len(METRICS) :
    ]
    assert set(re.findall(r"spack_cache_etl_([a-z_]+)[ {]", PAGE)) <= set(METRICS)
    assert [] == [link for link in links if not (ROOT / "docs" / link).exists()]
    assert all(isinstance(yaml.safe_load(shown), dict) for shown in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


def test_an_earlier_release_is_gone_back_to_as_the_page_says(night):
    """Its manifest over the current one; the next run goes on from there, with the same rows."""
    options = RunOptions(night / "w", (("public", str(night / "cache")),), observed_at=dt.datetime(2026, 11, 23, 4))
    pages(night / "cache", 5)
    run(options, RunReport(), lambda *_: None)
    pages(night / "cache", 6)
    run(replace(options, observed_at=dt.datetime(2026, 11, 24, 4)), RunReport(), lambda *_: None)
    query = "select package, first_seen_at from documents order by all"
    straight = ask(night / "w", query).rows
    shutil.copy(night / "w" / "manifests" / "000002.json", night / "w" / "manifest.json")
    report = RunReport()
    run(replace(options, observed_at=dt.datetime(2026, 11, 24, 4)), report, lambda *_: None)

    assert (6, straight) == (len(straight), ask(night / "w", query).rows)
    assert ("published", 3) == (report.status, report.release)
    manifest = Manifest.read(night / "w" / "manifest.json")
    assert manifest is not None and [1, 2, 3] == [one.snapshot_id for one in manifest.snapshots]


def test_a_copy_is_restored_as_the_page_says(night):
    """The manifest first, the rest after a release that came between: it is as if that had never been."""
    kept = night / "kept"
    kept.mkdir()
    shutil.copy(night / "w" / "manifest.json", kept)
    options = RunOptions(kept, (("public", str(pages(night / "cache", 4))),), observed_at=dt.datetime(2026, 11, 23, 4))
    run(replace(options, warehouse=night / "w"), RunReport(), lambda *_: None)
    shutil.copytree(
        night / "w", kept, dirs_exist_ok=True, ignore=lambda folder, names: ["manifest.json"] if folder == str(night / "w") else []
    )
    report = RunReport()
    run(options, report, lambda *_: None)

    assert ("published", 2, 4) == (report.status, report.release, ask(kept, "select count(*) from documents").rows[0][0])
