"""Files of a release that are missing or were cut, and the release to go on from then."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from etl.errors import StoreError
from etl.load.manifest import DataFile, Manifest

__all__ = ["check", "damaged", "whole"]


def damaged(root: Path, manifest: Manifest) -> Iterator[DataFile]:
    """The files of the release that are not there, or not as long as they were; what is in the others is not looked at."""
    for file in manifest.files:
        path = root / file.path
        if not path.is_file() or path.stat().st_size != file.bytes:
            yield file


def check(root: Path, manifest: Manifest) -> None:
    """Raise StoreError where the release lacks a file, or one was cut."""
    for file in damaged(root, manifest):
        raise StoreError(f"{_said(root, file)}: put it back, or load into another --warehouse")


def whole(root: Path, manifest: Manifest) -> tuple[Manifest, str | None]:
    """The release, if it lacks nothing; else the newest one before it that is kept and does, and what that means, in words.

    The other stands under the number of this one, with inputs that nothing equals: the next release comes behind both, and is
    made even if the sources are as they were. Raises StoreError where no release is whole.
    """
    lost = next(damaged(root, manifest), None)
    if lost is None:
        return manifest, None
    found = _said(root, lost)
    for path in sorted((root / "manifests").glob("*.json"), reverse=True):
        earlier = Manifest.read(path)
        if earlier is not None and earlier.release < manifest.release and next(damaged(root, earlier), None) is None:
            said = (
                f"{found}: went on from release {earlier.release}; what changed from then to release {manifest.release} is dated as of now"
            )
            return msgspec.structs.replace(earlier, release=manifest.release, inputs=dict.fromkeys(manifest.inputs, "")), said
    raise StoreError(f"{found}, and no earlier release is whole: put it back, or load into another --warehouse")


def _said(root: Path, file: DataFile) -> str:
    return f"{root / file.path} (table {file.table}) is missing or damaged"
