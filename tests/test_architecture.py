"""One way: a module imports what stands left of it, and each kind of work has one place."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "etl"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Left to right; a module may import from those before its own. `etl` itself is the version.
LAYERS = (
    "errors",
    "rules",
    "workers",
    "schema",
    "extract",
    "transform",
    "load",
    "permitted",
    "query",
    "diff",
    "quality",
    "config",
    "dictionary",
    "output",
    "run_report",
    "notify",
    "company",
    "shards",
    "candidate",
    "reading",
    "succession",
    "renewal",
    "parts",
    "counting",
    "compaction",
    "pipeline",
    "backfill",
    "replay",
    "status",
    "shell",
    "connect",
    "export",
    "site",
    "cli",
    "__main__",
)
# Packages, whose modules import one another.
WITHIN = {
    "backfill",
    "notify",
    "schema",
    "extract",
    "transform",
    "load",
    "quality",
    "connect",
    "export",
    "site",
    "cli",
}  # packages, whose modules import one another


def layer(path: Path) -> str:
    """The layer that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def names(path: Path) -> set[str]:
    """Every dotted name that a file uses."""
    return {
        ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name | ast.Attribute)
    }


# What a module reads of the environment all the same: git, like any child process, needs its PATH and the user's way to a server.
EXEMPT = {"extract/sources/git_objects.py": {"os.environ"}}

ALL = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


@ALL
def test_a_module_imports_only_what_stands_left_of_it(path):
    """extract, transform, load, and the rest in the order above."""
    if path == PACKAGE / "__init__.py":
        return
    own = layer(path)
    others = {name.split(".")[1] for name in imported(path) if name.startswith("etl.")} & set(LAYERS)
    allowed = set(LAYERS[: LAYERS.index(own)]) | ({own} if own in WITHIN else set())

    assert set() == others - allowed


@ALL
def test_only_the_command_line_prints_exits_or_reads_the_environment(path):
    """Everything else is told what it needs, and gives back what it found."""
    if layer(path) not in ("cli", "__main__"):
        assert EXEMPT.get(path.relative_to(PACKAGE).as_posix(), set()) == names(path) & {
            "print",
            "exit",
            "sys.exit",
            "sys.stdout",
            "sys.stderr",
            "sys.stdin",
            "os.environ",
            "os.getenv",
            "input",
        }


@ALL
def test_transforms_are_pure(path):
    """No path, no clock, no network, no log, no chance."""
    if layer(path) == "transform":
        impure = {"pathlib", "os", "io", "time", "socket", "random", "logging", "urllib", "subprocess", "duckdb"}
        assert set() == {name.split(".")[0] for name in imported(path)} & impure
        assert set() == names(path) & {"open", "datetime.now", "dt.datetime.now", "date.today"}


@ALL
def test_extraction_knows_no_frames(path):
    """Bytes to columns; what the columns mean is the transform's."""
    if layer(path) == "extract":
        assert set() == {name.split(".")[0] for name in imported(path)} & {"polars", "duckdb", "dataframely"}


@ALL
def test_a_file_is_one_room(path):
    """About 300 lines, one job, and a name that says it."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 310
    assert path.stem not in ("utils", "util", "helpers", "common", "misc")


@ALL
def test_no_error_is_caught_and_ignored(path):
    """No bare `except`, no `except Exception`, no handler that only passes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None and ast.unparse(node.type) != "Exception"
            assert not all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)
