"""A run as JSON lines."""

import datetime as dt
import json
from pathlib import Path

from etl.notify.log import JsonLog
from etl.run_report import RunReport

REJECT = {"source": "public", "path": "a\x1b[31m", "line": 6, "scope": "spec", "rule": "bad_hash", "detail": "short\nname", "excerpt": ""}


def test_every_line_is_an_object_that_says_when_what_and_of_which_run():
    """Start, the end of each step with its seconds, the first of what was refused, warnings, the end."""
    lines: list[str] = []
    seconds = iter(range(100))
    log = JsonLog("run", lines.append, lambda: dt.datetime(2026, 11, 22, 4, 0, next(seconds), tzinfo=dt.UTC))
    log.start(Path("w"), ["public"], 2)
    log.step("documents", 5, 10)
    log.step("documents", 10, 10)
    log.rejects([REJECT] * 12)
    log.warning("hook 1 failed")
    log.end(RunReport("run", "refused", 3, reason="too many"), None)
    found = [json.loads(line) for line in lines]

    assert ["start", "step", *["reject"] * 10, "warning", "end"] == [one["event"] for one in found]
    assert ["info", "info", *["warning"] * 12] == [one["level"] for one in found]
    assert {("run", True, ("ts", "level", "event", "run_id"))} == {
        (one["run_id"], one["ts"].endswith("Z"), tuple(one)[:4]) for one in found
    }
    assert ("documents", 10, 2.0) == tuple(found[1][name] for name in ("step", "bytes", "seconds"))
    assert ("a\x1b[31m", "short\nname") == (found[2]["path"], found[2]["detail"])
    assert all(line.isprintable() for line in lines)
    assert set(RunReport().as_json()) < set(found[-1]) and ("refused", 3) == (found[-1]["status"], found[-1]["release"])


def test_a_bug_is_an_error_with_its_traceback():
    """In one line."""
    lines: list[str] = []
    JsonLog("run", lines.append, lambda: dt.datetime.now(dt.UTC)).end(RunReport("run", "failed"), "Traceback\n  line")
    (found,) = map(json.loads, lines)

    assert ("error", "Traceback\n  line") == (found["level"], found["traceback"])
