"""What the job is measured against, each a process of its own: `python -m bench.baseline orjson|yaml|git PLACE...`.

`orjson` does the least that anyone must do: list the pages, read each, cut the two JSON values out by line, and decode
them. Nothing is kept, checked or written. `yaml` loads a sample of the same pages and says how long they all would take.
`git` takes a repository and a file of ids, and does the least for a history: what each commit changed, and those blobs.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

YAML_SAMPLE_BYTES = 2_000_000  # CSafeLoader takes 3 MB in a second: all pages would take minutes


def main() -> None:
    kind, *places = sys.argv[1:]
    {"orjson": read_with_orjson, "yaml": sample_with_yaml, "git": read_with_git}[kind](*places)


def read_with_orjson(folder: str) -> None:
    import orjson  # noqa: PLC0415  (each baseline waits for its own reader only)

    specs = 0
    for page in sorted(_pages(folder)):
        for line in _bytes(page).split(b"\n"):
            key, _, value = line.partition(b": ")
            if key == b"meta":
                orjson.loads(value)
            elif key == b"spec_details":
                specs += len(orjson.loads(value))
    print(specs)


def sample_with_yaml(folder: str) -> None:
    """Print the seconds that CSafeLoader takes for the sample, its bytes, and the bytes of all pages."""
    import yaml  # noqa: PLC0415

    pages = sorted(_pages(folder))
    total = sum(Path(page).stat().st_size for page in pages)
    sample: list[bytes] = []
    for page in random.Random("yaml").sample(pages, len(pages)):
        sample.append(_bytes(page))
        if sum(map(len, sample)) >= YAML_SAMPLE_BYTES:
            break
    begin = time.perf_counter()
    for raw in sample:
        yaml.load(raw.removesuffix(b"---"), yaml.CSafeLoader)
    print(time.perf_counter() - begin, sum(map(len, sample)), total)


def read_with_git(repository: str, blobs: str) -> None:
    """Print the bytes of the blobs, as `git cat-file --batch` gives them: each below a line with its id, kind and size."""
    git, total = ["git", "-C", repository], 0
    log = [*git, "log", "--first-parent", "--raw", "-z", "--no-renames", "--no-abbrev", "main"]  # a short id would name no blob
    subprocess.run(log, stdout=subprocess.DEVNULL, check=True)
    with open(blobs, "rb") as ids, subprocess.Popen([*git, "cat-file", "--batch"], stdin=ids, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None  # it was asked for
        while chunk := child.stdout.read(1 << 20):
            total += len(chunk)
    if child.returncode:
        raise SystemExit(child.returncode)
    print(total)


def _pages(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _pages(entry.path)
            elif entry.name == "specs.md":
                yield entry.path


def _bytes(page: str) -> bytes:
    with open(page, "rb", buffering=0) as file:
        return file.read()


if __name__ == "__main__":
    main()
