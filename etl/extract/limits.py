"""How much of what others wrote is read before it is refused: each limit is a key of the config file's `limits`."""

from dataclasses import dataclass

__all__ = ["USUAL", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read. The defaults lie far above all that the public cache holds."""

    document_bytes: int = 16 * 1024**2  # of one page; the largest of the public cache has 660,076
    document_specs: int = 100_000  # on a page; the most of the public cache are some 700. Each bad one is a row of `rejects`
    nesting: int = 50  # lists and mappings within each other on a page; a page needs three
    archive_members: int = 5_000_000  # of one archive, folders included
    archive_bytes: int = 64 * 1024**3  # of all members of an archive, unpacked
    download_bytes: int = 8 * 1024**3  # of one file that is fetched or unpacked whole, such as an index


USUAL = Limits()  # where nothing else is told
