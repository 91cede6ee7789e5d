"""What hooks and webhooks get: the object of `run --json`, and where it was."""

import socket
from pathlib import Path

import msgspec

from etl.run_report import RunReport

__all__ = ["message", "sentence"]


def message(report: RunReport, warehouse: Path) -> bytes:
    """The object of `run --json` with `warehouse`, `hostname` and `text`, a sentence for people."""
    more = {"warehouse": str(warehouse), "hostname": socket.gethostname(), "text": sentence(report, socket.gethostname())}
    return msgspec.json.encode(report.as_json() | more)


def sentence(report: RunReport, host: str) -> str:
    """How a run ended, in one line."""
    release = f"release {report.release} stands" if report.release else "there is no release yet"
    if report.status == "published":
        specs = report.specs
        what = f"published release {report.release}: {specs['current']:,} specs, {specs['added']:,} added, {specs['removed']:,} removed"
    else:
        what = f"{report.status}, {release}" + (f": {report.reason}" if report.reason else "")
    rejected = f"; {report.documents['rejected']:,} documents rejected" if report.documents["rejected"] else ""
    return f"spack-cache-etl on {host}: {what}{rejected}"
