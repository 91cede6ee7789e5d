"""A small warehouse of the schema version of today, for tests to keep: `python -m bench.kept` writes it, once a schema version is released.

Two nights, of which the second changed little: it has what ended, and a recent part. With it lie the pages of the second night.
"""

import datetime as dt
import json
import os
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.generate import Tag, write
from bench.universe import LAST_NIGHT, packages
from etl import parts
from etl.config import RunOptions
from etl.pipeline import run
from etl.run_report import RunReport
from etl.schema import SCHEMA_VERSION

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "run" / "kept"
LEFT_OUT = {"spack_cache.duckdb", "views.sql", ".lock", "state", "staging"}  # made anew, and they name the folder they lay in
MADE = dt.datetime(2026, 11, 22, 4)


def make(folder: Path) -> Path:
    """Write the archive into a folder; where it is."""
    path = folder / f"schema-{SCHEMA_VERSION}.tar.xz"
    path.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as made:
        cache, warehouse = Path(made) / "cache", Path(made) / "warehouse"
        _nights(cache, warehouse)
        with tarfile.open(path, "w:xz") as archive:
            for top in (cache, warehouse):
                for file in sorted(one for one in top.rglob("*") if one.is_file() and not LEFT_OUT & set(one.relative_to(top).parts)):
                    archive.add(file, file.relative_to(made))
    return path


def _nights(cache: Path, warehouse: Path) -> None:
    parts.MOST_RECENT = 1.0
    world = packages("kept", 6, 30, 3, 60)
    for night in (0, 1):
        tags = [Tag("develop", LAST_NIGHT + night, keeps_all=True), Tag("develop-2025-07-13", LAST_NIGHT), Tag("v0.22.2", 400)]
        write(cache, world, tags, 0.1 * night)
        if night == 0:  # so old that they are known to be as they were, the night after
            for number, file in enumerate(sorted(cache.rglob("specs.md"))):
                os.utime(file, (10**9 + number,) * 2)
        options = RunOptions(warehouse, (("public", str(cache)),), observed_at=MADE + dt.timedelta(days=night))
        run(options, RunReport(), lambda *_: None)
    for manifest in (warehouse / "manifest.json", *warehouse.glob("manifests/*.json")):
        told = json.loads(manifest.read_text())
        manifest.write_text(json.dumps(told | {"locations": {}}))


if __name__ == "__main__":
    print(make(FOLDER))
