"""The warehouse folder: how a release is published, and how a dead run is cleaned up after.

    data/<table>/*.parquet  immutable, named by content
    manifest.json           the commit point; manifests/ keeps those before
    datapackage.json        its files and columns, for readers of files
    spack_cache.duckdb      views over the files of the manifest; views.sql the same as text
    runs/                   one record a run
    staging/                what a run has written and not published; a dead run's is removed

Publishing goes: data files safe under their names, catalog built aside, manifest of the release, `manifest.json`
replaced (now it is published), `datapackage.json`, `views.sql` and then the catalog replaced. Whoever looks in between sees
the release before. A catalog that agrees with the manifest tells recovery that all of this was done: so it comes last.
"""

import errno
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from etl.errors import StoreError, no_warehouse
from etl.load import catalog, durable
from etl.load.datapackage import describe
from etl.load.fingerprints import Fingerprints
from etl.load.lock import exclusive
from etl.load.manifest import DataFile, Manifest
from etl.load.runs import RunRecord, finish_dead_runs, write_run
from etl.load.steps import reached
from etl.schema import STORED

__all__ = ["Store"]

# What DuckDB raises where a disk refuses it something: a commit that cannot be written is an error of the transaction.
DISK_ERRORS = (OSError, duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)
TEMPLATE_SECONDS = 30 * 24 * 3600  # so old, a template of another program is most likely of no use
ASIDE = "catalog-aside-"  # a folder in which a template is built
ASIDE_SECONDS = 3600  # so old, the run that made one has died: it is a matter of a second


class Store:
    """A warehouse at a folder. Nothing is read or written before a method is called."""

    def __init__(self, root: Path, caches: Path | None = None) -> None:
        self.root = root.expanduser().resolve()
        self._caches = caches
        self.catalog = self.root / "spack_cache.duckdb"
        self.runs = self.root / "runs"
        self._manifest = self.root / "manifest.json"
        self._described = self.root / "datapackage.json"
        self._views = self.root / "views.sql"
        self._staging = self.root / "staging"

    def manifest(self) -> Manifest | None:
        """The published release; None where nothing was ever published. Raises StoreError."""
        return Manifest.read(self._manifest)

    def published(self) -> Manifest:
        """The same, where there must be one. Raises StoreError where there is none."""
        manifest = self.manifest()
        if manifest is None:
            raise no_warehouse(self.root)
        return manifest

    @contextmanager
    def writing(self, run: RunRecord) -> Iterator[None]:
        """Hold the warehouse for one run, cleaned up after any that died; log the run's beginning.

        Raises BusyError where another run holds it, StoreError where the folder cannot be used.
        """
        with as_store_error(self.root):
            self._create()
            reached("folder made")
        with ExitStack() as held:
            with as_store_error(self.root):
                held.enter_context(exclusive(self.root / ".lock", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"))
                reached("lock held")
                self._recover(run.run_id)
                write_run(self.runs, run)
                reached("run begun")
            try:
                yield
            except OSError as error:
                if not self._is_here(error):
                    raise
                raise _refused(self.root, error) from error
            finally:
                self.discard()
                reached("staging discarded")

    def log(self, run: RunRecord) -> None:
        """Write what became of a run."""
        with as_store_error(self.root):
            write_run(self.runs, run)
            reached("run logged")

    @property
    def fingerprints(self) -> Path:
        """The cache of what listings showed; its loss costs one full reading."""
        return self.state / "fingerprints.json"

    @property
    def state(self) -> Path:
        """The folder of caches: what is in it may be lost."""
        return self.root / "state"

    def remember(self, fingerprints: Fingerprints) -> None:
        """Keep what the listings showed for the next run."""
        with as_store_error(self.root):
            fingerprints.write(self.fingerprints)
            reached("fingerprints kept")

    def size_bytes(self) -> int:
        """All files of the folder."""
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file()) if self.root.is_dir() else 0

    def staging(self, run_id: str) -> Path:
        """A folder for files that may be published."""
        return self._staging / run_id

    def discard(self) -> None:
        """Remove what was staged."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def publish(self, manifest: Manifest, staging: Path) -> None:
        """Make a release out of staged files. Raises StoreError, which says which release stands then."""
        try:
            self._publish(manifest, staging)
        except DISK_ERRORS as error:
            if self.manifest() != manifest:
                raise _refused(self.root, error) from error
            stands = f"Release {manifest.release} is published, and seen by readers once the next run has mended this"
            raise _refused(self.root, error, stands) from error

    def _publish(self, manifest: Manifest, staging: Path) -> None:
        moved = [path for file in manifest.files if (path := self._adopt(staging, file)) is not None]
        earlier = self.root / "manifests"
        earlier.mkdir(exist_ok=True)
        with ThreadPoolExecutor(8) as threads:  # each waits for the disk: let them wait together, and beside the catalog
            folders = {path.parent for path in moved} | {path.parent.parent for path in moved}
            safe = [threads.submit(durable.sync, path) for path in [*moved, *folders]]
            part = self._catalog_part(manifest)
            for one in safe:
                one.result()
        reached("data safe")
        durable.write(earlier / f"{manifest.release:06}.json", manifest.encoded())
        reached("manifest kept")
        durable.write(self._manifest, manifest.encoded())
        reached("manifest replaced")
        self._swap_catalog(part, manifest)

    def _adopt(self, staging: Path, file: DataFile) -> Path | None:
        """Move a staged file to its name; None where a file of that name, and so of that content, is there already.

        One of another size was cut: it may be of an earlier release, whose files are not looked at before a run.
        """
        path = self.root / file.path
        if path.exists() and path.stat().st_size == file.bytes:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        (staging / file.path).replace(path)
        reached("file adopted")
        return path

    def _is_here(self, error: OSError) -> bool:
        """Whether the disk refused something of this folder; a full one does not say of which file."""
        if error.filename is None:
            return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
        return Path(str(error.filename)).is_relative_to(self.root)

    def _create(self) -> None:
        if "?" in str(self.root):
            raise StoreError(f"{self.root}: DuckDB cannot open files below a folder with a question mark in its name; name another folder")
        if self.root.exists() and not self.root.is_dir():
            raise StoreError(f"{self.root} is a file; name a folder with --warehouse")
        foreign = self.root.exists() and not self._manifest.exists() and (self.root / "data").exists()
        if foreign and not (self.root / ".lock").exists():
            raise StoreError(
                f"{self.root} holds a folder data/ but no manifest.json: not a warehouse. Name another folder with --warehouse"
            )
        self.root.mkdir(parents=True, exist_ok=True)
        self.runs.mkdir(exist_ok=True)

    def _recover(self, run_id: str) -> None:
        """Make the catalog agree with the manifest, then remove what a dead run left, and nothing else."""
        manifest = self.manifest()
        if manifest is None and self.catalog.exists():  # it comes last: a run that died before its commit has made none
            raise StoreError(
                f"{self._manifest} is missing, the release's catalog is there: put back the newest file of manifests/ as manifest.json"
            )
        if manifest is not None and not (self._views.exists() and catalog.agrees(self.catalog, manifest, self.root)):
            self._swap_catalog(self._catalog_part(manifest), manifest)
            reached("catalog mended")
        if manifest is not None:
            describe(self._described, manifest)
        self.discard()
        reached("staging removed")
        for part in self._parts():
            part.unlink(missing_ok=True)
            reached("part removed")
        for aside in self.state.glob(f"{ASIDE}*/"):
            shutil.rmtree(aside, ignore_errors=True)
        for file in self._unpublished(manifest):
            file.unlink()
            reached("stray file removed")
        finish_dead_runs(self.runs, but=run_id)
        reached("dead runs finished")

    def _parts(self) -> Iterator[Path]:
        """What a dead run was writing under another name, by the names that only this program gives."""
        for path in (self._manifest, self._described, self._views, self.catalog):
            yield from self.root.glob(f"{path.name}{durable.PART}*")  # DuckDB keeps a journal beside its file
        for folder in (self.runs, self.root / "manifests", self.state):
            yield from folder.glob(f"*.json{durable.PART}")

    def _unpublished(self, current: Manifest | None) -> list[Path]:
        """Data files that no manifest names: a run died between writing them and its commit."""
        kept = [current] if current else []
        for path in (self.root / "manifests").glob("*.json"):
            manifest = Manifest.read(path)
            if manifest is not None and current is not None and manifest.release <= current.release:
                kept.append(manifest)
            else:
                path.unlink()  # written by a run that died before its commit
                reached("stray manifest removed")
        named = {file.path for manifest in kept for file in manifest.files}
        return [
            file
            for table in STORED
            for file in (self.root / "data" / table).glob(f"{table}-*.parquet")
            if file.relative_to(self.root).as_posix() not in named
        ]

    def _catalog_part(self, manifest: Manifest) -> Path:
        part = self.catalog.with_name(self.catalog.name + durable.PART)
        part.unlink(missing_ok=True)
        template = self._template()
        try:
            catalog.build(part, manifest, self.root, template)
        except (duckdb.Error, FileNotFoundError):  # the template is damaged, or just removed: it is a cache, and was not waited for
            template.unlink(missing_ok=True)
            part.unlink(missing_ok=True)
            try:
                catalog.build(part, manifest, self.root)
            except (duckdb.BinderException, duckdb.InvalidInputException) as error:  # DuckDB looks into each file when it makes a view
                said = f"the views of release {manifest.release} cannot be made: {error}. `verify` names the files that are damaged"
                raise StoreError(f"{self.root}: {said}") from error
        durable.sync(part)
        reached("catalog built")
        return part

    def _template(self) -> Path:
        """All of the catalog that does not depend on a release; kept for all warehouses of a user, else among the caches of this one."""
        name = catalog.template_name()
        places = [place for place in (self._caches, self.state) if place is not None]
        found = next((place / name for place in places if (place / name).exists()), None)
        if found is not None:
            return found
        for place in places[:-1]:
            with suppress(*DISK_ERRORS):  # a user without a home of its own, a full disk: the warehouse has room
                return _new_template(place, name)
        return _new_template(places[-1], name)

    def _swap_catalog(self, part: Path, manifest: Manifest) -> None:
        describe(self._described, manifest)
        durable.write(self._views, catalog.views_sql(manifest, self.root).encode())
        reached("views replaced")
        durable.replace(part, self.catalog)
        reached("catalog replaced")


def _new_template(folder: Path, name: str) -> Path:
    """Build the template in a folder, beside other runs that may do the same; old ones of other programs are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.glob("catalog-*.duckdb"):
        if other.stat().st_mtime < time.time() - TEMPLATE_SECONDS:
            other.unlink(missing_ok=True)
    for other in folder.glob(f"{ASIDE}*/"):
        if other.stat().st_mtime < time.time() - ASIDE_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    template = folder / name
    with TemporaryDirectory(dir=folder, prefix=ASIDE, ignore_cleanup_errors=True) as aside:
        catalog.build_template(Path(aside) / name)
        reached("template built")
        (Path(aside) / name).replace(template)  # a cache: not worth the wait until it is safe on disk
    return template


@contextmanager
def as_store_error(root: Path) -> Iterator[None]:
    """Report what the disk refuses as a StoreError."""
    try:
        yield
    except DISK_ERRORS as error:
        raise _refused(root, error) from error


def _refused(root: Path, error: Exception, stands: str = "The release before stands") -> StoreError:
    where = getattr(error, "filename", None) or root
    what = getattr(error, "strerror", None) or error
    return StoreError(f"{where}: {what}. {stands}; free space or mend permissions, then run again")
