"""The folder that tables may be written to."""

import re
from pathlib import Path

from etl.errors import UsageError

__all__ = ["folder_for"]

# What the library of Delta takes for a part of an address, or for another path; each was tried.
_NOT_TAKEN = re.compile(r"[\[\]^|#?\\\x00-\x1f\x7f]|%[0-9a-fA-F]{2}")
_ADDRESS = re.compile(r"(?:^|/)[A-Za-z][A-Za-z0-9+.-]*:/")  # a Path has one slash of the two left


def folder_for(output: Path, root: Path) -> Path:
    """The folder as an absolute path, which need not be there yet. Raises UsageError for one that cannot be the tables'."""
    _check_name(output)
    folder = output.expanduser().resolve()
    _check_name(folder)
    if folder.is_relative_to(root) or root.is_relative_to(folder):
        raise UsageError(f"--output {folder}: name a folder that neither lies in the warehouse {root} nor holds it")
    try:
        is_warehouse = (folder / "manifest.json").exists()
    except OSError as error:
        raise UsageError(f"--output {folder}: {error.strerror}; name a folder that can be written") from error
    if is_warehouse:
        raise UsageError(f"--output {folder}: it is another warehouse, for it holds a manifest.json; name a folder for tables alone")
    return folder


def _check_name(path: Path) -> None:
    name = str(path)
    if _ADDRESS.search(name):
        raise UsageError(f"--output {name!r} is an address; name a folder of this machine, and copy it as docs/exports.md says")
    found = _NOT_TAKEN.search(name)
    if found:
        raise UsageError(f"--output {name!r}: Delta tables cannot stand below a name with {found[0]!r}; name another folder")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(f"--output {name!r}: Delta tables cannot stand below a name that is not UTF-8; name another folder") from None
