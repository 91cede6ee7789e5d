"""The history of a cache in git: the commits of a branch, oldest first, and the documents that each of them changed."""

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from etl.errors import SourceError
from etl.extract.sources.git import FETCH_SECONDS, GitSource
from etl.extract.sources.git_objects import GitError, forget, records, run_git
from etl.extract.sources.listing import PAGES, Listed, Totals, pages, placed
from etl.extract.sources.tree import wanted
from etl.extract.totals import LARGEST, totals

__all__ = ["Commit", "Every", "GitHistory", "History"]

Every = Literal["commit", "day"]

_EPOCH = dt.datetime(1970, 1, 1)
_DAY = 86_400
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
_BROKEN = ("bad object", "not a tree object", "missing", "unable to read", "corrupt")  # what git says of a copy that is not whole
_LOG = ("log", "--first-parent", "--reverse", "-m", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-relative")


class Commit(NamedTuple):
    """A commit that shows something new. `changes` has each page that it changed (None: it is gone); of the first, all of its pages."""

    id: str
    time: dt.datetime
    changes: Mapping[str, Listed | None]
    document_count: int
    tags: Listed | None  # `_data/tags.yaml`
    listed: Mapping[str, Sequence[str]]  # what that lists: the stacks of each tag
    meta: Listed | None  # `_data/meta.yaml`


@dataclass(frozen=True, slots=True)
class History:
    """Commits in their order, and how many were passed over: they hold no cache, several, or a list of tags that cannot be read."""

    commits: list[Commit]
    unreadable: int


class _Found(NamedTuple):
    """A commit as git tells it: its files that a cache may need, by path; None: the file is gone."""

    id: str
    seconds: int
    files: dict[str, tuple[str, bool] | None]  # blob, and whether it is a file


class GitHistory(GitSource):
    """A git source whose whole history is at hand: from an address all of it is fetched."""

    def history(self, since: dt.datetime | None = None, until: dt.datetime | None = None, every: Every = "commit") -> History:
        """The commits along the first parents that differ in their documents, or in what they say of their tags.

        `since` and `until` bound the committer's time; the first commit in between shows all that stood before it. A time
        that does not advance is one second after the one before.

        Raises SourceError where the repository, the ref or git itself is not there, or no commit holds a cache.
        """
        self._check()
        try:
            commit = self._commit()
            found = _Walk(self, _sizes(self)).commits(_kept(self._log(commit), since, until, every))
        except GitError as error:
            raise SourceError(f"{self._where}: {_CREDENTIALS.sub('', str(error))}; {self._remedy(str(error))}") from error
        except OSError as error:
            raise SourceError(f"{self._where}: {error.filename or 'git'}: {error.strerror or error}") from error
        if not found.commits:
            raise SourceError(f"{self._where}: no commit of it in that time holds a cache; try other bounds, or another ref")
        return found

    def totals(self, tags: Listed | None, meta: Listed | None = None) -> Totals:
        """What a commit's files say of its tags as a whole. Raises SourceError."""
        for file in (tags, meta):
            if file is not None and file.size_bytes > LARGEST:
                raise SourceError(f"{self._where}: {file.path} has {file.size_bytes:,} bytes; at most {LARGEST:,} are read")
        return totals(self._total(meta), self._total(tags), self._where)

    def _log(self, commit: str) -> Iterator[_Found]:
        """Every commit along the first parents, oldest first."""
        found: _Found | None = None
        mode = key = ""
        is_path = False
        count = 0
        for record in records(self._folder, *_LOG, "--format=%H %ct", commit):
            if is_path:
                is_path = False
                assert found is not None  # a change follows its commit
                count += 1
                if count > self.limits.archive_members:
                    what = f"commit {found.id[:12]} changes more than {self.limits.archive_members:,} files"
                    raise SourceError(f"{self._where}: {what}; if it is to be trusted, raise limits.archive_members in the config file")
                if b"_cache/" in record or b"_data/" in record:
                    is_there = int(mode, 8) != 0
                    name = record.decode(errors="surrogateescape")
                    found.files[name] = (key, mode.startswith("100")) if is_there else None
            elif record.lstrip(b"\n").startswith(b":"):
                _, mode, _, key, _ = record.decode().split()
                is_path = True
            elif record:
                if found is not None:
                    yield found
                commit_id, seconds = record.decode().split()
                found, count = _Found(commit_id, int(seconds), {}), 0
        if found is not None:
            yield found

    def _fetched(self) -> str:
        """The local name of the ref, fetched with all that came before it. A copy that a dead run left broken is made anew."""
        if Path(self._address).is_file():
            return GitSource._fetched(self)  # of a bundle all is fetched in any case
        try:
            return self._fetched_whole()
        except GitError as error:
            if not any(word in str(error) for word in (str(self._folder), *_BROKEN)):
                raise
        forget(self._folder)
        shutil.rmtree(self._folder)
        return self._fetched_whole()

    def _fetched_whole(self) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        run_git(self._folder, "init", "--bare", "--quiet", "--template=")
        ref = self.ref or "HEAD"
        kept = f"refs/spack-cache-etl/{hashlib.sha256(ref.encode()).hexdigest()[:16]}"
        run_git(
            self._folder,
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
            *("--end-of-options", self._address, f"+{ref}:{kept}"),
            seconds=24 * FETCH_SECONDS,
            protocols="file:git:http:https:ssh",
        )
        return kept


def _sizes(source: GitHistory) -> dict[str, int]:
    """The size of each object, by its id."""
    lines = run_git(
        source._folder,
        "cat-file",
        "--batch-all-objects",
        "--unordered",
        "--buffer",
        "--batch-check=%(objectname) %(objecttype) %(objectsize)",
    )
    told = (line.split(b" ") for line in lines.splitlines())
    return {key.decode(): int(size) for key, kind, size in told if kind == b"blob"}


def _kept(commits: Iterator[_Found], since: dt.datetime | None, until: dt.datetime | None, every: Every) -> Iterator[_Found]:
    """The commits that are wanted, each with the changes of those before it that are not."""
    after, before = (None if time is None else (time - _EPOCH).total_seconds() for time in (since, until))
    waiting: _Found | None = None  # whether another of its day follows
    carried: dict[str, tuple[str, bool] | None] = {}
    for one in commits:
        is_wanted = (after is None or one.seconds >= after) and (before is None or one.seconds <= before)
        if waiting is not None:
            if is_wanted and every == "day" and one.seconds // _DAY == waiting.seconds // _DAY:
                carried = waiting.files
            else:
                yield waiting
            waiting = None
        carried.update(one.files)
        if is_wanted:
            waiting, carried = _Found(one.id, one.seconds, carried), {}
    if waiting is not None:
        yield waiting


class _Walk:
    """The files of one commit after the other, as far as a cache may need them."""

    def __init__(self, source: GitHistory, sizes: Mapping[str, int]) -> None:
        self.source, self.sizes = source, sizes
        self.trees: dict[str, dict[str, dict[str, Listed]]] = {}  # by the folder that holds the cache, the document's own, the path
        self.page_counts: dict[str, int] = {}
        self.shown: dict[str, Listed] = {}  # the pages of the commit before
        self.folder: str | None = None
        self.lists: tuple[Listed | None, Mapping[str, Sequence[str]] | None] | None = None

    def commits(self, found: Iterator[_Found]) -> History:
        """Those that show something new."""
        commits: list[Commit] = []
        unreadable = 0
        touched: set[tuple[str, str]] = set()
        for one in found:
            touched |= self._apply(one)
            folder = self._cache_folder()
            data = self.trees[folder].get("_data", {}) if folder is not None else {}
            tags, meta = (_file(data.get(f"_data/{name}")) for name in ("tags.yaml", "meta.yaml"))
            if folder is None or (listed := self._listed(tags)) is None:
                unreadable += 1
                continue
            changes = self._changes(folder, touched)
            touched = set()
            if commits and not changes and self._says_the_same(commits[-1], tags, meta):
                continue
            time = _EPOCH + dt.timedelta(seconds=one.seconds)
            if commits:
                time = max(time, commits[-1].time + dt.timedelta(seconds=1))
            commits.append(Commit(one.id, time, changes, len(self.shown), tags, listed, meta))
        return History(commits, unreadable)

    def _listed(self, tags: Listed | None) -> Mapping[str, Sequence[str]] | None:
        """What the file lists, read where it is another than before; None: it cannot be read."""
        if not self.lists or self.lists[0] != tags:
            try:
                self.lists = (tags, self.source.totals(tags).stacks)
            except SourceError:
                self.lists = (tags, None)
        return self.lists[1]

    def _says_the_same(self, before: Commit, tags: Listed | None, meta: Listed | None) -> bool:
        if (before.tags, before.meta) == (tags, meta):
            return True
        return self.source.totals(before.tags, before.meta) == self.source.totals(tags, meta)

    def _apply(self, commit: _Found) -> set[tuple[str, str]]:
        """Bring the trees up to a commit; the folders, each with that of its cache, in which something changed."""
        touched = set()
        for name, file in commit.files.items():
            place = wanted(name)
            if place is None:
                continue
            top, path = place
            parent, _, last = path.rpartition("/")
            folder = self.trees.setdefault(top, {}).setdefault(parent, {})
            is_page = last in PAGES and path.startswith("_cache/")
            self.page_counts[top] = self.page_counts.get(top, 0) + is_page * ((file is not None) - (path in folder))
            if file is None:
                folder.pop(path, None)
            else:
                tag, package = placed(path)
                key, is_file = file
                folder[path] = Listed(path, self.sizes.get(key, 0), key, is_file, tag, package, key if is_file else None)
            touched.add((top, parent))
        return touched

    def _cache_folder(self) -> str | None:
        """The folder whose `_cache/` is meant, as a checkout of the commit would have it: the top, else the only one with pages."""
        if any(folder.startswith("_cache") and files for folder, files in self.trees.get("", {}).items()):
            return "" if self.page_counts.get("") else None
        with_pages = [top for top, count in self.page_counts.items() if count]
        return with_pages[0] if len(with_pages) == 1 else None

    def _changes(self, top: str, touched: set[tuple[str, str]]) -> dict[str, Listed | None]:
        """Pages that are not as they were, once the folders that were touched are looked at."""
        tree = self.trees[top]
        is_same_place = top == self.folder
        self.folder = top
        parents = [parent for owner, parent in touched if owner == top] if is_same_place else list(tree)
        now: dict[str, Listed] = {}
        before: dict[str, Listed] = {} if is_same_place else self.shown
        for parent in parents:
            if not parent.startswith("_cache"):
                continue
            now |= {page.path: page for page in pages(tree.get(parent, {}).values())}
            if is_same_place:
                before |= {path: self.shown[path] for name in PAGES if (path := f"{parent}/{name}") in self.shown}
        changes: dict[str, Listed | None] = {path: page for path, page in sorted(now.items()) if before.get(path) != page}
        changes |= dict.fromkeys(sorted(before.keys() - now.keys()))
        for path, page in changes.items():
            if page is None:
                del self.shown[path]
            else:
                self.shown[path] = page
        return changes


def _file(listed: Listed | None) -> Listed | None:
    return listed if listed is not None and listed.is_file else None
