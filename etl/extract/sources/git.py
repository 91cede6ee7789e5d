"""Documents in a commit of a git repository, near or far: read from its objects, never checked out."""

import atexit
import datetime as dt
import errno
import functools
import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from etl.errors import SourceError
from etl.extract.limits import Limits
from etl.extract.sources.git_objects import GitError, blob, forget, records, run_git
from etl.extract.sources.listing import Listed, Listing, placed
from etl.extract.sources.tree import Trees, cache_files, wanted
from etl.extract.totals import totals

__all__ = ["GitSource"]

FETCH_SECONDS = 3600.0  # of one fetch; the whole public cache takes some minutes
_PROTOCOLS = "file:git:http:https:ssh"
_URL = re.compile(r"([a-z0-9+.-]+)://.+", re.IGNORECASE)
_HOST_AND_PATH = re.compile(r"[^/:]+:(?!:).*")  # as scp has it; two colons would name a helper program
_CREDENTIALS = re.compile(r"(://)[^/\s]*@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FAR_REF = re.compile(r"[^\s:^~?*\[\\+]+")  # what may stand in a refspec without changing its meaning
_BROKEN = ("bad object", "not a tree object", "missing", "unable to read", "corrupt")  # what git says of a repository that is not whole
_REMEDIES = {  # by what git says
    "dubious ownership": "it belongs to another user: git config --global --add safe.directory {folder}",
    "not a git repository": "name the folder that holds .git, or a bare repository",
    "remote ref": "is there a commit or branch {ref}?",
    "single revision": "is there a commit or branch {ref}?",
    "promisor": "it is a partial clone: git fetch --refetch --no-filter brings the rest",
    "spawn": "install git, or name a folder that it checked out",
}
_EPOCH = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class GitSource:
    """A commit that holds the cache's pages.

    `repository` is a folder (a checkout, its `.git`, a bare repository), a bundle file, or an address; `ref` a branch, tag or commit,
    by default `HEAD`. What is fetched from an address or a bundle is kept below `state`, so that the next night fetches only what is
    new; without one, in a folder that is removed when the process ends.
    """

    name: str
    repository: str = field(repr=False)  # it may hold a password
    ref: str | None
    limits: Limits
    state: Path | None = None
    _folder: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        near = _near(self.repository)
        try:
            is_near = near.is_dir() or not (near.is_file() or _is_address(self.repository))
        except OSError as error:
            raise SourceError(f"{self._where}: it cannot be reached: {error.strerror}; name another") from error
        if is_near:
            folder = near.absolute()
        else:
            address = hashlib.sha256(self._address.encode(errors="surrogateescape")).hexdigest()
            folder = (self.state or _temporary()).absolute() / "git" / address[:16]
        object.__setattr__(self, "_folder", folder)

    def list(self) -> Listing:
        """Every page of the commit, in path order; the commit is the revision, its committer's time that of the observation.

        Links and submodules are listed as no files. A `_cache/` at the top comes before one in a folder, as in a checkout.

        Raises SourceError where the repository, the ref or git itself is not there, or the commit holds no cache or several.
        """
        self._check()
        try:
            commit = self._commit()
            timestamp = int(run_git(self._folder, "rev-list", "--timestamp", "--max-count=1", commit).split()[0])
            trees = self._trees(commit)
        except GitError as error:
            raise SourceError(f"{self._where}: {_anonymous(str(error))}; {self._remedy(str(error))}") from error
        except OSError as error:
            raise SourceError(f"{self._where}: {error.filename or 'git'}: {error.strerror or error}") from error
        top = trees.get("", {})
        if any(path.startswith("_cache/") for path in top):
            trees = {"": top}
        where = f"{self._where}, commit {commit[:12]}"
        found = cache_files(trees, where, "check out that commit and name the folder that is meant")
        meta, tags = (self._total(file) for file in (found.meta, found.tags))
        return Listing(found.documents, commit, self._time(timestamp), totals(meta, tags, where))

    def read(self, document: Listed) -> bytes:
        """The bytes of one listed document, or of a file beside it."""
        if document.key is None:
            raise OSError(errno.EINVAL, "a link or submodule has no content")
        return blob(self._folder, document.key)

    @property
    def _where(self) -> str:
        return f"source {self.name}: git repository {_anonymous(self.repository)}"

    @property
    def _address(self) -> str:
        """What git fetches from: an address, or the absolute path of a bundle."""
        near = _near(self.repository)
        return str(near.absolute()) if near.is_file() else self.repository

    @property
    def _is_near(self) -> bool:
        return self._folder == _near(self.repository).absolute()

    def _check(self) -> None:
        for what, text in (("address", self.repository), ("ref", self.ref)):
            if text is not None and (text.startswith("-") or not text or _CONTROL.search(text)):
                raise SourceError(f"source {self.name}: {_anonymous(text)!r} is no {what} of git; name an existing one")
        scheme = _URL.fullmatch(self.repository)
        if scheme and scheme[1].lower() not in _PROTOCOLS.split(":") and not self._is_near:
            raise SourceError(f"{self._where}: git is not used over {scheme[1]}; use one of {_PROTOCOLS.replace(':', ', ')}")
        if not self._is_near and self.ref is not None and not (_FAR_REF.fullmatch(self.ref) and ".." not in self.ref):
            raise SourceError(f"{self._where}: {self.ref!r} cannot be fetched; name a branch, a tag or a whole commit id")
        if self._is_near and not self._folder.is_dir():
            raise SourceError(f"{self._where}: there is no such folder or bundle; name a repository, or an address such as https://...")

    def _commit(self) -> str:
        ref = self.ref or "HEAD"
        if not self._is_near:
            ref = self._fetched()
        return run_git(self._folder, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").decode().strip()

    def _fetched(self) -> str:
        """The local name of the ref, fetched. A kept copy that a dead run left locked or broken is made anew."""
        is_bundle = Path(self._address).is_file()
        for is_last in (False, True):
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                run_git(self._folder, "init", "--bare", "--quiet", "--template=")
                ref = self.ref or (self._only_head() if is_bundle else "HEAD")
                kept = f"refs/spack-cache-etl/{hashlib.sha256(ref.encode()).hexdigest()[:16]}"
                run_git(
                    self._folder,
                    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"),
                    *(() if is_bundle else ("--depth=1",)),
                    *("--end-of-options", self._address, f"+{ref}:{kept}"),
                    seconds=FETCH_SECONDS,
                    protocols=_PROTOCOLS,
                )
                return kept
            except GitError as error:
                if is_last or not any(word in str(error) for word in (str(self._folder), *_BROKEN)):
                    raise
                forget(self._folder)
                shutil.rmtree(self._folder)
        raise AssertionError  # the second round returned or raised

    def _only_head(self) -> str:
        """What a bundle holds: its HEAD, or its one branch."""
        lines = run_git(self._folder, "bundle", "list-heads", self._address).decode(errors="replace").splitlines()
        heads = [line.partition(" ")[2] for line in lines]
        if "HEAD" not in heads and len(heads) != 1:
            raise SourceError(f"{self._where}: the bundle holds no HEAD; name one of its refs: {', '.join(heads[:20])}")
        return "HEAD" if "HEAD" in heads else heads[0]

    def _trees(self, commit: str) -> Trees:
        """The files of the commit that a cache may need. A tree may name itself many times over: their number has a limit."""
        trees: dict[str, dict[str, Listed]] = {}
        for number, record in enumerate(records(self._folder, "ls-tree", "-r", "-z", "-l", "--full-tree", commit), 1):
            if number > self.limits.archive_members:
                what = f"commit {commit[:12]} holds more than {self.limits.archive_members:,} files"
                raise SourceError(f"{self._where}: {what}; if it is to be trusted, raise limits.archive_members in the config file")
            head, _, name = record.partition(b"\t")
            place = wanted(name.decode(errors="surrogateescape"))
            if place is not None:
                folder, path = place
                tag, package = placed(path)
                mode, _, key, size = head.decode().split()
                is_file = mode.startswith("100")
                size_bytes = int(size) if size.isdigit() else 0
                trees.setdefault(folder, {})[path] = Listed(path, size_bytes, key, is_file, tag, package, key if is_file else None)
        return trees

    def _total(self, file: Listed | None) -> bytes | None:
        if file is None:
            return None
        try:
            return self.read(file)
        except OSError as error:
            raise SourceError(f"{self._where}: {file.path} cannot be read: {error.strerror or error}; mend the repository") from error

    def _time(self, seconds: int) -> dt.datetime:
        try:
            return _EPOCH + dt.timedelta(seconds=seconds)
        except OverflowError:
            raise SourceError(f"{self._where}: the commit's time, {seconds} seconds after 1970, is none; name another commit") from None

    def _remedy(self, words: str) -> str:
        remedies = _REMEDIES if self._is_near else _REMEDIES | {sign: "remove the copy {folder}, it is fetched anew" for sign in _BROKEN}
        otherwise = (
            "try git fsck in it"
            if self._is_near
            else "check the address, the network and the credentials; git cannot ask for a password here"
        )
        remedy = next((remedy for sign, remedy in remedies.items() if sign in words), otherwise)
        return remedy.format(folder=self._folder, ref=self.ref or "HEAD")


def _near(repository: str) -> Path:
    """The path that it is, if it is one."""
    try:
        return Path(repository).expanduser()
    except RuntimeError:  # `~name/...`, and there is no such user
        return Path(repository)


def _is_address(repository: str) -> bool:
    return "://" in repository or _HOST_AND_PATH.fullmatch(repository) is not None


def _anonymous(text: str) -> str:
    """The text without the user names and passwords of its addresses."""
    return _CREDENTIALS.sub(r"\1", text)


@functools.cache
def _temporary() -> Path:
    folder = tempfile.mkdtemp(prefix="spack-cache-etl-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
