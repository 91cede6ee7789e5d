"""The site as files in a folder."""

from pathlib import Path

from etl.errors import StoreError, UsageError
from etl.site.examples import answers
from etl.site.pages import GENERATOR, pages

__all__ = ["write_site"]

_MARK = f'<meta name="generator" content="{GENERATOR}">'


def write_site(folder: Path) -> int:
    """How many pages were written into the folder, over those of an earlier time; pages that are no longer made go.

    Raises UsageError for a folder that holds anything but such a site, StoreError where it cannot be written.
    """
    try:
        _check(folder)
        made = pages(answers())
        for old in folder.glob("views/*.html"):
            if f"views/{old.name}" not in made and _is_ours(old):
                old.unlink()
        # The index first: by it a folder is known as ours, also where this dies half way.
        for path, text in sorted(made.items(), key=lambda one: one[0] != "index.html"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; name a folder that can be written with --output") from error
    return sum(path.endswith(".html") for path in made)


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; the site is a folder: name one with --output")
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder / "index.html"):
        raise UsageError(f"{folder} holds other files than a site of this program; name an empty or a new folder with --output")


def _is_ours(page: Path) -> bool:
    return page.is_file() and _MARK in page.read_text(encoding="utf-8", errors="replace")
