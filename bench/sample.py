"""The small made-up cache that ships inside the package: `python -m bench.sample` writes it anew, the same each time."""

import shutil
from pathlib import Path

from bench.generate import Tag, write
from bench.universe import LAST_NIGHT, packages

FOLDER = Path(__file__).resolve().parent.parent / "etl" / "sample"

# Each tag with how many of the packages it holds: older ones knew fewer.
TAGS = (
    (Tag("develop", LAST_NIGHT, keeps_all=True), 9),
    (Tag("develop-2025-07-13", LAST_NIGHT), 9),
    (Tag("develop-2025-07-06", LAST_NIGHT - 7), 8),
    (Tag("v0.23.1", 585), 8),  # written in February 2025: layout G
    (Tag("v0.22.2", 400), 7),  # layout E
    (Tag("v0.19", 10, has_root=False), 5),
)


def make(folder: Path) -> int:
    """Write the sample below a folder; how many specs it holds."""
    shutil.rmtree(folder / "_cache", ignore_errors=True)
    world = packages("sample-55", 9, 60, 4, 200)
    return sum(write(folder, world[:count], [tag]) for tag, count in TAGS)


if __name__ == "__main__":
    print(f"{make(FOLDER):,} specs under {FOLDER}")
